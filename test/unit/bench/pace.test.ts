import { describe, expect, test } from "vitest";
import { Histogram } from "../../../bench/load/histogram.ts";
import { ClosedLoop, OpenLoop, type PaceSetting } from "../../../bench/load/pace.ts";
import type { LoadScenario } from "../../../bench/load/scenarios.ts";
import { Turn } from "../../../bench/load/turn.ts";

const PAIR: LoadScenario = {
  kind: "load",
  id: "pair",
  title: "a pair",
  publishers: 1,
  subscribers: 1,
  paired: true,
  qos: 0,
  underWay: 3,
  payloadBytes: 64,
};

function setting(difference: Partial<LoadScenario> = {}) {
  const woken: number[] = [];
  const turn = new Turn();
  const latencies = new Histogram();
  const scenario = { ...PAIR, ...difference };
  const made: PaceSetting = { scenario, turn, latencies, wake: () => woken.push(turn.now) };
  return { made, turn, latencies, woken };
}

describe("a closed loop", () => {
  test("lets as many be sent as may be under way, and another for each that arrived", () => {
    const { made, woken } = setting();
    const pace = new ClosedLoop(made);
    expect(pace.due()).toBe(3);
    pace.sending(0, 3);
    expect(pace.due()).toBe(0);
    pace.received(0, 1);
    expect(pace.due()).toBe(2);
    expect(woken).toHaveLength(2);
  });

  test("waits for all receivers of a message", () => {
    const { made } = setting({ subscribers: 2, paired: false });
    const pace = new ClosedLoop(made);
    pace.sending(0, 3);
    pace.received(0, 0);
    expect(pace.due()).toBe(0);
    pace.received(0, 0);
    expect(pace.due()).toBe(1);
  });

  test("does not wait for receivers that stall", () => {
    const { made } = setting({ subscribers: 3, paired: false, stalled: 2 });
    const pace = new ClosedLoop(made);
    pace.sending(0, 1);
    pace.received(0, 0);
    expect(pace.due()).toBe(3);
  });

  test("takes the messages of a group in any order, and counts one that comes twice", () => {
    const { made } = setting({ subscribers: 4, paired: false, shared: true });
    const pace = new ClosedLoop(made);
    pace.sending(0, 3);
    for (const sequence of [2, 0, 0]) pace.received(sequence, sequence);
    expect(pace.due()).toBe(2);
    expect(pace.surplus).toBe(1);
  });

  test("stops where a message of a group stays away for long", () => {
    const { made } = setting({ shared: true });
    const pace = new ClosedLoop(made);
    pace.sending(0, 1);
    let next = 1;
    for (; pace.due() > 0 && next < 1_000; next++) {
      pace.sending(next, 1);
      pace.received(next, next);
    }
    expect(next).toBeLessThan(100);
    pace.received(0, 0);
    expect(pace.due()).toBe(3);
  });

  test("counts latencies from the sending", () => {
    const { made, turn, latencies } = setting();
    const pace = new ClosedLoop(made);
    turn.now = 1_000;
    pace.sending(0, 1);
    turn.now = 1_000.1;
    pace.received(0, 0);
    expect(latencies.percentile(0.5)).toBe(100);
  });
});

describe("an open loop", () => {
  test("lets a message be sent at every interval, whatever arrives", () => {
    const { made, turn } = setting();
    const pace = new OpenLoop(made, 10, 500);
    const dueAt = (now: number) => {
      turn.now = now;
      return pace.due();
    };
    expect([499, 500, 509, 510, 535].map(dueAt)).toEqual([0, 1, 1, 2, 4]);
    pace.sending(0, 4);
    expect([539, 540, 1_000].map(dueAt)).toEqual([0, 1, 47]);
  });

  test("counts latencies from when the message was to be sent", () => {
    const { made, turn, latencies } = setting();
    const pace = new OpenLoop(made, 10, 500);
    turn.now = 610;
    pace.sending(0, 12);
    turn.now = 610.1;
    pace.received(11, 11);
    expect(latencies.percentile(1)).toBeCloseTo(100, -1);
    pace.received(0, 0);
    expect(latencies.percentile(1) / 110_100).toBeCloseTo(1, 2);
  });
});
