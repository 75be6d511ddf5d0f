import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** A test by its full title, with the titles of the blocks around it. */
export interface TestCase {
  /** From the root of the project. */
  readonly file: string;
  readonly title: string;
  readonly passes: boolean;
}

interface ListedTest {
  readonly name: string;
  readonly file: string;
}

interface RunReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** One way over TCP is enough here: the second one has the same titles. */
const PROJECTS = "--project=!plain TCP";
const SEPARATOR = " > ";

/** The tests that there are, as if all passed. Vitest collects them, so titles made from tables are whole. */
export function listTests(): TestCase[] {
  const listed = vitest<ListedTest[]>(["list", PROJECTS], "--json");
  return listed.map(({ name, file }) => testCase(file, name, true));
}

/** Runs the tests whose titles name a statement. */
export function runTests(): TestCase[] {
  const report = vitest<RunReport>(["run", PROJECTS, "-t", "\\[MQTT-", "--reporter=json"], "--outputFile");
  return report.testResults.flatMap(({ name: file, status: outcome, message, assertionResults }) => {
    if (outcome === "failed" && assertionResults.length === 0) throw new Error(`${file} could not run: ${message}`);
    return assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ ancestorTitles, title, status }) =>
        testCase(file, [...ancestorTitles, title].join(SEPARATOR), status === "passed"),
      );
  });
}

function testCase(file: string, title: string, passes: boolean): TestCase {
  return { file: relative(process.cwd(), file).replaceAll("\\", "/"), title, passes };
}

/** What vitest wrote to the file that the option names. It ends with 1 when a test fails, which the report says as well. */
function vitest<T>(args: readonly string[], option: string): T {
  const folder = mkdtempSync(join(tmpdir(), "ternmq-conformance-"));
  try {
    const path = join(folder, "vitest.json");
    const command = ["node_modules/vitest/vitest.mjs", ...args, `${option}=${path}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    if (status !== 0 && status !== 1) throw new Error(`vitest failed:\n${stdout}${stderr}`);
    return JSON.parse(readFileSync(path, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
