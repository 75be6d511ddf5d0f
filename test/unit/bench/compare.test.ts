import { expect, test } from "vitest";
import { givenUp } from "../../../bench/compare/brokers.ts";
import { toSvg } from "../../../bench/compare/chart.ts";
import { compare } from "../../../bench/compare/comparison.ts";
import { Estimate } from "../../../bench/compare/estimate.ts";
import { toMarkdown } from "../../../bench/compare/markdown.ts";
import { documents } from "../../../bench/compare/report.ts";
import { notAgain, plan, runRounds, type Step } from "../../../bench/compare/rounds.ts";
import { nats } from "../../../bench/compare/rows/nats.ts";
import { rabbitmq } from "../../../bench/compare/rows/rabbitmq.ts";
import type { Setting } from "../../../bench/compare/setting.ts";
import type { BrokerKind } from "../../../bench/load/brokers/broker-kind.ts";
import type { CommandBroker } from "../../../bench/load/brokers/command-broker.ts";
import { type Pinning, Processes } from "../../../bench/load/processes.ts";
import type { Run } from "../../../bench/load/report.ts";
import { SCENARIOS, type Scenario } from "../../../bench/load/scenarios.ts";

function scenarioOf(id: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  return scenario;
}

const PAIRS = scenarioOf("pairs-qos0");
const IDLE = scenarioOf("connections");

function run(broker: string, perCpuSecond: number, faults: string[] = [], scenario = PAIRS): Run {
  return { scenario, broker, measured: { figures: { perCpuSecond, p50Micros: 50 }, faults } };
}

function kind(name: string): BrokerKind {
  return { name, conditions: "", version: () => "1.0.0", start: () => Promise.reject(new Error("not here")) };
}

const SETTING: Setting = {
  command: "npm run bench:compare -- --rounds 3",
  date: "2026-11-21",
  machine: "a machine",
  node: "20.19.0",
  pinning: "nothing is pinned",
  rounds: 3,
  warmupSeconds: 1,
  seconds: 2,
  peer: "mosquitto",
  brokers: [
    { name: "mosquitto", version: "2.0.11", conditions: "without persistence" },
    { name: "ternmq", version: "0.1.0", conditions: "with persistence" },
  ],
  missing: ["nats"],
};

test("each round runs every scenario on all brokers in turn, and another broker is the first", async () => {
  const steps = plan(3, [PAIRS, IDLE], [kind("a"), kind("b")]);
  const order = steps.map(({ round, scenario, kind: { name } }) => `${round} ${scenario.id} ${name}`);
  expect(order).toEqual([
    ...["1 pairs-qos0 a", "1 pairs-qos0 b", "1 connections a", "1 connections b"],
    ...["2 pairs-qos0 b", "2 pairs-qos0 a", "2 connections b", "2 connections a"],
    ...["3 pairs-qos0 a", "3 pairs-qos0 b", "3 connections a", "3 connections b"],
  ]);
  const rounds = await runRounds(steps, async ({ kind: { name }, scenario }) => run(name, 1, [], scenario));
  expect(rounds.map((round) => round.map(({ broker }) => broker).join(""))).toEqual(["abab", "baba", "abab"]);
});

test("ratios are taken within a round before their median is", () => {
  const rounds = [
    [run("mosquitto", 100), run("ternmq", 1000)],
    [run("ternmq", 6000), run("mosquitto", 200)],
    [run("mosquitto", 400), run("ternmq", 8000)],
  ];
  const [peer, own] = compare(rounds, "mosquitto");
  expect(peer).toMatchObject({ broker: "mosquitto", rounds: 3, ratios: {}, errors: [] });
  expect(peer?.figures.perCpuSecond).toEqual({ median: 200, min: 100, max: 400 });
  expect(own?.figures.perCpuSecond).toEqual({ median: 6000, min: 1000, max: 8000 });
  expect(own?.ratios.perCpuSecond).toEqual({ median: 20, min: 10, max: 30 });
});

test("a round in which a broker failed or lost messages has no figures of it, and no ratio where it is the peer", () => {
  const rounds: Run[][] = [
    [run("mosquitto", 100), run("ternmq", 1000, ["3 not delivered"])],
    [{ scenario: PAIRS, broker: "mosquitto", error: "mosquitto ended at once" }, run("ternmq", 2000)],
    [run("mosquitto", 100), run("ternmq", 3000)],
  ];
  const [peer, own] = compare(rounds, "mosquitto");
  expect(peer).toMatchObject({ rounds: 2, errors: ["mosquitto ended at once"] });
  expect(own).toMatchObject({ rounds: 2, errors: ["3 not delivered"] });
  expect(own?.figures.perCpuSecond).toEqual({ median: 2500, min: 2000, max: 3000 });
  expect(own?.ratios.perCpuSecond).toEqual({ median: 30, min: 30, max: 30 });
});

test("the document has medians with their range, ratios, what is missing and what failed", () => {
  const bytesEach = (broker: string, bytes: number): Run => ({
    scenario: IDLE,
    broker,
    measured: { figures: { bytesEach: bytes }, faults: [] },
  });
  const failing: Run = { scenario: IDLE, broker: "ternmq", error: "did not\nlisten" };
  const rounds = [
    [run("mosquitto", 100_000), run("ternmq", 2_000_000), bytesEach("mosquitto", 700), failing],
    [run("mosquitto", 110_000), run("ternmq", 2_750_000), bytesEach("mosquitto", 700), failing],
    [run("mosquitto", 120_000), run("ternmq", 3_600_000), bytesEach("mosquitto", 700), bytesEach("ternmq", 7_000)],
  ];
  const text = toMarkdown(SETTING, compare(rounds, "mosquitto"), "compare.svg");
  expect(text).toContain(
    `| ${PAIRS.title} | msg/CPU s | 110,000 (100,000–120,000) | 2,750,000 (2,000,000–3,600,000)<br>**25.0 ×** (20.0–30.0) |`,
  );
  expect(text).toContain(`| ${IDLE.title} | bytes each, less is better | 700 | 7,000<br>**10.0 ×**<br>1 of 3 rounds |`);
  expect(text).toContain(`- ternmq, ${IDLE.title}: did not listen`);
  expect(text).toContain("mosquitto 2.0.11, ternmq 0.1.0, Node.js 20.19.0; not on the machine: nats");
  expect(text).toContain("`npm run bench:compare -- --rounds 3`");
});

test("without the peer nothing is said of ratios", () => {
  const setting = { ...SETTING, brokers: SETTING.brokers.slice(1) };
  const results = compare([[run("ternmq", 2_000_000)]], "mosquitto");
  expect(toMarkdown(setting, results, "compare.svg")).not.toMatch(/ratio|×/);
});

test("the chart has a mark for every broker in every scenario with messages, and the ratio at its end", async () => {
  const results = compare([[run("mosquitto", 100_000), run("ternmq", 2_500_000)]], "mosquitto");
  const svg = await toSvg(SETTING, results);
  expect(svg).toMatch(/^<svg [^>]*>/);
  for (const text of [PAIRS.title, "mosquitto", "ternmq", "25.0 ×"]) expect(svg).toContain(`>${text}<`);
  expect(svg).toContain("2026-11-21");
  expect(svg).not.toContain("NaN");
});

test("the chart is left out where there are no messages to draw", async () => {
  const weighed: Run = { scenario: IDLE, broker: "ternmq", measured: { figures: { bytesEach: 7_000 }, faults: [] } };
  const failing: Run = { scenario: PAIRS, broker: "ternmq", error: "ended at once" };
  const rounds = [[weighed, failing]];
  const files = await documents("compare", SETTING, compare(rounds, "mosquitto"), rounds);
  expect(Object.keys(files)).toEqual(["md", "json"]);
  expect(files.md).not.toContain("![");
});

test("the JSON has every run of every round, and what was made of them", async () => {
  const rounds = [
    [run("mosquitto", 100), run("ternmq", 1000)],
    [run("ternmq", 3000), run("mosquitto", 100)],
  ];
  const files = await documents("compare", SETTING, compare(rounds, "mosquitto"), rounds);
  const json = JSON.parse(files.json ?? "");
  expect(json).toMatchObject(SETTING);
  expect(json.scenarios).toEqual([PAIRS]);
  expect(json.results[1]).toMatchObject({
    scenario: "pairs-qos0",
    broker: "ternmq",
    ratios: { perCpuSecond: { median: 20 } },
  });
  expect(json.runs[1][0]).toMatchObject({ scenario: "pairs-qos0", broker: "ternmq", figures: { perCpuSecond: 3000 } });
});

test("the time that is left is told before anything ran, and better once the same ran in a round before", () => {
  const steps = plan(2, [PAIRS, IDLE], [kind("a"), kind("b")]);
  const estimate = new Estimate(2);
  expect(estimate.text(steps.slice(0, 4))).toBe("about 72 s");
  for (const step of steps.slice(0, 4)) estimate.took(step, step.scenario === IDLE ? 60 : 5);
  expect(estimate.text(steps.slice(4))).toBe("about 2 min");
  expect(estimate.text(steps.slice(7))).toBe("about 60 s");
});

test("a broker lacks what its version lacks", () => {
  const lackingOf = ({ lacks }: CommandBroker, version: string) =>
    SCENARIOS.filter((scenario) => lacks?.(scenario, version) !== undefined).map(({ id }) => id);
  expect(lackingOf(nats, "2.9.10")).toEqual(["pairs-qos2", "share"]);
  expect(lackingOf(nats, "2.10.0")).toEqual(["share"]);
  expect(lackingOf(nats, "3.0.0")).toEqual(["share"]);
  expect(lackingOf(rabbitmq, "3.10.8")).toEqual(["pairs-qos2", "share", "retained"]);
});

/** It does not do what the scenario asks for. */
function lacking(name: string, id: string): BrokerKind {
  return { ...kind(name), lacks: (scenario) => (scenario.id === id ? "it has no such thing" : undefined) };
}

test("what a broker lacks something for is not run, and is told with the reason, not as a failure", async () => {
  const steps = plan(2, [PAIRS, IDLE], [kind("mosquitto"), lacking("ternmq", PAIRS.id)]);
  const ran: Step[] = [];
  const rounds = await runRounds(steps, async (step) => {
    ran.push(step);
    return run(step.kind.name, 100, [], step.scenario);
  });
  expect(ran).toHaveLength(6);
  const results = compare(rounds, "mosquitto");
  expect(results[1]).toMatchObject({ broker: "ternmq", rounds: 0, errors: [], notRun: "it has no such thing" });
  const text = toMarkdown(SETTING, results, undefined);
  expect(text).toContain(`| ${PAIRS.title} | msg/CPU s | 100<br>2 of 3 rounds | not run |`);
  expect(text).toContain(`## What was not run\n\n- ternmq, ${PAIRS.title}: it has no such thing`);
  expect(text).not.toContain("What failed");
});

test("what took long to fail is not run again, what failed at once or went well is", async () => {
  const steps = plan(3, [PAIRS], [kind("a"), kind("b")]);
  const ran: string[] = [];
  const error = "not done within 60 s";
  const made = async ({ scenario, kind: { name } }: Step) => {
    ran.push(name);
    return name === "a" ? { scenario, broker: name, error } : run(name, 1);
  };
  const rounds = await runRounds(steps, notAgain(made, 0));
  expect(ran.join("")).toBe("abbb");
  expect(compare(rounds, "b")).toMatchObject([
    { broker: "a", rounds: 0, errors: [error] },
    { broker: "b", rounds: 3 },
  ]);
  await runRounds(steps, notAgain(made));
  expect(ran.join("")).toBe("abbbabbaab");
});

test("rounds that end early have what was run, and the document says so", async () => {
  const steps = plan(2, [PAIRS, IDLE], [kind("mosquitto"), kind("ternmq")]);
  let left = 3;
  const rounds = await runRounds(steps, async ({ kind: { name }, scenario }) =>
    left-- > 0 ? run(name, 100, [], scenario) : undefined,
  );
  expect(rounds.map((round) => round.length)).toEqual([3]);
  const setting = { ...SETTING, interrupted: "3 of 8 runs were made" };
  const text = toMarkdown(setting, compare(rounds, "mosquitto"), undefined);
  expect(text).toContain("- **Interrupted**: 3 of 8 runs were made");
  expect(text).toMatch(new RegExp(`^\\| ${IDLE.title} \\|.*\\| not run \\|$`, "m"));
});

test("a broker that did not start twice in a row is not tried again, and goes on failing by the same reason", async () => {
  let starts = 0;
  const start = () => Promise.reject(new Error(`start ${++starts}`));
  const tried = givenUp({ ...kind("ternmq"), start });
  const pinning: Pinning = { unpinned: "a test" };
  for (const reason of ["start 1", "start 2", "start 2", "start 2"])
    await expect(tried.start(new Processes(pinning))).rejects.toThrow(reason);
});
