import { describe, expect, test } from "vitest";
import { TopicMatcher } from "../../src/matcher/index.ts";
import { matches } from "../model/matcher.ts";
import { MATCHERS } from "../support/matchers.ts";

/** `npm run test:matcher` gives other numbers. */
const OPERATIONS = Number(process.env.TERNMQ_MATCHER_OPERATIONS ?? 3_000_000);
const SEED = Number(process.env.TERNMQ_MATCHER_SEED ?? 1);
/** After so many operations it goes on with other filters and topic names. */
const EPOCH = 25_000;
const FILTERS = 150;
const TOPICS = 150;
const TIMEOUT = 24 * 3_600_000;

const LEVELS = ["", "a", "b", "c", "$x", "é", "123456789012", "1234567890123", "a-level-of-more-than-16-bytes"];

/** Numbers from 0 to below `below`, the same for the same seed. (xorshift32) */
function dice(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Filters and topic names of one epoch, and the pairs of both: the naive matcher says which match. */
class Epoch {
  readonly filters: readonly string[];
  readonly topics: readonly string[];
  readonly #matching: readonly (readonly boolean[])[];
  /** The ids at each filter. */
  readonly ids: readonly Set<number>[];
  readonly stored = new Set<number>();

  constructor(roll: (below: number) => number) {
    this.topics = distinct(TOPICS, () => levels(roll, LEVELS).join("/") || "a");
    this.filters = distinct(FILTERS, () => {
      const filter = levels(roll, [...LEVELS, "+", "+", "+", "+"]);
      return (roll(4) === 0 ? [...filter.slice(1), "#"] : filter).join("/") || "+";
    });
    this.#matching = this.filters.map((filter) => this.topics.map((topic) => matches(filter, topic)));
    this.ids = this.filters.map(() => new Set());
  }

  matching(topic: number): Set<number> {
    const found = new Set<number>();
    for (const [filter, ids] of this.ids.entries()) {
      if (ids.size > 0 && this.#matching[filter]?.[topic]) for (const id of ids) found.add(id);
    }
    return found;
  }

  storedMatching(filter: number): string[] {
    return [...this.stored].filter((topic) => this.#matching[filter]?.[topic]).map((topic) => this.topics[topic] ?? "");
  }

  get size(): number {
    return this.ids.reduce((sum, ids) => sum + ids.size, 0);
  }
}

function levels(roll: (below: number) => number, from: readonly string[]): string[] {
  return Array.from({ length: 1 + roll(5) }, () => from[roll(from.length)] ?? "");
}

function distinct(count: number, make: () => string): string[] {
  const made = new Set<string>();
  while (made.size < count) made.add(make());
  return [...made];
}

/** One random operation on both, whose answers have to be the same. Plain comparisons: millions of `expect` take minutes. */
function step(matcher: TopicMatcher, model: Epoch, roll: (below: number) => number): void {
  const filter = roll(FILTERS);
  const text = model.filters[filter] ?? "";
  const ids = model.ids[filter] ?? new Set();
  const topic = roll(TOPICS);
  const name = model.topics[topic] ?? "";
  const id = roll(16) === 0 ? roll(2 ** 32) : roll(12);
  const what = roll(20);
  if (what < 6) same(matcher.add(text, id), !ids.has(id), `add ${text} ${id}`, () => ids.add(id));
  else if (what < 13) {
    const gone = ids.size > 0 && roll(4) > 0 ? ([...ids][roll(ids.size)] ?? 0) : id;
    same(matcher.remove(text, gone), ids.has(gone), `remove ${text} ${gone}`, () => ids.delete(gone));
  } else if (what < 17) checkMatch(matcher, model, topic, name);
  else if (what === 17) same(matcher.has(text, id), ids.has(id), `has ${text} ${id}`);
  else if (what === 18) checkTopics(matcher, model, filter, text);
  else if (roll(2) === 0) same(matcher.addTopic(name), !model.stored.has(topic), name, () => model.stored.add(topic));
  else same(matcher.removeTopic(name), model.stored.has(topic), name, () => model.stored.delete(topic));
}

function same(given: boolean, expected: boolean, what: string, then: () => void = () => {}): void {
  if (given !== expected) throw new Error(`${what}: ${given}, where the model says ${expected}`);
  then();
}

function checkMatch(matcher: TopicMatcher, model: Epoch, topic: number, name: string): void {
  const expected = model.matching(topic);
  const given = matcher.match(name);
  const isSame =
    given.length === expected.size && given.every((id) => expected.has(id)) && new Set(given).size === given.length;
  if (!isSame) expect(given, name).toEqual(Uint32Array.from(expected));
}

function checkTopics(matcher: TopicMatcher, model: Epoch, filter: number, text: string): void {
  const given = matcher.topicsMatching(text).sort().join("\n");
  const expected = model.storedMatching(filter).sort().join("\n");
  if (given !== expected) expect(given, text).toBe(expected);
}

/** What the whole of it looks like from outside. */
function contents(matcher: TopicMatcher): unknown {
  const entries = matcher
    .entries()
    .map(([filter, ids]): [string, number[]] => [filter, [...ids].sort((a, b) => a - b)]);
  return { filters: new Map(entries), topics: new Set(matcher.topics()) };
}

function modelContents(model: Epoch): unknown {
  const filters = model.ids.flatMap((ids, i): [string, number[]][] =>
    ids.size === 0 ? [] : [[model.filters[i] ?? "", [...ids].sort((a, b) => a - b)]],
  );
  return { filters: new Map(filters), topics: new Set([...model.stored].map((topic) => model.topics[topic])) };
}

describe.each(MATCHERS)("the %s build", (build, module) => {
  const operations = build === "release" ? OPERATIONS : OPERATIONS / 10;

  test(`${operations} random operations give what the naive matcher gives`, { timeout: TIMEOUT }, () => {
    const roll = dice(SEED);
    const matcher = new TopicMatcher({ module });
    for (let done = 0; done < operations; done += EPOCH) {
      const model = new Epoch(roll);
      for (let i = 0; i < EPOCH; i++) step(matcher, model, roll);
      expect(matcher.size).toBe(model.size);
      expect(contents(matcher)).toEqual(modelContents(model));
      const copy = new TopicMatcher({ module });
      copy.restore(matcher.snapshot());
      expect(contents(copy)).toEqual(modelContents(model));
      copy.free();
      for (const [filter, ids] of model.ids.entries())
        for (const id of ids) matcher.remove(model.filters[filter] ?? "", id);
      for (const topic of model.stored) matcher.removeTopic(model.topics[topic] ?? "");
      expect({ ...matcher.statistics, bytesInUse: 0, memoryBytes: 0 }).toEqual({
        ...{ size: 0, topics: 0, nodes: 0, bytesInUse: 0, memoryBytes: 0 },
      });
    }
  });
});
