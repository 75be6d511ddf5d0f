import { afterEach, describe, expect, test } from "vitest";
import { type Measurement, runLoad } from "../../../bench/load/driver.ts";
import type { Qos, Scenario } from "../../../bench/load/scenarios.ts";
import { type Copies, ToyBroker } from "./toy-broker.ts";

const PUBLISH = 3;
const PUBACK = 4;

let broker: ToyBroker;

afterEach(() => broker.close());

function scenario(publishers: number, subscribers: number, paired: boolean, qos: Qos): Scenario {
  return { id: "toy", title: "toy", publishers, subscribers, paired, qos, underWay: 5, payloadBytes: 64 };
}

async function run(shape: Scenario, copies?: Copies): Promise<Measurement> {
  broker = new ToyBroker(copies);
  const port = await broker.listen();
  const limits = { warmupSeconds: 0, seconds: 0.2, drainSeconds: 0.3 };
  return runLoad({ scenario: shape, port, brokerPid: process.pid, ...limits });
}

/** Sends the 20th packet of a type that many times, and all others once. */
function atThe20th(wanted: number, copies: number): Copies {
  let count = 0;
  return (type) => (type === wanted && ++count === 20 ? copies : 1);
}

describe("a run of the load generator", () => {
  const shapes: [string, Scenario][] = [
    ["pairs at QoS 0", scenario(3, 3, true, 0)],
    ["pairs at QoS 1", scenario(3, 3, true, 1)],
    ["pairs at QoS 2", scenario(3, 3, true, 2)],
    ["several publishers to one subscriber", scenario(3, 1, false, 0)],
    ["one publisher to several subscribers", scenario(1, 3, false, 0)],
  ];

  test.each(shapes)("with %s keeps going and finds no fault in a broker that has none", async (_, shape) => {
    const { delivered, faults, p50Micros, p99Micros } = await run(shape);
    expect(faults).toEqual([]);
    expect(delivered).toBeGreaterThan(shape.publishers * shape.subscribers * shape.underWay);
    expect(p50Micros).toBeGreaterThan(0);
    expect(p99Micros).toBeGreaterThanOrEqual(p50Micros);
  });

  test.each([1, 2] as const)(
    "goes on with each acknowledgement at QoS %i, whether or not receivers are there",
    async (qos) => {
      const online = await run({ ...scenario(3, 3, true, qos), until: "acknowledged", sessions: "persistent" });
      await broker.close();
      const offline = await run({ ...scenario(3, 3, true, qos), until: "acknowledged", sessions: "offline" });
      for (const { acknowledged, faults, p99Micros } of [online, offline]) {
        expect(faults).toEqual([]);
        expect(acknowledged).toBeGreaterThan(3 * 5);
        expect(p99Micros).toBeGreaterThan(0);
      }
      expect(online.delivered).toBeGreaterThan(3 * 5);
      expect(offline.delivered).toBe(0);
    },
  );

  test("goes on after a lost message and reports it", async () => {
    const { delivered, faults } = await run(scenario(3, 3, true, 0), atThe20th(PUBLISH, 0));
    expect(faults).toEqual(["1 not delivered"]);
    expect(delivered).toBeGreaterThan(20);
  });

  test("reports a message delivered twice", async () => {
    const { faults } = await run(scenario(1, 3, false, 0), atThe20th(PUBLISH, 2));
    expect(faults).toEqual(["1 out of order or twice"]);
  });

  test("reports a missing acknowledgement", async () => {
    const { faults } = await run(scenario(3, 3, true, 1), atThe20th(PUBACK, 0));
    expect(faults).toEqual(["1 not acknowledged"]);
  });
});
