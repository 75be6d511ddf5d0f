import { type Findings, noted, passes, serverStatements } from "./findings.ts";
import type { Statement } from "./statements.ts";
import type { TestCase } from "./tests.ts";

/** Tests that do not speak over a connection: what they alone prove needs a note that says why. no-client reads the sources. */
const INSIDE = /^test\/(?:(?:unit|wasm|property)\/|conformance\/mqtt311\/no-client\.test\.ts$)/;

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
  return kindProblems(findings, tag, proofs);
}

/** What of the tests and the notes does not go together. */
function kindProblems(findings: Findings, tag: string, proofs: readonly TestCase[]): string[] {
  const hasInside = proofs.some(({ file }) => INSIDE.test(file));
  const hasWire = proofs.some(({ file }) => !INSIDE.test(file));
  const isUnit = noted(findings, "unit").has(tag);
  const isPart = noted(findings, "part").has(tag);
  const problems: string[] = [];
  if (!hasWire && !isUnit) problems.push(`[${tag}] has unit tests only, and no note says why`);
  if (hasWire && isUnit) problems.push(`[${tag}] has a needless unit note: there are tests over a connection`);
  if (isPart && !hasInside) problems.push(`[${tag}] has a needless part note: no test looks inside`);
  return problems;
}

function codeProblems(findings: Findings, tag: string): string[] {
  const isTagged = findings.code.has(tag);
  const excuses = (["feature", "untagged"] as const).filter((kind) => noted(findings, kind).has(tag));
  if (!isTagged && excuses.length === 0) return [`[${tag}] is at no line of code, and no note says why`];
  return excuses.slice(isTagged ? 0 : 1).map((kind) => `[${tag}] has a needless ${kind} note`);
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
