import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { collectFindings, type Findings } from "./findings.ts";
import { FAILS, renderPage } from "./page.ts";
import { problemsOf } from "./problems.ts";
import { listTests, runTests } from "./tests.ts";

/** `write` runs the tests and writes the page; `check` runs none and compares. Both end with 1 and say why when something is wrong. */

const PAGE = "docs/conformance.md";
const REMEDY = "run `npm run conformance`";

function write(): string[] {
  const findings = collectFindings(runTests());
  writeFileSync(PAGE, renderPage(findings));
  return problemsOf(findings);
}

function check(): string[] {
  const findings = collectFindings(listTests());
  return [...problemsOf(findings), ...pageProblems(findings)];
}

/** Results cannot be known without a run, so those on the page count; everything else has to be as it would be written now. */
function pageProblems(findings: Findings): string[] {
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  const lines = page.split("\n").filter((line) => line.endsWith(`| ${FAILS} |`));
  if (lines.length > 0) return lines.map((line) => `${PAGE} shows a failure, ${REMEDY}: ${line.split(" ")[1]}`);
  return page === renderPage(findings) ? [] : [`${PAGE} is out of date, ${REMEDY}`];
}

const commands = new Map([
  ["write", write],
  ["check", check],
]);
const command = commands.get(process.argv[2] ?? "");
if (command === undefined) throw new Error("usage: main.js write|check");
const problems = command();
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
