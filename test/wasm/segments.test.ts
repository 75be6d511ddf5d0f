import { describe, expect, test } from "vitest";
import type { Core } from "../../src/wasm/core.ts";
import { BUILDS, inUse, matchedEntries, mustSubscribe, utf8, warmCore } from "../support/cores.ts";

const KEYS = 12_000;
const TURNING_POINTS = [9000, 300, 6000, 4000, 7000, 0];

/** One level below one parent; the same level below as many parents; one of the subscribers of one filter. */
function subscriptionOf(key: number): [filter: string, target: number] {
  const shapes = [`flat/${key}`, `n${key}/state`, "crowded/filter"];
  return [shapes[key % shapes.length] ?? "", key];
}

/** Numbers from 0 to below `below`, the same each time. */
function dice(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Keys to be added or removed, until so many are present: three steps ahead for one back. */
function* walkTo(present: Map<number, number>, count: number, roll: (below: number) => number): Generator<number> {
  while (present.size !== count) {
    const isRemoval = present.size > count === roll(4) > 0;
    let key = roll(KEYS);
    while (present.size > 0 && present.has(key) !== isRemoval) key = roll(KEYS);
    yield key;
  }
}

function check(core: Core, present: Map<number, number>, key: number): void {
  const [filter, target] = subscriptionOf(key);
  const entry = present.get(key);
  expect(core.findSubscription(utf8(filter), target)).toBe(entry ?? 0);
  if (key % 3 !== 2) expect(matchedEntries(core, filter)).toEqual(entry === undefined ? [] : [entry]);
}

describe.each(BUILDS)("hash tables of many segments on the %s build", (_, options) => {
  test("find what is there and nothing else, while segments are split and joined in any order", () => {
    const core = warmCore(options);
    const before = inUse(core);
    const present = new Map<number, number>();
    const roll = dice();
    let steps = 0;
    for (const count of TURNING_POINTS) {
      for (const key of walkTo(present, count, roll)) {
        const entry = present.get(key);
        if (entry !== undefined) core.unsubscribe(entry);
        if (!present.delete(key)) present.set(key, mustSubscribe(core, ...subscriptionOf(key)));
        if (steps++ % 16 === 0) for (const each of [key, roll(KEYS)]) check(core, present, each);
      }
      for (let key = 0; key < KEYS; key++) check(core, present, key);
      const crowded = [...present].filter(([key]) => key % 3 === 2).map(([, entry]) => entry);
      expect(matchedEntries(core, "crowded/filter")).toEqual(crowded.sort((a, b) => a - b));
    }
    // The list of what matches keeps its size.
    expect({ ...inUse(core), bytesInUse: 0 }).toEqual({ ...before, bytesInUse: 0 });
  });

  test("a walk goes on while the names that it is about come and go by the thousand", () => {
    const core = warmCore(options);
    const before = inUse(core);
    const stay = Array.from({ length: 3000 }, (_, i) => core.retain(utf8(`stay/${i}`)));
    const cursor = core.openWalk(utf8("+/+"));
    const out = new Uint32Array(100);
    const found: number[] = [];
    const passing: number[] = [];
    for (let turn = 0; ; turn++) {
      const count = core.walk(cursor, out);
      found.push(...out.subarray(0, count));
      if (core.walkFinished) break;
      if (turn % 8 < 4) for (let i = 0; i < 1000; i++) passing.push(core.retain(utf8(`go${turn}/${i}`)));
      else for (const entry of passing.splice(0)) core.forgetRetained(entry);
    }
    core.closeWalk(cursor);
    for (const entry of passing) core.forgetRetained(entry);
    const isStaying = new Set(stay);
    expect(found.filter((entry) => isStaying.has(entry)).sort((a, b) => a - b)).toEqual(stay.sort((a, b) => a - b));
    for (const entry of stay) core.forgetRetained(entry);
    expect(inUse(core)).toEqual(before);
  });
});
