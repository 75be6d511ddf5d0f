import { describe, expect, test } from "vitest";
import { TopicMatcher } from "../../src/matcher/index.ts";
import { MATCHERS, matched, warmMatcher } from "../support/matchers.ts";

/** Its filters, all with the id 1, and its topic names. */
function setsOf(matcher: TopicMatcher) {
  return [
    {
      add: (name: string) => matcher.add(name, 1),
      remove: (name: string) => matcher.remove(name, 1),
      find: (name: string) => matched(matcher, name),
    },
    {
      add: (name: string) => matcher.addTopic(name),
      remove: (name: string) => matcher.removeTopic(name),
      find: (name: string) => matcher.topicsMatching(name).map(() => 1),
    },
  ];
}

describe.each(MATCHERS)("TopicMatcher on the %s build", (_, module) => {
  test("the same pair twice is one pair", () => {
    const matcher = new TopicMatcher({ module });
    expect([matcher.add("a/+", 7), matcher.add("a/+", 7), matcher.size]).toEqual([true, false, 1]);
    expect([matcher.remove("a/+", 7), matcher.remove("a/+", 7), matcher.size]).toEqual([true, false, 0]);
    expect(matched(matcher, "a/b")).toEqual([]);
  });

  test("a filter has several ids, and an id several filters", () => {
    const matcher = new TopicMatcher({ module });
    for (const id of [1, 2, 0xffffffff, 0]) matcher.add("a/+", id);
    matcher.add("a/b", 2);
    expect(matched(matcher, "a/b")).toEqual([0, 1, 2, 0xffffffff]);
    matcher.remove("a/+", 2);
    expect(matched(matcher, "a/b")).toEqual([0, 1, 2, 0xffffffff]);
    expect(matched(matcher, "a/c")).toEqual([0, 1, 0xffffffff]);
    expect([matcher.has("a/+"), matcher.has("a/+", 2), matcher.has("a/b", 2), matcher.has("x")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("an id comes once however many of its filters match", () => {
    const matcher = new TopicMatcher({ module });
    const ids = Array.from({ length: 500 }, (__, i) => Math.imul(i, 0x9e3779b1) >>> 0);
    for (const filter of ["a/b/c", "a/b/+", "+/b/c", "a/#", "#", "+/+/+"]) {
      for (const id of ids) matcher.add(filter, id);
    }
    const expected = ids.sort((a, b) => a - b);
    expect(matched(matcher, "a/b/c")).toEqual(expected);
  });

  test("out gets what fits and the answer tells how many there are", () => {
    const matcher = new TopicMatcher({ module });
    for (let id = 0; id < 200; id++) matcher.add("#", id);
    const all = matcher.match("a");
    for (const room of [0, 3, 100, 199, 200, 300]) {
      const out = new Uint32Array(room).fill(9999);
      expect(matcher.match("a", out)).toBe(200);
      expect(out.subarray(0, 200)).toEqual(all.subarray(0, room));
      expect(out.subarray(200).every((id) => id === 9999)).toBe(true);
    }
  });

  test("matchBytes takes a range of bytes", () => {
    const matcher = new TopicMatcher({ module });
    matcher.add("a/é", 5);
    const bytes = new TextEncoder().encode("??a/é??");
    const out = new Uint32Array(2);
    expect([matcher.matchBytes(bytes, 2, 4, out), out[0]]).toEqual([1, 5]);
    expect(matcher.matchBytes(bytes.subarray(2), 0, 4, out)).toBe(1);
    expect(() => matcher.matchBytes(Uint8Array.of(0xff), 0, 1, out)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_TOPIC", reason: "invalid-utf8", text: undefined }),
    );
  });

  test("forEachMatch visits what match gives", () => {
    const matcher = new TopicMatcher({ module });
    for (let id = 0; id < 10; id++) matcher.add("a/#", id);
    const seen: number[] = [];
    matcher.forEachMatch("a", (id) => seen.push(id));
    expect(seen).toEqual(Array.from(matcher.match("a")));
  });

  test("matchMany gives a list for each topic name", () => {
    const matcher = new TopicMatcher({ module });
    for (let id = 0; id < 3000; id++) matcher.add(id % 2 === 0 ? "a" : "+", id);
    const [none, both, odd] = matcher.matchMany(["x/y", "a", "b"]);
    expect([none?.length, both?.length, odd?.length]).toEqual([0, 3000, 1500]);
    expect(odd).toEqual(matcher.match("b"));
    expect(matcher.matchMany([])).toEqual([]);
  });

  test("keeps topics of any script and length, a byte order mark too", () => {
    const matcher = new TopicMatcher({ module });
    const topics = ["\ufeffa", "a", "日本/é", "😀/x", "x".repeat(65_535), "é".repeat(32_767), "a b/c"];
    for (const [id, topic] of topics.entries()) {
      matcher.add(topic, id);
      matcher.addTopic(topic);
    }
    for (const [id, topic] of topics.entries()) {
      expect(matched(matcher, topic)).toEqual([id]);
      expect(matcher.topicsMatching(topic)).toEqual([topic]);
    }
    expect(new Map(matcher.entries().map(([filter, [id]]) => [filter, id]))).toEqual(
      new Map(topics.map((topic, id) => [topic, id])),
    );
  });

  test("stores topic names and finds them by filter", () => {
    const matcher = new TopicMatcher({ module });
    const names = Array.from({ length: 5000 }, (__, i) => `a/${i}`);
    for (const name of [...names, "$SYS/a", "b"]) expect(matcher.addTopic(name)).toBe(true);
    expect(matcher.addTopic("b")).toBe(false);
    expect(matcher.topicsMatching("a/+").sort()).toEqual(names.sort());
    expect(matcher.topicsMatching("#").sort()).toEqual([...names, "b"].sort());
    expect(matcher.topics().sort()).toEqual(["$SYS/a", ...names, "b"].sort());
    expect(matcher.topicsMatching("a/+", 1500).length).toBe(1500);
    expect(matcher.topicsMatching("#", 0)).toEqual([]);
    expect([matcher.hasTopic("b"), matcher.removeTopic("b"), matcher.removeTopic("b"), matcher.hasTopic("b")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([matcher.topicCount, matcher.size]).toEqual([5001, 0]);
  });

  test("clear leaves nothing, and slots are used again", () => {
    const matcher = warmMatcher(module);
    const empty = matcher.statistics;
    for (let round = 0; round < 3; round++) {
      for (let id = 0; id < 5000; id++) matcher.add(`a/${id % 700}/+`, id);
      for (let id = 0; id < 1000; id++) matcher.addTopic(`a/${id}`);
      matcher.clear();
      expect({ ...matcher.statistics, memoryBytes: 0, bytesInUse: 0 }).toEqual({
        ...empty,
        memoryBytes: 0,
        bytesInUse: 0,
      });
    }
    expect([matched(matcher, "a/1/x"), matcher.topics()]).toEqual([[], []]);
  });

  test("coming and going leaves memory where it was", () => {
    const matcher = warmMatcher(module);
    const turn = (round: number) => {
      for (let id = 0; id < 2000; id++) matcher.add(`site${round}/${id % 900}/a-level-longer-than-twelve-bytes`, id);
      for (let id = 0; id < 2000; id++) matcher.remove(`site${round}/${id % 900}/a-level-longer-than-twelve-bytes`, id);
    };
    turn(0);
    const before = matcher.statistics;
    for (let round = 1; round < 20; round++) turn(round);
    expect(matcher.statistics).toEqual(before);
  });

  test.each(["filters", "topic names"])(
    "removals of %s make the memory no larger, and leave the others alone",
    (kind) => {
      const matcher = new TopicMatcher({ module });
      const names = Array.from({ length: 5000 }, (__, i) => `a/${i}`);
      const [removed, kept] = kind === "filters" ? setsOf(matcher) : setsOf(matcher).reverse();
      for (const name of names) removed?.add(name);
      // It takes all of the memory that is there but not in use.
      const { memoryBytes } = matcher.statistics;
      let others = 0;
      while (matcher.statistics.memoryBytes === memoryBytes) kept?.add(`b/${others++}`);
      const before = matcher.statistics.memoryBytes;
      for (const name of names) removed?.remove(name);
      expect(matcher.statistics.memoryBytes).toBe(before);
      for (let i = 0; i < others; i += 7) expect(kept?.find(`b/${i}`)).toEqual([1]);
      expect(removed?.find("a/1")).toEqual([]);
    },
  );

  test("20,000 ids of one filter go in any order", () => {
    const matcher = warmMatcher(module);
    for (let id = 0; id < 20_000; id++) matcher.add("one/filter", id);
    expect(matcher.match("one/filter").length).toBe(20_000);
    // 7919 is prime to 20,000: every id once, in an order without neighbours.
    for (let i = 0; i < 19_999; i++) expect(matcher.remove("one/filter", (i * 7919) % 20_000)).toBe(true);
    expect(matched(matcher, "one/filter")).toEqual([(19_999 * 7919) % 20_000]);
  });
});

test("create() gives a matcher without blocking", async () => {
  const [first, second] = await Promise.all([TopicMatcher.create(), TopicMatcher.create({ seed: [1, 2] })]);
  first.add("a", 1);
  expect([matched(first, "a"), matched(second, "a")]).toEqual([[1], []]);
});
