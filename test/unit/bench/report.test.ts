import { expect, test } from "vitest";
import { failed, type Run, tableHead, tableRow, toJson } from "../../../bench/load/report.ts";
import type { Scenario } from "../../../bench/load/scenarios.ts";

const scenario: Scenario = {
  id: "two-pairs",
  title: "2 pairs",
  publishers: 2,
  subscribers: 2,
  paired: true,
  qos: 0,
  underWay: 4,
  payloadBytes: 64,
};

function run(broker: string, delivered: number, faults: string[] = []): Run {
  const counts = { delivered, acknowledged: 0, brokerWrittenBytes: 0, peakResidentBytes: 50e6, faults };
  const times = { seconds: 2, brokerCpuSeconds: 1.5, generatorCpuSeconds: 0.5 };
  const latencies = { p50Micros: 61, p99Micros: 1234, p999Micros: 2345 };
  return { scenario, broker, measured: { ...counts, ...times, ...latencies } };
}

const setting = {
  command: "npm run bench --",
  machine: "a machine",
  node: "20.19.0",
  brokers: { mosquitto: "2.0.11" },
  pinning: "none",
  warmupSeconds: 1,
  seconds: 2,
};

function cells(row: string): string[] {
  return row.split(/ {2,}/);
}

test("a row has a figure under each title, and the ratio to the peer by broker CPU", () => {
  const row = tableRow(run("ternmq", 4_500_000), run("mosquitto", 300_000));
  expect(cells(row)).toEqual([
    "2 pairs",
    "ternmq",
    "2,250,000",
    "1.50",
    "3,000,000",
    "61",
    "1,234",
    "50.0",
    "25 %",
    "15.00 x",
  ]);
  const [titles = ""] = tableHead().split("\n");
  expect(cells(titles)).toHaveLength(10);
  expect(row).toHaveLength(titles.length);
});

test("without a measured peer there is no ratio", () => {
  const unmeasured: Run = { scenario, broker: "mosquitto", error: "mosquitto ended at once" };
  expect(tableRow(run("ternmq", 300), unmeasured)).not.toMatch(/x$/);
  expect(tableRow(run("ternmq", 300), undefined)).not.toMatch(/x$/);
});

test("a run without figures and a run with faults say so, and count as failed", () => {
  const broken: Run = { scenario, broker: "ternmq", error: "ternmq ended at once" };
  const faulty = run("ternmq", 300, ["3 not delivered", "1 not acknowledged"]);
  expect(tableRow(broken, undefined)).toContain("failed: ternmq ended at once");
  expect(tableRow(faulty, undefined)).toContain("FAULT: 3 not delivered, 1 not acknowledged");
  expect([broken, faulty, run("ternmq", 300)].map(failed)).toEqual([true, true, false]);
});

test("the JSON holds the setting and every run with its rates", () => {
  const broken: Run = { scenario, broker: "ternmq", error: "ended" };
  const { results, ...rest } = JSON.parse(toJson(setting, [run("mosquitto", 300_000), broken]));
  expect(rest).toEqual(setting);
  expect(results[0]).toMatchObject({ broker: "mosquitto", perSecond: 150_000, perCpuSecond: 200_000, p99Micros: 1234 });
  expect(results[1]).toEqual({ scenario, broker: "ternmq", error: "ended" });
});
