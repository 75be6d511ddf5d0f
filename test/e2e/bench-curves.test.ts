import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../support/program.ts";

const MAIN = fileURLToPath(new URL("../../dist/bench/curves/main.js", import.meta.url));

test("points are measured, the largest payload as well, and written as a document, a chart and JSON", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ternmq-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const out = join(folder, "result");
  const chosen = ["--only", "payload", "--at", "16", "65536", "--brokers", "ternmq"];
  const { code, stdout, stderr } = await run(process.execPath, [MAIN, ...chosen, "--seconds", "0.2", "--out", out]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/^2 runs, about 7 s; .*\n1 of 2, .*\n2 of 2, .*\nwritten: .*\n$/);
  expect(stdout.trimEnd()).toBe(readFileSync(`${out}.md`, "utf8").trimEnd());
  expect(readFileSync(`${out}.svg`, "utf8")).toMatch(/^<svg /);
  const { results } = JSON.parse(readFileSync(`${out}.json`, "utf8"));
  expect(results.map(({ scenario, errors }: { scenario: string; errors: string[] }) => [scenario, errors])).toEqual([
    ["payload-16", []],
    ["payload-65536", []],
  ]);
}, 60_000);

test.each([
  [["--rounds", "0"], "It has to be a whole number from 1 to 100."],
  [["--seconds", "x"], "It has to be a number from 0.1 to 600."],
  [["--only", "nothing"], "Allowed choices are"],
  [["--at", "17"], "No curve has such a point; there are 0, 1, 4, 10, 16,"],
  [["--only", "payload", "receivers", "--at", "64"], "the curve 'receivers' has none of the points of --at"],
  [["--brokers", "rabbit"], "Allowed choices are"],
  [["--out", "/nowhere/result"], "/nowhere is not a folder that can be written."],
  [["here"], "too many arguments"],
])("wrong usage is told, and exits with 2: %j", async (args, reason) => {
  const { code, stderr } = await run(process.execPath, [MAIN, ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
});
