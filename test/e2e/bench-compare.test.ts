import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { Program, run } from "../support/program.ts";

const MAIN = fileURLToPath(new URL("../../dist/bench/compare/main.js", import.meta.url));
const SHORT = ["--rounds", "2", "--seconds", "0.2", "--only", "pairs-qos0"];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "ternmq-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The command lines that contain a text, of the processes that run now. */
function commandLines(text: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      // It ended since the list was made.
      return "";
    }
  });
  return lines.filter((line) => line.includes(text));
}

test("brokers are compared in rounds, and the result is written as a document, a chart and JSON", async () => {
  const out = join(folder(), "result");
  const { code, stdout, stderr } = await run(process.execPath, [
    MAIN,
    ...SHORT,
    ...["--brokers", "mosquitto", "ternmq", "--out", out],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toBe(`written: ${out}.md, ${out}.json, ${out}.svg\n`);
  expect(stdout.trimEnd()).toBe(readFileSync(`${out}.md`, "utf8").trimEnd());
  expect(readFileSync(`${out}.svg`, "utf8")).toMatch(/^<svg /);
  const { results, runs } = JSON.parse(readFileSync(`${out}.json`, "utf8"));
  expect(runs).toHaveLength(2);
  expect(results.map(({ broker, rounds }: { broker: string; rounds: number }) => [broker, rounds])).toEqual([
    ["mosquitto", 2],
    ["ternmq", 2],
  ]);
}, 60_000);

test("a signal ends all that was started, and leaves no files", async () => {
  const temporary = folder();
  const out = join(folder(), "result");
  const args = ["--seconds", "600", "--only", "one-pair", "--brokers", "ternmq", "--out", out];
  const program = new Program("env", [`TMPDIR=${temporary}`, process.execPath, MAIN, ...args]);
  onTestFinished(() => program.kill());
  const brokers = () => commandLines(join(temporary, "ternmq-compare-")).length;
  await expect.poll(brokers, { timeout: 20_000 }).toBeGreaterThan(0);
  program.signal("SIGINT");
  expect(await program.exit).toMatchObject({ code: 130 });
  await expect.poll(brokers, { timeout: 5_000 }).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
}, 60_000);

test.each([
  [["--rounds", "0"], "It has to be a whole number from 1 to 100."],
  [["--seconds", "x"], "It has to be a number from 0.1 to 600."],
  [["--only", "nothing"], "Allowed choices are"],
  [["--brokers", "rabbit"], "Allowed choices are"],
  [["--out", "/nowhere/result"], "/nowhere is not a folder that can be written."],
  [["--all", "--only", "one-pair"], "cannot be used with option"],
  [["here"], "too many arguments"],
])("wrong usage is told, and exits with 2: %j", async (args, reason) => {
  const { code, stderr } = await run(process.execPath, [MAIN, ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
});

test("a broker that was asked for and is not there is told before anything is measured", async () => {
  const args = [...SHORT, "--brokers", "ternmq", "aedes", "--modules", folder(), "--out", join(folder(), "result")];
  const { code, stderr } = await run(process.execPath, [MAIN, ...args]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "error: not found on this machine: aedes\n" });
});
