import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecisionCache } from "../../../../src/security/acl/decision-cache.ts";
import { type TopicRange, topicRange } from "../../../../src/security/acl/topic-range.ts";

/** Where the core has a topic, as numbers; the same place belongs to another topic in another lap. */
interface Mark {
  readonly topicLap: number;
  readonly topicPlace: number;
}

/** Topics of one kind differ in their last bytes. */
const nameOf = (topic: number) => `plant/building/floor/${topic}/temperature`;

function rangeOf(name: string, mark: Partial<Mark> = {}): TopicRange {
  const range = topicRange(Buffer.from(`<${name}>`));
  return { ...range, topicStart: 1, topicEnd: range.topicEnd - 1, ...mark };
}

describe("remembered decisions", () => {
  it("are those that were made, with and without marks, however many topics there are", () => {
    const asked = fc.array(fc.record({ topic: fc.nat(150), isMarked: fc.boolean(), isMoved: fc.boolean() }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(asked, (steps) => {
        const cache = new DecisionCache((name) => Number(name.split("/")[3]) % 3 === 0);
        const marks = new Map<number, Mark>();
        let next = 0;
        for (const { topic, isMarked, isMoved } of steps) {
          // 40 places, so that each belongs to many topics in turn.
          if (isMoved || !marks.has(topic))
            marks.set(topic, { topicLap: 1 + Math.floor(next / 40), topicPlace: 50 + (next++ % 40) * 13 });
          const range = rangeOf(nameOf(topic), isMarked ? marks.get(topic) : {});
          expect(cache.decide(range)).toBe(topic % 3 === 0);
        }
      }),
    );
  });

  it("are found by their marks alone", () => {
    const asked: string[] = [];
    const cache = new DecisionCache((name) => {
      asked.push(name);
      return name !== "b";
    });
    const marked = ["a", "b", "c"].map((name, i) => rangeOf(name, { topicLap: 1, topicPlace: 100 + i }));
    for (const range of marked) cache.decide(range);
    expect(asked).toEqual(["a", "b", "c"]);
    // The first made room for one only, so it is looked for by its bytes once more.
    for (const range of marked) cache.decide(range);
    const unreadable = marked.map((range) => ({ ...range, topicBuffer: Buffer.alloc(0) }));
    expect(unreadable.map((range) => cache.decide(range))).toEqual([true, false, true]);
    expect(asked).toEqual(["a", "b", "c"]);
  });

  it("are not mistaken for those of a topic that has the place in another lap", () => {
    const cache = new DecisionCache((name) => name === "a");
    expect(cache.decide(rangeOf("a", { topicLap: 1, topicPlace: 7 }))).toBe(true);
    expect(cache.decide(rangeOf("b", { topicLap: 2, topicPlace: 7 }))).toBe(false);
    expect(cache.decide(rangeOf("a", { topicLap: 3, topicPlace: 7 }))).toBe(true);
  });
});
