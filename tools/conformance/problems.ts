import { type Findings, noted, passes, serverStatements } from "./findings.ts";
import type { Statement } from "./statements.ts";

/** Tests that do not speak over a connection: what they alone prove needs a note that says why. */
const UNIT = /^test\/(?:unit|wasm|property)\//;

/** What is wrong with titles, tags and notes; nothing when all is well. */
export function problemsOf(findings: Findings): string[] {
  const required = findings.editions.flatMap(serverStatements);
  return [...required.flatMap((statement) => statementProblems(findings, statement)), ...strayTags(findings)];
}

function statementProblems(findings: Findings, { tag }: Statement): string[] {
  return [...testProblems(findings, tag), ...codeProblems(findings, tag)];
}

function testProblems(findings: Findings, tag: string): string[] {
  const proofs = findings.tests.get(tag);
  if (proofs === undefined) return [`[${tag}] has no test`];
  if (!passes(proofs)) return [`[${tag}] has a test that fails`];
  const onlyUnit = proofs.every(({ file }) => UNIT.test(file));
  return onlyUnit && !noted(findings, "unit").has(tag) ? [`[${tag}] has unit tests only, and no note says why`] : [];
}

function codeProblems(findings: Findings, tag: string): string[] {
  const isTagged = findings.code.has(tag);
  if (isTagged !== noted(findings, "untagged").has(tag)) return [];
  return [isTagged ? `[${tag}] has a needless untagged note` : `[${tag}] is at no line of code, and no note says why`];
}

/** Tags of statements that do not exist, and titles of tests that name a statement for clients only. */
function strayTags({ editions, notes, code, tests }: Findings): string[] {
  const roles = new Map(editions.flatMap(({ statements }) => statements.map(({ tag, role }) => [tag, role])));
  const inCode = [...code].flatMap(([tag, files]) =>
    roles.has(tag) ? [] : [`no statement [${tag}]: ${files.join(", ")}`],
  );
  const inNotes = notes.flatMap(({ tag }) => (roles.has(tag) ? [] : [`no statement [${tag}]: a note`]));
  const inTests = [...tests].flatMap(([tag, cases]) => {
    const files = [...new Set(cases.map(({ file }) => file))].join(", ");
    if (!roles.has(tag)) return [`no statement [${tag}]: ${files}`];
    return roles.get(tag) === "none" ? [`[${tag}] is about clients only: ${files}`] : [];
  });
  return [...inCode, ...inNotes, ...inTests];
}
