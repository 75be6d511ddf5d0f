import { type Findings, noted, passes, serverStatements } from "./findings.ts";
import { type Edition, NOTE_KINDS, type NoteKind, type Statement } from "./statements.ts";
import type { TestCase } from "./tests.ts";

/** The cells of the last column. */
const PASSES = "passes";
const HAS_FEATURE = "has the feature";
export const FAILS = "FAILS";

const INTRODUCTION = `<!-- Made by \`npm run conformance\`; edit test/conformance/statements/ and test/conformance/notes.tsv instead. -->

# Conformance

The standards of MQTT 5.0 and 3.1.1 number what they demand; here stands each number, in other words than the standard's, with the code that
honours it and the tests that turn red when it is broken. MQTT 3.1 numbers nothing: its tests say so in their titles.

- The code carries a comment \`[MQTT-3.1.2-4]\` at the line, or above the function or type, that does or enforces what the statement says; the
  test has the same tag in its title. Search the files named here for the tag. The two standards give the same numbers to different statements,
  so those of 3.1.1 are written \`[MQTT-3.1.2-4 of 3.1.1]\`.
- A test that runs for several versions counts in each for the statements of that version. The number behind a file is the number of its tests.
- \`npm run conformance\` runs the tests and writes this page. \`npm run check\` runs none: it fails when a statement with a part for the server has
  no test, when a tag names no statement, when this page shows a failure of the last run, or when it names other code, tests or notes than
  there are now.
- "${HAS_FEATURE}" as a result: the statement is for servers that lack a feature, which this one has, so that it cannot be broken here; the
  tests show that the feature is there.`;

const NOTES: Record<NoteKind, string> = {
  unit: "## Proven by tests that look inside\n\nA connection does not show these.",
  part: "## Proven in part by tests that look inside\n\nA connection shows a part of these.",
  feature: "## Met by having the feature\n\nThese are for servers that lack a feature, which this one has.",
  untagged: "## At no line of their own\n\nThese hold because of what the code does not do, or of what it is made of.",
  remark: "## Remarks\n\nWhat the tests of these can show.",
};

/** The whole of docs/conformance.md. The same findings give the same text. */
export function renderPage(findings: Findings): string {
  const notes = NOTE_KINDS.map((kind) => noteSection(findings, kind));
  const editions = findings.editions.map((edition) => editionSection(findings, edition));
  return `${[INTRODUCTION, overview(findings), ...notes, ...editions].join("\n\n")}\n`;
}

function overview(findings: Findings): string {
  const rows = findings.editions.map((edition) => {
    const required = serverStatements(edition);
    const proofs = new Set(required.flatMap(({ tag }) => findings.tests.get(tag) ?? []));
    const results = required.map(({ tag }) => resultOf(findings, tag));
    const counts = [PASSES, HAS_FEATURE].map((result) => results.filter((each) => each === result).length);
    return [edition.name, edition.statements.length, required.length, ...counts, proofs.size];
  });
  const results = ["of these tested and passing", "met by having the feature"];
  return table(["version", "statements", "with a part for the server", ...results, "tests"], rows);
}

function noteSection({ notes }: Findings, kind: NoteKind): string {
  const tagsByText = new Map<string, string[]>();
  for (const { tag, text } of notes.filter((note) => note.kind === kind)) {
    tagsByText.set(text, [...(tagsByText.get(text) ?? []), tag]);
  }
  const rows = Array.from(tagsByText, ([text, tags]) => [tags.join(", "), text]);
  return `${NOTES[kind]}\n\n${table(["statements", "why"], rows)}`;
}

function editionSection(findings: Findings, edition: Edition): string {
  const rows = serverStatements(edition).map((statement) => statementRow(findings, statement));
  const others = edition.statements.filter(({ role }) => role === "none");
  return [
    `## ${edition.name}`,
    table(["id", "statement", "code", "tests", "result"], rows),
    `### ${edition.name}: for clients only`,
    table(
      ["id", "statement", "part"],
      others.map(({ id, paraphrase }) => [id, paraphrase, "client"]),
    ),
  ].join("\n\n");
}

function statementRow(findings: Findings, { tag, id, paraphrase }: Statement): string[] {
  const proofs = findings.tests.get(tag) ?? [];
  const files = (findings.code.get(tag) ?? []).map(asCode).join(", ");
  return [id, paraphrase, files || "–", countFiles(proofs), resultOf(findings, tag)];
}

function resultOf(findings: Findings, tag: string): string {
  if (!passes(findings.tests.get(tag))) return FAILS;
  return noted(findings, "feature").has(tag) ? HAS_FEATURE : PASSES;
}

function countFiles(tests: readonly TestCase[]): string {
  const counts = new Map<string, number>();
  for (const { file } of tests) counts.set(file, (counts.get(file) ?? 0) + 1);
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([file, count]) => `${asCode(file)} ${count}`).join(", ");
}

function asCode(path: string): string {
  return `\`${path}\``;
}

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`);
  return lines.join("\n");
}

function cell(value: string | number): string {
  return String(value).replaceAll("|", "\\|");
}
