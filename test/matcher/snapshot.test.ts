import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TopicMatcher } from "../../src/matcher/index.ts";
import { topicFilter, topicName } from "../model/arbitraries.ts";
import { matched } from "../support/matchers.ts";

/** FNV-1a over all but the last four bytes, which it is written into: what a forger would do. */
function sealed(bytes: Uint8Array): Uint8Array {
  let hash = 0x811c9dc5;
  for (const byte of bytes.subarray(0, -4)) hash = Math.imul(hash ^ byte, 0x01000193);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(bytes.length - 4, hash >>> 0, true);
  return bytes;
}

function example(): TopicMatcher {
  const matcher = new TopicMatcher();
  for (const [filter, id] of [
    ["a/+", 7],
    ["a/+", 0xffffffff],
    ["#", 1],
    ["é/日本/#", 2],
  ] as const)
    matcher.add(filter, id);
  for (const topic of ["a/b", "$SYS/x", "/"]) matcher.addTopic(topic);
  return matcher;
}

const INVALID = expect.objectContaining({ code: "ERR_INVALID_SNAPSHOT" });

describe("a snapshot", () => {
  test("gives back what was in it", () => {
    const copy = new TopicMatcher();
    copy.restore(example().snapshot());
    expect(matched(copy, "a/b")).toEqual([1, 7, 0xffffffff]);
    expect(copy.topics().sort()).toEqual(["$SYS/x", "/", "a/b"]);
    expect(copy.remove("a/+", 7)).toBe(true);
    const empty = new TopicMatcher();
    empty.restore(new TopicMatcher().snapshot());
    expect([empty.size, empty.topicCount]).toEqual([0, 0]);
  });

  test("is the same bytes as documented", () => {
    const matcher = new TopicMatcher();
    matcher.add("a", 0x01020304);
    matcher.addTopic("b/");
    const expected = [
      0x74, 0x71, 0x6d, 0x31, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x61, 1, 0, 0, 0, 4, 3, 2, 1, 2, 0, 0x62, 0x2f,
    ];
    expect(matcher.snapshot()).toEqual(sealed(Uint8Array.from([...expected, 0, 0, 0, 0])));
  });

  test("is taken into an empty matcher only", () => {
    const matcher = new TopicMatcher();
    matcher.addTopic("x");
    const refused = expect.objectContaining({ code: "ERR_MATCHER_NOT_EMPTY" });
    expect(() => matcher.restore(example().snapshot())).toThrow(refused);
    expect(matcher.topics()).toEqual(["x"]);
  });

  test("that is cut, damaged or something else is refused", () => {
    const snapshot = example().snapshot();
    const matcher = new TopicMatcher();
    for (let end = 0; end < snapshot.length; end++) {
      expect(() => matcher.restore(snapshot.subarray(0, end))).toThrow(INVALID);
    }
    for (let at = 0; at < snapshot.length; at++) {
      const damaged = snapshot.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => matcher.restore(damaged)).toThrow(INVALID);
    }
    expect(() => matcher.restore("tqm1" as unknown as Uint8Array)).toThrow(INVALID);
    expect([matcher.size, matcher.topicCount]).toEqual([0, 0]);
  });

  test("that somebody forged is refused or taken, and corrupts nothing", () => {
    const snapshot = example().snapshot();
    const byte = fc.record({ at: fc.nat(snapshot.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 3 }), fc.nat(8), (changes, cut) => {
        const forged = snapshot.slice(0, snapshot.length - cut);
        for (const { at, value } of changes) if (at < forged.length) forged[at] = value;
        const matcher = new TopicMatcher();
        try {
          matcher.restore(sealed(forged));
          expect(matcher.snapshot().length).toBe(forged.length);
        } catch (error) {
          expect(error).toEqual(INVALID);
          expect([matcher.size, matcher.topicCount, matcher.statistics.nodes]).toEqual([0, 0, 0]);
        }
        matcher.clear();
        expect(matcher.add("a/+", 1) && matched(matcher, "a/b")).toEqual([1]);
      }),
      { numRuns: 1000 },
    );
  });

  test("that does not fit under the cap leaves the matcher empty", () => {
    const large = new TopicMatcher();
    for (let id = 0; id < 20_000; id++) large.add(`a/${id}`, id);
    const small = new TopicMatcher({ maximumMemory: 1 << 20 });
    expect(() => small.restore(large.snapshot())).toThrow(expect.objectContaining({ code: "ERR_MATCHER_MEMORY" }));
    expect([small.size, small.statistics.nodes, small.add("a", 1)]).toEqual([0, 0, true]);
  });

  test("of anything is restored to the same", () => {
    const pairs = fc.array(fc.tuple(topicFilter, fc.nat(5)), { maxLength: 30 });
    fc.assert(
      fc.property(pairs, fc.array(topicName, { maxLength: 20 }), (filters, topics) => {
        const matcher = new TopicMatcher();
        for (const [filter, id] of filters) matcher.add(filter, id);
        for (const topic of topics) matcher.addTopic(topic);
        const copy = new TopicMatcher();
        copy.restore(matcher.snapshot());
        expect(new Set(copy.topics())).toEqual(new Set(topics));
        expect(copy.size).toBe(matcher.size);
        for (const [filter, id] of filters) expect(copy.has(filter, id)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
