import { afterEach, describe, expect, test } from "vitest";
import type { FigureName } from "../../../bench/load/figures.ts";
import { loopback, type Measurement } from "../../../bench/load/job.ts";
import { runJob } from "../../../bench/load/kinds/all.ts";
import type { LoadScenario, Qos } from "../../../bench/load/scenarios.ts";
import { type Copies, ToyBroker } from "./toy-broker.ts";

const PUBLISH = 3;
const PUBACK = 4;

let broker: ToyBroker;

afterEach(() => broker.close());

function scenario(publishers: number, subscribers: number, paired: boolean, qos: Qos): LoadScenario {
  const shape = { publishers, subscribers, paired, qos, underWay: 5, payloadBytes: 64 };
  return { kind: "load", id: "toy", title: "toy", ...shape };
}

async function run(shape: LoadScenario, copies?: Copies): Promise<Measurement> {
  broker = new ToyBroker(copies);
  const target = loopback(await broker.listen());
  const limits = { warmupSeconds: 0, seconds: 0.2, drainSeconds: 0.3, generators: 1, cleanUp: false };
  return runJob({ scenario: shape, target, brokerPid: process.pid, ...limits });
}

function figure({ figures }: Measurement, name: FigureName): number {
  return figures[name] ?? Number.NaN;
}

/** Sends the 20th packet of a type that many times, and all others once. */
function atThe20th(wanted: number, copies: number): Copies {
  let count = 0;
  return (type) => (type === wanted && ++count === 20 ? copies : 1);
}

describe("a run of the load generator", () => {
  const shapes: [string, LoadScenario][] = [
    ["pairs at QoS 0", scenario(3, 3, true, 0)],
    ["pairs at QoS 1", scenario(3, 3, true, 1)],
    ["pairs at QoS 2", scenario(3, 3, true, 2)],
    ["several publishers to one subscriber", scenario(3, 1, false, 0)],
    ["one publisher to several subscribers", scenario(1, 3, false, 0)],
    ["several topics of each publisher", { ...scenario(3, 3, true, 0), topics: 12 }],
    ["a group of subscribers", { ...scenario(3, 3, false, 0), shared: true }],
  ];

  test.each(shapes)("with %s keeps going and finds no fault in a broker that has none", async (_, shape) => {
    const measurement = await run(shape);
    expect(measurement.faults).toEqual([]);
    expect(figure(measurement, "count")).toBeGreaterThan(shape.publishers * shape.subscribers * shape.underWay);
    expect(figure(measurement, "p50Micros")).toBeGreaterThan(0);
    expect(figure(measurement, "p99Micros")).toBeGreaterThanOrEqual(figure(measurement, "p50Micros"));
    expect(figure(measurement, "brokerCpuSeconds")).toBeGreaterThan(0);
  });

  test("publishes to as many topics as it is told", async () => {
    await run({ ...scenario(2, 2, true, 0), topics: 11 });
    const topics = Array.from({ length: 11 }, (_, number) => String(number).padStart(2, "0"));
    expect([...broker.topics].sort()).toEqual(["load/0/", "load/1/"].flatMap((start) => topics.map((n) => start + n)));
  });

  test.each([1, 2] as const)(
    "goes on with each acknowledgement at QoS %i, whether or not receivers are there",
    async (qos) => {
      const online = await run({ ...scenario(3, 3, true, qos), until: "acknowledged", sessions: "persistent" });
      await broker.close();
      const offline = await run({ ...scenario(3, 3, true, qos), until: "acknowledged", sessions: "offline" });
      for (const measurement of [online, offline]) {
        expect(measurement.faults).toEqual([]);
        expect(figure(measurement, "acknowledged")).toBeGreaterThan(3 * 5);
        expect(figure(measurement, "p99Micros")).toBeGreaterThan(0);
      }
      expect(figure(online, "count")).toBeGreaterThan(3 * 5);
      expect(figure(offline, "count")).toBe(0);
    },
  );

  test("in an open loop publishes at its rate, whatever comes back", async () => {
    const measurement = await run({ ...scenario(3, 3, true, 1), rate: 1_500 }, atThe20th(PUBLISH, 0));
    expect(figure(measurement, "perSecond")).toBeGreaterThan(1_000);
    expect(figure(measurement, "perSecond")).toBeLessThan(2_000);
    expect(measurement.faults).toEqual(["1 not delivered"]);
  });

  test("in an open loop counts latencies from when a message was to be sent", async () => {
    const isStuck = atThe20th(PUBLISH, 0);
    const measurement = await run({ ...scenario(1, 1, true, 0), rate: 1_000 }, (type) => {
      const until = performance.now() + (isStuck(type) === 0 ? 100 : 0);
      while (performance.now() < until);
      return 1;
    });
    expect(measurement.faults).toEqual([]);
    // Of 100 ms about 100 messages were late, the first of them by all of it.
    expect(figure(measurement, "p99Micros")).toBeGreaterThan(50_000);
  });

  test("waits for nobody who stalls", async () => {
    const measurement = await run({ ...scenario(1, 3, false, 0), stalled: 1 });
    expect(measurement.faults).toEqual([]);
    expect(figure(measurement, "count")).toBeGreaterThan(3 * 5);
  });

  test("goes on after a lost message and reports it", async () => {
    const measurement = await run(scenario(3, 3, true, 0), atThe20th(PUBLISH, 0));
    expect(measurement.faults).toEqual(["1 not delivered"]);
    expect(figure(measurement, "count")).toBeGreaterThan(20);
  });

  test("reports a message delivered twice", async () => {
    const { faults } = await run(scenario(1, 3, false, 0), atThe20th(PUBLISH, 2));
    expect(faults).toEqual(["1 out of order or twice"]);
  });

  test("reports a message that two of a group got", async () => {
    const { faults } = await run({ ...scenario(1, 1, false, 0), shared: true }, atThe20th(PUBLISH, 2));
    expect(faults).toEqual(["1 out of order or twice"]);
  });

  test("reports a missing acknowledgement", async () => {
    const { faults } = await run(scenario(3, 3, true, 1), atThe20th(PUBACK, 0));
    expect(faults).toEqual(["1 not acknowledged"]);
  });
});
