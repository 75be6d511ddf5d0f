import { Command, InvalidArgumentError } from "commander";
import { describe, expect, test } from "vitest";
import { addOptions, parseTarget } from "../../../bench/load/options.ts";
import { filterOf, receiversPerMessage, SCENARIOS, scenariosAt } from "../../../bench/load/scenarios.ts";
import { TopicNumbers } from "../../../bench/load/topic-numbers.ts";

describe("an address of a target", () => {
  test.each([
    ["broker.example", { transport: "tcp", host: "broker.example", port: 1883, path: "/mqtt" }],
    ["10.0.0.1:1884", { transport: "tcp", host: "10.0.0.1", port: 1884, path: "/mqtt" }],
    ["mqtt://[::1]:1884", { transport: "tcp", host: "::1", port: 1884, path: "/mqtt" }],
    ["ws://broker.example", { transport: "ws", host: "broker.example", port: 80, path: "/mqtt" }],
    ["ws://broker.example:8083/socket", { transport: "ws", host: "broker.example", port: 8083, path: "/socket" }],
  ])("%s is understood", (text, address) => {
    expect(parseTarget(text)).toEqual(address);
  });

  test.each([
    "",
    "a b",
    "host:port",
    "host:0",
    "host:70000",
    "mqtts://host",
    "http://host",
    "mqtt://host/path",
    "ws://host/?x=1",
  ])("%j is not", (text) => {
    expect(() => parseTarget(text)).toThrow(InvalidArgumentError);
  });

  test("has no user name in it", () => {
    expect(() => parseTarget("mqtt://me:secret@host")).toThrow("--username");
  });
});

describe("the scenarios", () => {
  test("have names of their own", () => {
    expect(new Set(SCENARIOS.map(({ id }) => id)).size).toBe(SCENARIOS.length);
    expect(new Set(SCENARIOS.map(({ title }) => title)).size).toBe(SCENARIOS.length);
  });

  test("are the same, only smaller, at a smaller scale, and have at least one of everything", () => {
    const small = scenariosAt({ scale: 0.0001 });
    expect(small.map(({ id }) => id)).toEqual(SCENARIOS.map(({ id }) => id));
    for (const scenario of small) {
      const sizes = Object.values(scenario).filter((value) => typeof value === "number");
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
      if (scenario.kind === "load") expect(receiversPerMessage(scenario)).toBeGreaterThanOrEqual(1);
    }
    expect(small.find(({ id }) => id === "pairs-qos0")?.title).toBe("1 pair, QoS 0, 64 under way");
  });

  test("have the rate that is asked for where they have one", () => {
    const rates = scenariosAt({ scale: 1, rate: 7 }).map((scenario) => (scenario.kind === "load" ? scenario.rate : 0));
    expect(new Set(rates)).toEqual(new Set([undefined, 7, 0]));
  });

  test("have the payload that is asked for, and no more of it under way than a receiver's queue has room for", () => {
    const titles = scenariosAt({ scale: 1, payload: 65_536 }).map(({ title }) => title);
    expect(titles[0]).toBe("50 pairs, QoS 0, 4 under way, 65,536 bytes");
    for (const scenario of scenariosAt({ scale: 1, payload: 1_000_000 })) {
      if (scenario.kind === "load") expect(scenario).toMatchObject({ payloadBytes: 1_000_000, underWay: 1 });
    }
    expect(scenariosAt({ scale: 1, payload: 64 })[0]).toEqual(SCENARIOS[0]);
    const fanIn = scenariosAt({ scale: 1, payload: 4_096 }).find(({ id }) => id === "fan-in");
    expect(fanIn).toMatchObject({ publishers: 50, underWay: 1 });
  });

  test("have filters that match the topics of their publishers", () => {
    const filter = (wanted: string) => {
      const scenario = SCENARIOS.find(({ id }) => id === wanted);
      return scenario?.kind === "load" ? filterOf(scenario, 3) : undefined;
    };
    expect(["pairs-qos0", "fan-in", "fan-out", "share", "topics"].map(filter)).toEqual([
      "load/3",
      "load/+",
      "load/0",
      "$share/load/load/+",
      "load/3/+",
    ]);
  });
});

test("numbers of topics count up in one width, and begin anew", () => {
  const numbers = new TopicNumbers(12);
  const out = Buffer.from("topic/xx");
  const written = Array.from({ length: 14 }, () => {
    numbers.writeNext(out, out.length);
    return out.toString();
  });
  expect(numbers.width).toBe(2);
  expect(written.slice(0, 2)).toEqual(["topic/00", "topic/01"]);
  expect(written.slice(8, 14)).toEqual(["topic/08", "topic/09", "topic/10", "topic/11", "topic/00", "topic/01"]);
});

test("the help lists every scenario with what it is", () => {
  const command = new Command("bench");
  addOptions(command);
  const texts: string[] = [];
  command.configureOutput({ writeOut: (text) => void texts.push(text) }).outputHelp();
  const help = texts.join("");
  for (const { id, title } of SCENARIOS)
    expect(help).toMatch(new RegExp(`^  ${id} +${title.replace("$", "\\$")}$`, "m"));
});
