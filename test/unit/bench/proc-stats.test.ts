import { expect, test } from "vitest";
import { parseCores, parseCpuSeconds, parseOpenFiles, parseWrittenBytes } from "../../../bench/load/proc-stats.ts";
import { usageOf, usedBetween } from "../../../bench/load/usage.ts";

test("CPU seconds are user and system time, whatever the process is called", () => {
  const fields = "S 1 42 42 0 -1 4194304 900 0 0 0 150 75 9 9 20 0 11 0 5000 1000000 2000";
  expect(parseCpuSeconds(`42 (node) ${fields}`)).toBe(2.25);
  expect(parseCpuSeconds(`42 (a) 1 2 (b c) ${fields}`)).toBe(2.25);
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

test("what was used between two looks is told by second of CPU, but not of less than the kernel counts in", () => {
  const usage = (cpuSeconds: number) => ({ cpuSeconds, residentBytes: 1, peakResidentBytes: 2 });
  expect(usedBetween(usage(1), usage(3), 10)).toEqual({ brokerCpuSeconds: 2, perCpuSecond: 5 });
  expect(usedBetween(usage(1), usage(1), 10)).toEqual({ brokerCpuSeconds: 0 });
  expect(usedBetween(undefined, usage(1), 10)).toEqual({});
});
