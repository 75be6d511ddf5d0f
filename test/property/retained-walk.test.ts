import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Core } from "../../src/wasm/core.ts";
import { topicFilter, topicName } from "../model/arbitraries.ts";
import { matches } from "../model/matcher.ts";
import { BUILDS, inUse, utf8, warmCore } from "../support/cores.ts";

/** What happens between two steps of a walk. */
type Change =
  | { kind: "retain"; topic: string }
  | { kind: "forget"; pick: number }
  | { kind: "subscribe"; filter: string };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("retain"), topic: topicName }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("forget"), pick: fc.nat(1000) }) },
  fc.record({ kind: fc.constant("subscribe"), filter: topicFilter }),
);

const walks = fc.record({
  topics: fc.uniqueArray(topicName, { maxLength: 40, size: "max" }),
  filter: fc.oneof(topicFilter, fc.constantFrom("#", "+/#", "+/+", "a/#", "$x/#")),
  step: fc.integer({ min: 1, max: 4 }),
  changes: fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }),
  abandonAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(3)),
});

/** The retained topic names: each with its entry. */
type Model = Map<string, number>;

describe.each(BUILDS)("walks over the retained topic names of the %s build", (_, options) => {
  let core: Core;
  beforeAll(() => {
    core = warmCore(options);
  });

  test("what is there all the time is given once, whatever comes and goes; nothing that does not match is given", () => {
    fc.assert(
      fc.property(walks, ({ topics, filter, step, changes, abandonAfter }) => {
        const before = inUse(core);
        const model: Model = new Map(topics.map((topic) => [topic, core.retain(utf8(topic))]));
        const throughout = new Set(topics.filter((topic) => matches(filter, topic)));
        const given: string[] = [];
        const cursor = core.openWalk(utf8(filter));
        expect(cursor).toBeGreaterThan(0);
        for (let turn = 0; turn < abandonAfter; turn++) {
          given.push(...walkOnce(core, model, cursor, step));
          if (core.walkFinished) break;
          for (const one of changes[turn] ?? []) apply(core, model, throughout, one);
        }
        const isOver = core.walkFinished;
        core.closeWalk(cursor);
        for (const entry of model.values()) core.forgetRetained(entry);
        expect(inUse(core)).toEqual(before);
        for (const topic of given) expect(matches(filter, topic)).toBe(true);
        const stable = given.filter((topic) => throughout.has(topic));
        expect(new Set(stable).size).toBe(stable.length);
        if (isOver && abandonAfter > 0) expect(new Set(stable)).toEqual(throughout);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The topic names that one step gives. */
function walkOnce(core: Core, model: Model, cursor: number, step: number): string[] {
  const out = new Uint32Array(step);
  const count = core.walk(cursor, out);
  expect(count).toBeLessThanOrEqual(step);
  const topics = new Map([...model].map(([topic, entry]) => [entry, topic]));
  return Array.from(out.subarray(0, count), (entry) => {
    const topic = topics.get(entry);
    if (topic === undefined) throw new Error(`entry ${entry} was given, which no retained topic name has`);
    return topic;
  });
}

function apply(core: Core, model: Model, throughout: Set<string>, one: Change): void {
  if (one.kind === "retain") {
    const entry = core.retain(utf8(one.topic));
    expect(entry).toBe(model.get(one.topic) ?? entry);
    model.set(one.topic, entry);
  } else if (one.kind === "forget") {
    const topic = [...model.keys()][one.pick % Math.max(1, model.size)];
    if (topic === undefined) return;
    core.forgetRetained(model.get(topic) ?? 0);
    model.delete(topic);
    throughout.delete(topic);
    expect(core.findRetained(utf8(topic))).toBe(0);
  } else core.unsubscribe(core.subscribe(utf8(one.filter), 0));
}
