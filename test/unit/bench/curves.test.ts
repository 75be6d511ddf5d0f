import { expect, test } from "vitest";
import { compare } from "../../../bench/compare/comparison.ts";
import type { Setting } from "../../../bench/compare/setting.ts";
import { CURVES, type Curve, chosenCurves, isRunOn, valueText } from "../../../bench/curves/curves.ts";
import { documents } from "../../../bench/curves/report.ts";
import type { Run } from "../../../bench/load/report.ts";

const SETTING: Setting = {
  command: "npm run bench:curves",
  date: "2026-11-21",
  machine: "a machine",
  node: "20.19.0",
  pinning: "nothing is pinned",
  rounds: 1,
  warmupSeconds: 1,
  seconds: 1,
  peer: "mosquitto",
  brokers: [
    { name: "mosquitto", version: "2.0.11", conditions: "without persistence" },
    { name: "ternmq", version: "0.1.0", conditions: "with persistence" },
  ],
  missing: [],
};

function onlyCurve(id: string, at: readonly number[]): Curve {
  const [curve] = chosenCurves([id], at);
  if (curve === undefined) throw new Error(`no curve ${id}`);
  return curve;
}

/** A run for each point: so many messages a CPU-second by the broker. */
function runsOf(curve: Curve, broker: string, perCpuSecond: readonly number[]): Run[] {
  return curve.points.flatMap(({ scenario }, index) => {
    const value = perCpuSecond[index];
    const figures = { perCpuSecond: value ?? 0, p50Micros: 70, p99Micros: 900 };
    return value === undefined ? [] : [{ scenario, broker, measured: { figures, faults: [] } }];
  });
}

test("every point of every curve is a scenario of its own", () => {
  const scenarios = CURVES.flatMap(({ points }) => points.map(({ scenario }) => scenario));
  expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
});

test("a publisher never has more than one message under way beyond what brokers let wait for a client", () => {
  const scenarios = CURVES.flatMap(({ points }) => points.map(({ scenario }) => scenario));
  expect(Math.max(...scenarios.map(({ payloadBytes, underWay }) => (underWay > 1 ? payloadBytes * underWay : 0)))).toBe(
    262_144,
  );
});

test("curves and points can be chosen, and curves without any of the points are left out", () => {
  const chosen = chosenCurves(undefined, [64, 1]).map(({ id, points }) => [id, points.map(({ x }) => x)]);
  expect(chosen).toEqual([
    ["payload", [64]],
    ["receivers", [1]],
    ["receivers-qos1", [1]],
    ["under-way", [1, 64]],
    ["under-way-qos1", [1, 64]],
  ]);
});

test("Mosquitto is spared a million subscriptions, and nothing else", () => {
  const spared = CURVES.flatMap(({ points }) => points).filter(({ scenario }) => !isRunOn("mosquitto", scenario));
  expect(spared.map(({ scenario }) => scenario.id)).toEqual(["subscriptions-1000000"]);
  expect(spared.every(({ scenario }) => isRunOn("ternmq", scenario))).toBe(true);
});

test.each([
  [0, "0"],
  [300, "300"],
  [1_000, "1 k"],
  [1_024, "1 Ki"],
  [65_536, "64 Ki"],
  [100_000, "100 k"],
  [1_000_000, "1 M"],
])("%i is written as short as an axis has room for: %s", (value, text) => {
  expect(valueText(value)).toBe(text);
});

test("the document has a row for each point, with ratios, and says what was not run or failed", async () => {
  const curve = onlyCurve("subscriptions", [0, 100_000, 1_000_000]);
  const [, middle] = curve.points;
  const failing: Run[] =
    middle === undefined ? [] : [{ scenario: middle.scenario, broker: "mosquitto", error: "full" }];
  const rounds = [
    [
      ...runsOf(curve, "mosquitto", [100_000]),
      ...failing,
      ...runsOf(curve, "ternmq", [2_000_000, 1_900_000, 1_800_000]),
    ],
  ];
  const { md } = await documents("curves", SETTING, [curve], compare(rounds, "mosquitto"), rounds);
  expect(md).toContain("| 0 | 100,000 | 70 | 900 | 2,000,000 | 70 | 900 | 20.0 × |");
  expect(md).toContain("| 100 k | failed: full |  |  | 1,900,000 | 70 | 900 |  |");
  expect(md).toContain("| 1 M | not run |  |  | 1,800,000 | 70 | 900 |  |");
  expect(md).toContain("](curves.svg)");
});

test("the chart has a panel for each curve, with a line for each broker", async () => {
  const curves = [onlyCurve("payload", [64, 1_024]), onlyCurve("receivers", [1, 10])];
  const runs = curves.flatMap((curve) => [
    ...runsOf(curve, "mosquitto", [100_000, 60_000]),
    ...runsOf(curve, "ternmq", [2_000_000, 900_000]),
  ]);
  const { svg = "" } = await documents("curves", SETTING, curves, compare([runs], "mosquitto"), [runs]);
  for (const { title, axis } of curves) {
    expect(svg).toContain(`>${title}<`);
    expect(svg).toContain(`>${axis}<`);
  }
  for (const text of ["1 Ki", "mosquitto", "ternmq", "300k"]) expect(svg).toContain(`>${text}<`);
  expect(svg.match(/mark-line/g)).toHaveLength(4);
  expect(svg).not.toContain("NaN");
});

test("the JSON says which scenario a point is, and has its runs; without figures there is no chart", async () => {
  const curve = onlyCurve("payload", [64]);
  const [point] = curve.points;
  const rounds: Run[][] = [
    curve.points.map(({ scenario }) => ({ scenario, broker: "ternmq", error: "ended at once" })),
  ];
  const files = await documents("curves", SETTING, [curve], compare(rounds, "mosquitto"), rounds);
  expect(Object.keys(files)).toEqual(["md", "json"]);
  const json = JSON.parse(files.json);
  expect(json.curves).toMatchObject([{ id: "payload", points: [{ x: 64, scenario: point?.scenario.id }] }]);
  expect(json.runs).toMatchObject([[{ scenario: point?.scenario.id, broker: "ternmq", error: "ended at once" }]]);
});
