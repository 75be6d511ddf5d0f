import { describe, expect, test } from "vitest";
import { type Findings, indexTests } from "../../../tools/conformance/findings.ts";
import { renderPage } from "../../../tools/conformance/page.ts";
import { problemsOf } from "../../../tools/conformance/problems.ts";
import type { Note, ServerRole, Statement } from "../../../tools/conformance/statements.ts";
import { indexTags, tagsIn } from "../../../tools/conformance/tags.ts";
import type { TestCase } from "../../../tools/conformance/tests.ts";

const WIRE = "test/protocol/a.test.ts";
const INSIDE = "test/unit/a.test.ts";

// Tags are put together here, so that these tests seem to prove nothing themselves.
const tagged = (tag: string): string => `[${tag}]`;

function statement(tag: string, role: ServerRole = "do"): Statement {
  return { tag, id: tag.split(" ")[0] ?? "", role, paraphrase: `What ${tag} asks.` };
}

function passing(tag: string, file = WIRE): TestCase {
  return { file, title: `a block > ${tagged(tag)} does it`, passes: true };
}

/** One version, whose only statement is A: enforced in one file and tested over a connection. */
function findings(given: Partial<Omit<Findings, "tests">> & { tests?: TestCase[] } = {}): Findings {
  return {
    editions: [{ name: "MQTT X", statements: [statement("MQTT-A"), statement("MQTT-C", "none")] }],
    notes: [],
    code: new Map([["MQTT-A", ["src/a.ts"]]]),
    ...given,
    tests: indexTests(given.tests ?? [passing("MQTT-A")]),
  };
}

describe("tags", () => {
  test("are those of both versions, each once", () => {
    const text = `${tagged("MQTT-1.2.3-4")} ${tagged("MQTT-1.2.3-4 of 3.1.1")} and ${tagged("MQTT-1.2.3-4")}: text`;
    expect(tagsIn(text)).toEqual(["MQTT-1.2.3-4", "MQTT-1.2.3-4 of 3.1.1"]);
  });

  test("in another form are none that exists", () => {
    expect(tagsIn(`${tagged("MQTT-1.2.3-4")} of 3.1.1`)).toEqual(["MQTT-1.2.3-4] of 3.1.1"]);
    expect(tagsIn(tagged("MQTT-1.2.3-4, MQTT-1.2.3-5"))).toEqual(["MQTT-1.2.3-4, MQTT-1.2.3-5"]);
  });

  test("are found by the files that hold them, in order", () => {
    const index = indexTags([
      ["src/b.ts", tagged("MQTT-A")],
      ["src/a.ts", `${tagged("MQTT-A")} ${tagged("MQTT-B")} ${tagged("MQTT-A")}`],
    ]);
    expect([...index]).toEqual([
      ["MQTT-A", ["src/a.ts", "src/b.ts"]],
      ["MQTT-B", ["src/a.ts"]],
    ]);
  });
});

describe("problems", () => {
  const note = (kind: Note["kind"], tag = "MQTT-A"): Note => ({ kind, tag, text: "because" });

  test.each<[string, Findings, string[]]>([
    ["none, when all is well", findings(), []],
    ["no test", findings({ tests: [] }), ["has no test"]],
    ["a test that fails", findings({ tests: [passing("MQTT-A"), { ...passing("MQTT-A"), passes: false }] }), ["fails"]],
    ["unit tests only", findings({ tests: [passing("MQTT-A", INSIDE)] }), ["has unit tests only"]],
    [
      "a scan of the sources only",
      findings({ tests: [passing("MQTT-A", "test/conformance/mqtt311/no-client.test.ts")] }),
      ["has unit tests only"],
    ],
    ["none, when a note says why", findings({ tests: [passing("MQTT-A", INSIDE)], notes: [note("unit")] }), []],
    [
      "a note on unit tests only, beside a test over a connection",
      findings({ tests: [passing("MQTT-A", INSIDE), passing("MQTT-A")], notes: [note("unit")] }),
      ["needless unit note"],
    ],
    [
      "none, when a note says that a connection shows a part",
      findings({ tests: [passing("MQTT-A", INSIDE), passing("MQTT-A")], notes: [note("part")] }),
      [],
    ],
    ["a part that is all", findings({ notes: [note("part")] }), ["needless part note"]],
    [
      "a part that no connection shows",
      findings({ tests: [passing("MQTT-A", INSIDE)], notes: [note("part")] }),
      ["has unit tests only"],
    ],
    ["no line of code", findings({ code: new Map() }), ["at no line of code"]],
    ["none, when a note says why there is no line", findings({ code: new Map(), notes: [note("untagged")] }), []],
    ["none, when the feature is there", findings({ code: new Map(), notes: [note("feature")] }), []],
    ["a note in vain", findings({ notes: [note("untagged")] }), ["needless untagged"]],
    ["a feature that a line of code stands for", findings({ notes: [note("feature")] }), ["needless feature"]],
    [
      "two notes for one line",
      findings({ code: new Map(), notes: [note("untagged"), note("feature")] }),
      ["needless untagged"],
    ],
    [
      "tags that no statement has",
      findings({
        code: new Map([
          ["MQTT-A", ["src/a.ts"]],
          ["MQTT-B", ["src/b.ts"]],
        ]),
        tests: [passing("MQTT-A"), passing("MQTT-D")],
        notes: [note("remark", "MQTT-E")],
      }),
      ["[MQTT-B]: src/b.ts", "[MQTT-E]: a note", `[MQTT-D]: ${WIRE}`],
    ],
    [
      "tests of what only clients do",
      findings({ tests: [passing("MQTT-A"), passing("MQTT-C")] }),
      ["[MQTT-C] is about clients only"],
    ],
  ])("%s", (_name, given, expected) => {
    const problems = problemsOf(given);
    expect(problems).toHaveLength(expected.length);
    expect(problems).toEqual(expected.map((each) => expect.stringContaining(each)));
  });
});

describe("the page", () => {
  const tests = [passing("MQTT-A"), passing("MQTT-A"), passing("MQTT-A", "test/conformance/b.test.ts")];

  test("shows statement, files, tests and result in a row", () => {
    const row =
      "| MQTT-A | What MQTT-A asks. | `src/a.ts` | `test/conformance/b.test.ts` 1, `test/protocol/a.test.ts` 2 | passes |";
    expect(renderPage(findings({ tests })).split("\n")).toContain(row);
  });

  test("shows a failure where one test of several fails, and where there is none", () => {
    for (const given of [[...tests, { ...passing("MQTT-A"), passes: false }], []]) {
      const rows = renderPage(findings({ tests: given }))
        .split("\n")
        .filter((line) => line.startsWith("| MQTT-A |"));
      expect(rows).toEqual([expect.stringMatching(/\| FAILS \|$/)]);
    }
  });

  test("sets apart what is met by having the feature, unless a test fails", () => {
    const given = { code: new Map(), notes: [{ kind: "feature", tag: "MQTT-A", text: "It is there." }] as const };
    const lines = renderPage(findings({ ...given, tests: [passing("MQTT-A")] })).split("\n");
    expect(lines).toContain("| MQTT-A | What MQTT-A asks. | – | `test/protocol/a.test.ts` 1 | has the feature |");
    expect(lines).toContain("| MQTT X | 2 | 1 | 0 | 1 | 1 |");
    expect(lines.indexOf("| MQTT-A | It is there. |")).toBeGreaterThan(lines.indexOf("## Met by having the feature"));
    const failing = renderPage(findings({ ...given, tests: [{ ...passing("MQTT-A"), passes: false }] })).split("\n");
    expect(failing).toContain("| MQTT-A | What MQTT-A asks. | – | `test/protocol/a.test.ts` 1 | FAILS |");
    expect(failing).toContain("| MQTT X | 2 | 1 | 0 | 0 | 1 |");
  });

  test("says once what holds for several statements", () => {
    const notes = ["MQTT-A", "MQTT-C"].map((tag): Note => ({ tag, kind: "remark", text: "Both hold." }));
    expect(renderPage(findings({ notes })).split("\n")).toContain("| MQTT-A, MQTT-C | Both hold. |");
  });

  test("counts statements and tests, and lists what is for clients apart", () => {
    const lines = renderPage(findings({ tests })).split("\n");
    expect(lines).toContain("| MQTT X | 2 | 1 | 1 | 0 | 3 |");
    expect(lines.indexOf("| MQTT-C | What MQTT-C asks. | client |")).toBeGreaterThan(
      lines.indexOf("### MQTT X: for clients only"),
    );
  });
});
