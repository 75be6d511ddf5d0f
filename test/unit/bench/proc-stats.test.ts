import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  descendantsOf,
  parseCores,
  parseCpuSeconds,
  parseOpenFiles,
  parseWrittenBytes,
} from "../../../bench/load/proc-stats.ts";
import { Processes } from "../../../bench/load/processes.ts";
import { usageOf, usedBetween } from "../../../bench/load/usage.ts";

test("CPU seconds are user and system time, of children that have ended as well, whatever the process is called", () => {
  const fields = "S 1 42 42 0 -1 4194304 900 0 0 0 150 75 10 15 20 0 11 0 5000 1000000 2000";
  expect(parseCpuSeconds(`42 (node) ${fields}`)).toBe(2.5);
  expect(parseCpuSeconds(`42 (a) 1 2 (b c) ${fields}`)).toBe(2.5);
});

test("a list of cores is spelled out", () => {
  expect(parseCores("0-1")).toEqual([0, 1]);
  expect(parseCores("3")).toEqual([3]);
  expect(parseCores("0,2-4,7")).toEqual([0, 2, 3, 4, 7]);
});

test("what was deleted before it got to the disk was not written", () => {
  const io =
    "rchar: 9\nwchar: 90000\nsyscr: 1\nsyscw: 2\nread_bytes: 0\nwrite_bytes: 81920\ncancelled_write_bytes: 4096\n";
  expect(parseWrittenBytes(io)).toBe(77_824);
});

test("the number of open files that are allowed is the soft limit", () => {
  const limits = (soft: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}    4096     files\n`;
  expect(parseOpenFiles(limits("1024"))).toBe(1_024);
  expect(parseOpenFiles(limits("unlimited"))).toBe(Number.POSITIVE_INFINITY);
});

test("of a process that is not known nothing is told", () => {
  expect(usageOf(undefined)).toBeUndefined();
});

/** Runs a broker that is a shell's script, which says what it did by a line. */
async function startBroker(processes: Processes, script: string): Promise<{ child: ChildProcess; line: string }> {
  const child = processes.start("broker", "sh", ["-c", script]);
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), "line");
  return { child, line: String(line) };
}

describe("a broker of several processes", { skip: process.platform !== "linux" }, () => {
  const processes = new Processes({ unpinned: "a test" });
  const WORK = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo $$; sleep 1000";

  test("is told with all of them", async () => {
    const { child, line } = await startBroker(processes, `sh -c '${WORK}'; exit`);
    onTestFinished(() => processes.stop(child));
    const usage = usageOf(child.pid);
    expect(descendantsOf(child.pid ?? 0)).toContain(Number(line));
    expect(usage?.cpuSeconds).toBeGreaterThan(0);
    expect(usage?.residentBytes).toBeGreaterThan(1e6);
  });

  test("leaves none of them behind when it is stopped, or ends by itself", async () => {
    const isRunning = (pid: string) => existsSync(`/proc/${pid}/exe`);
    const stopped = await startBroker(processes, "sleep 1000 & echo $!; wait");
    await processes.stop(stopped.child);
    await expect.poll(() => isRunning(stopped.line)).toBe(false);
    const ended = await startBroker(processes, "sleep 1000 >/dev/null 2>&1 & echo $!");
    await expect.poll(() => isRunning(ended.line)).toBe(false);
  });

  test("has an end that is told as such", async () => {
    const { child } = await startBroker(processes, "echo");
    await processes.stop(child);
    expect(() => usageOf(child.pid)).toThrow("the process of the broker has ended");
  });
});

test("what was used between two looks is told by second of CPU, but not of less than the kernel counts in", () => {
  const usage = (cpuSeconds: number) => ({ cpuSeconds, residentBytes: 1, peakResidentBytes: 2 });
  expect(usedBetween(usage(1), usage(3), 10)).toEqual({ brokerCpuSeconds: 2, perCpuSecond: 5 });
  expect(usedBetween(usage(1), usage(1), 10)).toEqual({ brokerCpuSeconds: 0 });
  expect(usedBetween(undefined, usage(1), 10)).toEqual({});
});
