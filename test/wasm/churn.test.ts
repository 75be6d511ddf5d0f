import { describe, expect, test } from "vitest";
import { OUT_OF_MEMORY } from "../../assembly/shared/status.ts";
import { Core } from "../../src/wasm/core.ts";
import { matches } from "../model/matcher.ts";
import { BUILDS, inUse, matchedEntries, mustSubscribe, utf8, warmCore } from "../support/cores.ts";

/** Filters of many shapes; levels below and above the inline limit of a node. */
function filter(i: number): string {
  const site = `site${i % 97}`;
  const shapes = [
    `${site}/${i}/state`,
    `+/${i}`,
    `${site}/${i}/#`,
    `a-level-longer-than-sixteen-bytes-${i}`,
    `//${i}/+`,
  ];
  return shapes[i % shapes.length] ?? "";
}

describe.each(BUILDS)("churn on the %s build", (name, options) => {
  test("a million subscribes and unsubscribes leave entries, nodes and memory where they were", () => {
    const core = warmCore(options);
    const alive = Array.from({ length: 1000 }, (_, i) => core.subscribe(utf8(filter(i)), i));
    const fill = (rounds: number, first: number) => {
      for (let round = 0; round < rounds; round++) {
        const entries = Array.from({ length: 2000 }, (_, i) => core.subscribe(utf8(filter(first + i)), i));
        for (const entry of entries) core.unsubscribe(entry);
        first += 2000;
      }
    };
    fill(2, 1000);
    const { bytesInUse, ...before } = core.statistics;
    fill(name === "release" ? 500 : 25, 5000);
    // Which segments of a hash table are split depends on where the nodes are, and they are joined only when they are nearly empty.
    expect(core.statistics.bytesInUse - bytesInUse).toBeLessThanOrEqual(8 * 4096);
    expect(core.statistics).toMatchObject(before);
    for (const entry of alive) core.unsubscribe(entry);
    expect(core.statistics.subscriptionEntries).toBe(0);
    expect(core.statistics.subscriptionNodes).toBe(0);
  });

  test("growing to 60,000 filters and shrinking again gives everything back", () => {
    const core = warmCore(options);
    const before = inUse(core);
    const entries = Array.from({ length: 60_000 }, (_, i) => mustSubscribe(core, filter(i), i % 8));
    expect(core.statistics.subscriptionEntries).toBe(60_000);
    for (let i = 0; i < entries.length; i += 601) expect(matchedEntries(core, topicOf(i))).toContain(entries[i]);
    for (const entry of entries) core.unsubscribe(entry);
    expect(inUse(core)).toEqual(before);
  });

  test("20,000 subscribers of one filter go in any order, and the others stay", () => {
    const core = warmCore(options);
    const before = inUse(core);
    const targets = 20_000;
    const reserved = core.subscribe(utf8("one/filter"), targets);
    const entries = Array.from({ length: targets }, (_, target) => core.subscribe(utf8("one/filter"), target));
    expect(matchedEntries(core, "one/filter")).toEqual([...entries, reserved].sort((a, b) => a - b));
    expect(core.matchOverlap).toBe(false);
    // 7919 is prime to 20,000: every entry once, in an order without neighbours.
    for (let i = 0; i < targets - 1; i++) core.unsubscribe(entries[(i * 7919) % targets] ?? 0);
    const last = entries[((targets - 1) * 7919) % targets];
    expect(matchedEntries(core, "one/filter")).toEqual([reserved, last].sort((a, b) => Number(a) - Number(b)));
    for (const entry of [reserved, last ?? 0]) core.unsubscribe(entry);
    expect({ ...inUse(core), bytesInUse: 0 }).toEqual({ ...before, bytesInUse: 0 });
  });

  test("a target has one entry at a filter, found again by both, whatever stands beside it", () => {
    const core = warmCore(options);
    const before = inUse(core);
    const filters = ["a/b", "a/#", "#", "+/b", "a-level-longer-than-sixteen-bytes/é", "12345678/123456789012", "/"];
    for (const targets of [1, 2, 100]) {
      const entries = filters.map((each) => Array.from({ length: targets }, (_, t) => mustSubscribe(core, each, t)));
      filters.forEach((each, i) => {
        for (let target = 0; target < targets; target++) {
          const entry = entries[i]?.[target];
          expect(core.subscribe(utf8(each), target)).toBe(entry);
          expect(core.findSubscription(utf8(each), target)).toBe(entry);
          expect(core.filterOf(entry ?? 0)).toBe(each);
        }
        expect(core.findSubscription(utf8(each), targets)).toBe(0);
      });
      expect(core.statistics.subscriptionEntries).toBe(filters.length * targets);
      for (const entry of entries.flat()) core.unsubscribe(entry);
    }
    expect(core.findSubscription(utf8("a/b"), 0)).toBe(0);
    expect(inUse(core)).toEqual(before);
  });

  test("3,000 filters at once match what the naive matcher says", () => {
    const core = warmCore(options);
    const entries = new Map(Array.from({ length: 3000 }, (_, i) => [mustSubscribe(core, filter(i), i), filter(i)]));
    for (let i = 0; i < 300; i++) {
      const topic = topicOf(i * 10 + (i % 5));
      const expected = [...entries].filter(([, each]) => matches(each, topic)).map(([entry]) => entry);
      expect(matchedEntries(core, topic)).toEqual(expected.sort((a, b) => a - b));
    }
  });

  test("out of memory, a subscription is refused and leaves nothing, and what is there goes on", () => {
    const core = Core.create({ ...options, maximumMemory: 8 << 20 });
    const entries: number[] = [];
    let refused = 0;
    for (let i = 0; refused === 0; i++) {
      const before = core.statistics;
      const entry = core.subscribe(utf8(filter(i)), i % 1000);
      if (entry > 0) entries.push(entry);
      else {
        refused = -entry;
        expect({ ...core.statistics, bytesInUse: 0, memoryBytes: 0 }).toEqual({
          ...before,
          bytesInUse: 0,
          memoryBytes: 0,
        });
      }
    }
    expect(refused).toBe(OUT_OF_MEMORY);
    expect(entries.length).toBeGreaterThan(10_000);
    core.unsubscribe(entries.pop() ?? 0);
    const nodes = core.statistics.subscriptionNodes;
    // What is left is less than a page of entries, and these levels are more.
    const deep = Array.from({ length: 100 }, (_, i) => `deep${i}`.padEnd(600, "x")).join("/");
    expect(core.subscribe(utf8(deep), 1)).toBe(-OUT_OF_MEMORY);
    expect(core.statistics.subscriptionNodes).toBe(nodes);
    expect(core.statistics.subscriptionEntries).toBe(entries.length);
    expect(matchedEntries(core, topicOf(7000))).toContain(entries[7000]);
    expect(core.checkUtf8(Buffer.alloc(8 << 20, 0x61))).toBe(OUT_OF_MEMORY);
    for (const entry of entries) core.unsubscribe(entry);
    expect(core.statistics.subscriptionNodes).toBe(0);
    expect(core.subscribe(utf8("a/b"), 1)).toBeGreaterThan(0);
  });

  test("memory that held something else makes no overlap", () => {
    const core = Core.create(options);
    const ones = new Uint8Array(65536).map((_, i) => (i % 4 === 0 ? 1 : 0));
    core.checkUtf8(ones);
    core.checkUtf8(new Uint8Array(65537)); // Moves to a larger block; 16,384 targets take the old one.
    mustSubscribe(core, "a", 16_383);
    mustSubscribe(core, "+", 16_382);
    expect(matchedEntries(core, "a").length).toBe(2);
    expect(core.matchOverlap).toBe(false);
  });

  test.each([0, 65_536, 2 << 20])("%i bytes of memory are too few to start in", (maximumMemory) => {
    expect(() => Core.create({ ...options, maximumMemory })).toThrow(/raise maximumMemory/);
  });
});

/** A topic name that the filter of this number matches. */
function topicOf(i: number): string {
  return filter(i).replace("+", "x").replace("#", "deep/er");
}
