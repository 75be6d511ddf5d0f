import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Core } from "../../src/wasm/core.ts";
import { topicFilter, topicName } from "../model/arbitraries.ts";
import { matches } from "../model/matcher.ts";
import { BUILDS, inUse, matchedEntries, mustSubscribe, utf8, warmCore } from "../support/cores.ts";

type Operation =
  | { kind: "subscribe"; filter: string; target: number }
  | { kind: "unsubscribe"; pick: number }
  | { kind: "match"; topic: string };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant("subscribe"), filter: topicFilter, target: fc.nat(6) }),
  fc.record({ kind: fc.constant("unsubscribe"), pick: fc.nat(1000) }),
  fc.record({ kind: fc.constant("match"), topic: topicName }),
);

interface Subscription {
  filter: string;
  target: number;
}

describe.each(BUILDS)("the trie of the %s build", (_, options) => {
  let core: Core;
  beforeAll(() => {
    core = warmCore(options);
  });

  test("any sequence of subscribe, unsubscribe and match gives what the naive matcher gives", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: "max" }), (operations) => {
        const model = new Map<number, Subscription>();
        const before = inUse(core);
        for (const one of operations) apply(core, model, one);
        for (const entry of model.keys()) core.unsubscribe(entry);
        expect(inUse(core)).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });
});

function apply(core: Core, model: Map<number, Subscription>, one: Operation): void {
  if (one.kind === "subscribe") subscribe(core, model, one);
  else if (one.kind === "unsubscribe") unsubscribe(core, model, one.pick);
  else match(core, model, one.topic);
}

function subscribe(core: Core, model: Map<number, Subscription>, { filter, target }: Subscription): void {
  if ([...model.values()].some((other) => other.filter === filter && other.target === target)) return;
  const entry = mustSubscribe(core, filter, target);
  expect(model.has(entry)).toBe(false);
  model.set(entry, { filter, target });
  expect(core.statistics.subscriptionEntries).toBe(model.size);
}

function unsubscribe(core: Core, model: Map<number, Subscription>, pick: number): void {
  const entry = [...model.keys()][pick % Math.max(1, model.size)];
  if (entry === undefined) return;
  core.unsubscribe(entry);
  model.delete(entry);
}

function match(core: Core, model: Map<number, Subscription>, topic: string): void {
  const expected = [...model].filter(([, { filter }]) => matches(filter, topic));
  expect(matchedEntries(core, topic)).toEqual(expected.map(([entry]) => entry).sort((a, b) => a - b));
  const targets = new Set(expected.map(([, { target }]) => target));
  expect(core.matchOverlap).toBe(targets.size < expected.length);
  expect(core.checkTopicName(utf8(topic))).toBe(0);
}
