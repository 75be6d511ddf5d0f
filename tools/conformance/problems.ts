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
  const { code, tests } = findings;
  const proofs = tests.get(tag);
  if (proofs === undefined) return [`[${tag}] has no test`];
  const problems: string[] = [];
  if (!passes(proofs)) problems.push(`[${tag}] has a test that fails`);
  const onlyUnit = proofs.every(({ file }) => UNIT.test(file));
  if (onlyUnit !== noted(findings, "unit").has(tag)) {
    problems.push(
      onlyUnit ? `[${tag}] has unit tests only, and no note says why` : `[${tag}] has a needless unit note`,
    );
  }
  if (code.has(tag) === noted(findings, "untagged").has(tag)) {
    problems.push(
      code.has(tag) ? `[${tag}] has a needless untagged note` : `[${tag}] is at no line of code, and no note says why`,
    );
  }
  return problems;
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
