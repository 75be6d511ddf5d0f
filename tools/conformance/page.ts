import { type Findings, passes, serverStatements } from "./findings.ts";
import type { Edition, NoteKind, Statement } from "./statements.ts";
import type { TestCase } from "./tests.ts";

/** The cells of the last column. */
const PASSES = "passes";
export const FAILS = "FAILS";

const INTRODUCTION = `<!-- Made by \`npm run conformance\`; edit test/conformance/statements/ and test/conformance/notes.tsv instead. -->

# Conformance

The standards of MQTT 5.0 and 3.1.1 number what they demand; here stands each number, in other words than the standard's, with the code that
honours it and the tests that turn red when it is broken. MQTT 3.1 numbers nothing: its tests say so in their titles.

- The code carries a comment \`[MQTT-3.1.2-4]\` at the line, or above the function or type, that does or enforces what the statement says; the
  test has the same tag in its title. Search the files named here for the tag. The two standards give the same numbers to different statements,
  so those of 3.1.1 are written \`[MQTT-3.1.2-4 of 3.1.1]\`.
- A test that runs for several versions counts in each for the statements of that version. The number behind a file is the number of its tests.
- \`npm run conformance\` runs the tests and writes this page. \`npm run check\` fails when a statement with a part for the server has no test, when a
  tag names no statement, when a test here did not pass, or when this page is not what the code and the tests say now.`;

const NOTES: Record<NoteKind, string> = {
  unit: "## Proven by unit tests\n\nA connection shows these in part, or not at all.",
  untagged: "## At no line of their own\n\nThese hold because of what the code does not do, or of what it is made of.",
  remark: "## Remarks\n\nWhat the tests of these can show.",
};

/** The whole of docs/conformance.md. The same findings give the same text. */
export function renderPage(findings: Findings): string {
  const notes = (["unit", "untagged", "remark"] as const).map((kind) => noteSection(findings, kind));
  const editions = findings.editions.map((edition) => editionSection(findings, edition));
  return `${[INTRODUCTION, overview(findings), ...notes, ...editions].join("\n\n")}\n`;
}

function overview(findings: Findings): string {
  const rows = findings.editions.map((edition) => {
    const required = serverStatements(edition);
    const proofs = new Set(required.flatMap(({ tag }) => findings.tests.get(tag) ?? []));
    const passing = required.filter(({ tag }) => passes(findings.tests.get(tag)));
    return [edition.name, edition.statements.length, required.length, passing.length, proofs.size];
  });
  return table(["version", "statements", "with a part for the server", "of these tested and passing", "tests"], rows);
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

function statementRow({ code, tests }: Findings, { tag, id, paraphrase }: Statement): string[] {
  const proofs = tests.get(tag);
  const files = (code.get(tag) ?? []).map(asCode).join(", ");
  return [id, paraphrase, files || "–", countFiles(proofs ?? []), passes(proofs) ? PASSES : FAILS];
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
