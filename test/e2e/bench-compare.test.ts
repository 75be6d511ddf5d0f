import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { Program, run } from "../support/program.ts";

const MAIN = fileURLToPath(new URL("../../dist/bench/compare/main.js", import.meta.url));
const SHORT = ["--rounds", "2", "--seconds", "0.2", "--only", "pairs-qos0"];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "ternmq-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // It ended since the list was made.
    return "";
  }
}

/** The processes of brokers that keep their data below a folder. */
function brokersIn(temporary: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(pid).includes(join(temporary, "ternmq-bench-"))).map(Number);
}

test("brokers are compared in rounds, and the result is written as a document, a chart and JSON", async () => {
  const out = join(folder(), "result");
  const { code, stdout, stderr } = await run(process.execPath, [
    MAIN,
    ...SHORT,
    ...["--brokers", "mosquitto", "ternmq", "--out", out],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const lines = stderr.trimEnd().split("\n");
  expect(lines[0]).toBe("4 runs, about 13 s; Ctrl-C ends them and keeps what was measured");
  expect(lines[1]).toMatch(/^1 of 4, round 1: 50 pairs, QoS 0, 64 under way: mosquitto [\d,]+ msg\/CPU s$/);
  expect(lines.slice(5)).toEqual([`written: ${out}.md, ${out}.json, ${out}.svg`]);
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
  const brokers = () => brokersIn(temporary).length;
  await expect.poll(brokers, { timeout: 20_000 }).toBeGreaterThan(0);
  program.signal("SIGINT");
  expect(await program.exit).toMatchObject({ code: 130 });
  expect(program.stderr).toMatch(/interrupted: 0 of 3 runs were made\n$/);
  await expect.poll(brokers, { timeout: 5_000 }).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
}, 60_000);

test("a signal keeps what was measured before it, beside the results of whole runs", async () => {
  const place = folder();
  const args = ["--rounds", "100", "--seconds", "0.2", "--only", "one-pair", "--brokers", "ternmq"];
  const program = new Program(process.execPath, [MAIN, ...args, "--out", join(place, "result")]);
  onTestFinished(() => program.kill());
  await expect.poll(() => program.stderr, { timeout: 20_000 }).toContain("1 of 100");
  program.signal("SIGTERM");
  expect(await program.exit).toMatchObject({ code: 143 });
  expect(program.stderr).toMatch(/interrupted: \d of 100 runs were made\nwritten: /);
  const files = ["result-interrupted.json", "result-interrupted.md", "result-interrupted.svg"];
  expect(readdirSync(place).sort()).toEqual(files);
}, 60_000);

test("a broker that dies in one scenario has figures in the others", async () => {
  const temporary = folder();
  const out = join(folder(), "result");
  const args = [
    "--rounds",
    "1",
    "--seconds",
    "2",
    "--only",
    "pairs-1",
    "one-pair",
    "--brokers",
    "ternmq",
    "--out",
    out,
  ];
  const program = new Program("env", [`TMPDIR=${temporary}`, process.execPath, MAIN, ...args]);
  onTestFinished(() => program.kill());
  const dying = await vi.waitUntil(() => brokersIn(temporary)[0], { timeout: 20_000 });
  process.kill(dying, "SIGKILL");
  expect(await program.exit).toMatchObject({ code: 0 });
  expect(program.lines).toContain("- ternmq, 50 pairs, QoS 0, 1 under way: ternmq ended with SIGKILL");
  const { results } = JSON.parse(readFileSync(`${out}.json`, "utf8"));
  expect(results.map(({ rounds }: { rounds: number }) => rounds)).toEqual([0, 1]);
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
