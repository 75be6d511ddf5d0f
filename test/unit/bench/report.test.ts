import { expect, test } from "vitest";
import { failed, type Run, tableHead, tableRow, toJson } from "../../../bench/load/report.ts";
import type { Scenario } from "../../../bench/load/scenarios.ts";

const scenario: Scenario = {
  kind: "load",
  id: "two-pairs",
  title: "2 pairs",
  publishers: 2,
  subscribers: 2,
  paired: true,
  qos: 0,
  underWay: 4,
  payloadBytes: 64,
};

const ofProcess = { brokerCpuSeconds: 1.5, residentBytes: 40e6, peakResidentBytes: 50e6 };

function run(broker: string, count: number, faults: string[] = []): Run {
  const rates = { count, seconds: 2, perSecond: count / 2, perCpuSecond: count / 1.5, generatorCores: 0.25 };
  const latencies = { p50Micros: 61, p99Micros: 1234, p999Micros: 2345 };
  return { scenario, broker, measured: { figures: { ...rates, ...ofProcess, ...latencies }, faults } };
}

const setting = {
  command: "ternmq bench",
  machine: "a machine",
  node: "20.19.0",
  brokers: { mosquitto: "2.0.11" },
  pinning: "none",
  generators: 1,
  warmupSeconds: 1,
  seconds: 2,
  hasProcess: true,
};

function cells(row: string): string[] {
  return row.split(/ {2,}/);
}

/** The titles of the columns, and the line they stand in. */
function titles(hasProcess: boolean): { line: string; titles: string[] } {
  const [line = ""] = tableHead(scenario, hasProcess).split("\n").slice(-2);
  return { line, titles: line.split(/ {2,}/) };
}

test("a row has a figure under each title, and the ratio to the peer by broker CPU", () => {
  const row = tableRow(run("ternmq", 4_500_000), run("mosquitto", 300_000), true);
  expect(cells(row)).toEqual([
    "2 pairs",
    "ternmq",
    "2,250,000",
    "1.50",
    "3,000,000",
    "61",
    "1,234",
    "2,345",
    "50.0",
    "40.0",
    "25 %",
    "15.00 x",
  ]);
  expect(row).toHaveLength(titles(true).line.length);
});

test("without the broker's process its columns are absent, and there is no ratio", () => {
  const row = tableRow(run("ternmq", 4_500_000), run("mosquitto", 300_000), false);
  expect(row.trimEnd().split(/ {2,}/)).toEqual(["2 pairs", "ternmq", "2,250,000", "61", "1,234", "2,345", "25 %"]);
  expect(titles(false).line).not.toMatch(/CPU|MB|ratio/);
  expect(row).toHaveLength(titles(false).line.length);
});

test("a title that is longer than its column stands apart from the broker", () => {
  const title = "50 pairs, QoS 0, 4 under way, 65,536 bytes, 1,000,000 topics";
  const long = { ...run("ternmq", 300), scenario: { ...scenario, title } };
  expect(tableRow(long, undefined, true)).toContain(`${title} ternmq `);
});

test("without a measured peer there is no ratio", () => {
  const unmeasured: Run = { scenario, broker: "mosquitto", error: "mosquitto ended at once" };
  expect(tableRow(run("ternmq", 300), unmeasured, true)).not.toMatch(/x$/);
  expect(tableRow(run("ternmq", 300), undefined, true)).not.toMatch(/x$/);
});

test("a figure that a run does not have is a dash", () => {
  const bare: Run = { scenario, broker: "ternmq", measured: { figures: { perSecond: 5 }, faults: [] } };
  expect(cells(tableRow(bare, undefined, true)).slice(2, 5)).toEqual(["5", "-", "-"]);
});

test("a run without figures and a run with faults say so, and count as failed", () => {
  const broken: Run = { scenario, broker: "ternmq", error: "ternmq ended at once" };
  const faulty = run("ternmq", 300, ["3 not delivered", "1 not acknowledged"]);
  expect(tableRow(broken, undefined, true)).toContain("failed: ternmq ended at once");
  expect(tableRow(faulty, undefined, true)).toContain("FAULT: 3 not delivered, 1 not acknowledged");
  expect([broken, faulty, run("ternmq", 300)].map(failed)).toEqual([true, true, false]);
});

test("the JSON holds the setting and every run with its figures", () => {
  const broken: Run = { scenario, broker: "ternmq", error: "ended" };
  const { results, ...rest } = JSON.parse(toJson(setting, [run("mosquitto", 300_000), broken]));
  expect(rest).toEqual(setting);
  expect(results[0]).toMatchObject({
    broker: "mosquitto",
    figures: { perSecond: 150_000, p999Micros: 2345 },
    faults: [],
  });
  expect(results[1]).toEqual({ scenario, broker: "ternmq", error: "ended" });
});
