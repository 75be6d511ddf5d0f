import { describe, expect, test } from "vitest";
import {
  exec,
  MatcherError,
  parseShare,
  plainFilter,
  TopicError,
  TopicMap,
  TopicMatcher,
  validateFilter,
  validateTopic,
} from "../../src/matcher/index.ts";
import { MATCHERS, matched } from "../support/matchers.ts";

/** An error of this code, of the module's own class. */
function code(expected: string): unknown {
  return expect.objectContaining({ code: expected, name: expect.stringMatching(/^(Matcher|Topic)Error$/) });
}

/** What a caller without types may pass. */
function untyped<T>(value: unknown): T {
  return value as T;
}

/** Every call that reads or changes its sets. */
function usesOf(matcher: TopicMatcher): (() => unknown)[] {
  const snapshot = matcher.snapshot();
  return [
    () => matcher.add("x", 1),
    () => matcher.remove("a/+", 7),
    () => matcher.has("a/+"),
    () => matcher.match("a/b"),
    () => matcher.matchBytes(Uint8Array.of(0x61), 0, 1, new Uint32Array(1)),
    () => matcher.matchMany(["a"]),
    () => matcher.matchMany([]),
    () => matcher.forEachMatch("a/b", () => {}),
    () => matcher.entries(),
    () => matcher.addTopic("x"),
    () => matcher.removeTopic("a/b"),
    () => matcher.hasTopic("a/b"),
    () => matcher.topics(),
    () => matcher.topicsMatching("#"),
    () => matcher.clear(),
    () => matcher.snapshot(),
    () => matcher.restore(snapshot),
  ];
}

describe.each(MATCHERS)("misuse of a TopicMatcher on the %s build", (_, module) => {
  /** One that holds something, to see that it stays. */
  function filled(): TopicMatcher {
    const matcher = new TopicMatcher({ module });
    matcher.add("a/+", 7);
    matcher.addTopic("a/b");
    return matcher;
  }

  function expectUnharmed(matcher: TopicMatcher): void {
    expect([matched(matcher, "a/b"), matcher.topics(), matcher.size]).toEqual([[7], ["a/b"], 1]);
  }

  test.each([
    -1,
    1.5,
    2 ** 32,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    untyped<number>("1"),
    untyped<number>(null),
    untyped<number>(1n),
  ])("%s is no id", (id) => {
    const matcher = filled();
    for (const call of [() => matcher.add("x", id), () => matcher.remove("a/+", id), () => matcher.has("a/+", id)]) {
      expect(call).toThrow(code("ERR_INVALID_ID"));
    }
    expectUnharmed(matcher);
  });

  test.each([
    ["", "empty"],
    ["a+", "misplaced-wildcard"],
    ["#/a", "misplaced-wildcard"],
    ["a\0", "nul-character"],
    ["a\ud800", "invalid-utf8"],
    ["\udc00é", "invalid-utf8"],
    ["x".repeat(65_536), "too-long"],
    ["é".repeat(32_768), "too-long"],
    ["/".repeat(128), "too-many-levels"],
  ])("the filter %j is refused: %s", (filter, reason) => {
    const matcher = filled();
    const refused = expect.objectContaining({ code: "ERR_INVALID_FILTER", reason, text: filter });
    expect(() => matcher.add(filter, 1)).toThrow(refused);
    expect(() => matcher.remove(filter, 1)).toThrow(refused);
    expect(() => matcher.has(filter)).toThrow(refused);
    expect(() => matcher.has(filter, 1)).toThrow(refused);
    expect(() => matcher.topicsMatching(filter)).toThrow(refused);
    expectUnharmed(matcher);
  });

  test.each([
    ["", "empty"],
    ["a/+", "wildcard-in-topic"],
    ["#", "wildcard-in-topic"],
    ["a\0", "nul-character"],
    ["\ud800", "invalid-utf8"],
    ["é".repeat(40_000), "too-long"],
    ["/".repeat(128), "too-many-levels"],
  ])("the topic name %j is refused: %s", (topic, reason) => {
    const matcher = filled();
    const refused = expect.objectContaining({ code: "ERR_INVALID_TOPIC", reason, text: topic });
    const out = new Uint32Array(4);
    expect(() => matcher.match(topic)).toThrow(refused);
    expect(() => matcher.match(topic, out)).toThrow(refused);
    expect(() => matcher.forEachMatch(topic, () => {})).toThrow(refused);
    expect(() => matcher.matchMany(["a/b", topic])).toThrow(refused);
    expect(() => matcher.addTopic(topic)).toThrow(refused);
    expect(() => matcher.removeTopic(topic)).toThrow(refused);
    expect(() => matcher.hasTopic(topic)).toThrow(refused);
    expect(out).toEqual(new Uint32Array(4));
    expectUnharmed(matcher);
  });

  test("arguments of another kind are refused", () => {
    const matcher = filled();
    const bytes = new TextEncoder().encode("a/b");
    const out = new Uint32Array(1);
    const calls = [
      () => matcher.add(untyped(bytes), 1),
      () => matcher.match(untyped(undefined)),
      () => matcher.match("a/b", untyped([])),
      () => matcher.matchBytes(untyped("a/b"), 0, 3, out),
      () => matcher.matchBytes(bytes, -1, 3, out),
      () => matcher.matchBytes(bytes, 1, 3, out),
      () => matcher.matchBytes(bytes, 0.5, 2, out),
      () => matcher.matchBytes(bytes, 0, Number.NaN, out),
      () => matcher.matchBytes(bytes, 0, 3, untyped([])),
      () => matcher.topicsMatching("#", -1),
      () => matcher.topicsMatching("#", Number.NaN),
      () => matcher.topicsMatching("#", 0.5),
      () => matcher.matchMany("a/b"),
      () => matcher.matchMany(untyped(null)),
      () => matcher.matchMany([untyped(1)]),
      () => matcher.forEachMatch("no/match/at/all", untyped(undefined)),
    ];
    for (const call of calls) expect(call).toThrow(code("ERR_INVALID_ARGUMENT"));
    const long = new Uint8Array(70_000).fill(0x61);
    expect(() => matcher.matchBytes(long, 0, 70_000, out)).toThrow(code("ERR_INVALID_TOPIC"));
    expect(() => matcher.matchBytes(bytes, 0, 0, out)).toThrow(code("ERR_INVALID_TOPIC"));
    expectUnharmed(matcher);
  });

  test("inside of forEachMatch every use is refused, and it can be used afterwards", () => {
    const matcher = filled();
    const calls = [...usesOf(matcher), () => matcher.free()];
    let visits = 0;
    matcher.forEachMatch("a/b", () => {
      visits++;
      for (const call of calls) expect(call).toThrow(code("ERR_MATCHER_BUSY"));
    });
    expect(visits).toBe(1);
    const thrown = () => {
      throw new RangeError("from the visitor");
    };
    expect(() => matcher.forEachMatch("a/b", thrown)).toThrow(RangeError);
    expectUnharmed(matcher);
  });

  test("after free every use is refused, but free", () => {
    const matcher = filled();
    const uses = usesOf(matcher);
    matcher.free();
    matcher.free();
    matcher[Symbol.dispose]();
    const calls = [
      ...uses,
      () => matcher.size,
      () => matcher.topicCount,
      () => matcher.statistics,
      () => matcher.maximumMemory,
    ];
    for (const call of calls) expect(call).toThrow(code("ERR_MATCHER_FREED"));
  });

  test("at its cap it throws, keeps what it has, and takes again what was given back", () => {
    const matcher = new TopicMatcher({ module, maximumMemory: 1 << 20 });
    let added = 0;
    const fill = () => {
      for (; ; added++) matcher.add(`a/filter/${added}`, added);
    };
    expect(fill).toThrow(code("ERR_MATCHER_MEMORY"));
    expect(added).toBeGreaterThan(2000);
    expect([matcher.size, matched(matcher, "a/filter/0"), matched(matcher, `a/filter/${added}`)]).toEqual([
      added,
      [0],
      [],
    ]);
    let topics = 0;
    const fillTopics = () => {
      for (; ; topics++) matcher.addTopic(`${topics}/needs/nodes/of/its/own`);
    };
    expect(fillTopics).toThrow(code("ERR_MATCHER_MEMORY"));
    expect(matcher.topicCount).toBe(topics);
    for (let i = 0; i < topics; i++) expect(matcher.removeTopic(`${i}/needs/nodes/of/its/own`)).toBe(true);
    expect(matcher.statistics.memoryBytes).toBeLessThanOrEqual(1 << 20);
    for (let id = 0; id < added; id++) expect(matcher.remove(`a/filter/${id}`, id)).toBe(true);
    for (let id = 0; id < added; id++) expect(matcher.add(`b/filter/${id}`, id)).toBe(true);
  });
});

test("a match that its memory has no room for throws, and smaller ones go on", () => {
  const matcher = new TopicMatcher({ maximumMemory: 1 << 20 });
  let added = 0;
  const fill = () => {
    for (; ; added++) matcher.add(added % 2 === 0 ? "a/+" : "+/b", added);
  };
  expect(fill).toThrow(code("ERR_MATCHER_MEMORY"));
  expect(() => matcher.match("a/b")).toThrow(code("ERR_MATCHER_MEMORY"));
  for (let id = 10; id < added; id++) matcher.remove(id % 2 === 0 ? "a/+" : "+/b", id);
  expect(matched(matcher, "a/b")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test.each([
  ["null", null],
  ["a number", 5],
  ["too little memory", { maximumMemory: 65_536 }],
  ["memory as a text", { maximumMemory: "1000000" }],
  ["a module that is not compiled", { module: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0) }],
  ["another module", { module: new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) }],
  ["a seed that is no list", { seed: 5 }],
  ["half of a seed", { seed: [1] }],
  ["a seed of other things", { seed: ["1", "2"] }],
])("%s is no option", async (_, options) => {
  const refused = code("ERR_INVALID_ARGUMENT");
  expect(() => new TopicMatcher(untyped(options))).toThrow(refused);
  await expect(TopicMatcher.create(untyped(options))).rejects.toThrow(refused);
  expect(() => new TopicMap(untyped(options))).toThrow(refused);
});

test("maximumMemory tells the cap in whole pages", () => {
  const caps = [undefined, Number.POSITIVE_INFINITY, 300_000].map((maximumMemory) =>
    maximumMemory === undefined ? new TopicMatcher() : new TopicMatcher({ maximumMemory }),
  );
  expect(caps.map((matcher) => matcher.maximumMemory)).toEqual([2 ** 32, 2 ** 32, 4 * 65_536]);
});

test.each([undefined, null, 5, ["a"], {}])("%j is no text", (value) => {
  const text = untyped<string>(value);
  const calls = [
    () => validateTopic(text),
    () => validateFilter(text),
    () => exec(text, "a"),
    () => exec("a", text),
    () => plainFilter(text),
    () => parseShare(text),
  ];
  for (const call of calls) expect(call).toThrow(code("ERR_INVALID_ARGUMENT"));
});

test("errors are Errors, and those of topics are MatcherErrors", () => {
  const error = new TopicError("ERR_INVALID_TOPIC", "empty", "");
  expect(error).toBeInstanceOf(MatcherError);
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe('The topic name "" is invalid: it needs at least one character.');
});

test("a TopicMap passes misuse on and stays as it was", () => {
  const map = new TopicMap<string>();
  map.add("a/+", "x");
  expect(() => map.add("a+", "y")).toThrow(code("ERR_INVALID_FILTER"));
  expect(() => map.remove("a+", "y")).toThrow(code("ERR_INVALID_FILTER"));
  expect(() => map.forEachMatch("a/b", () => map.add("b", "z"))).toThrow(code("ERR_MATCHER_BUSY"));
  expect(() => map.forEachMatch("a/b", untyped(null))).toThrow(code("ERR_INVALID_ARGUMENT"));
  expect([map.match("a/b"), map.add("a/+", "y"), map.match("a/b").sort(), map.size]).toEqual([
    ["x"],
    true,
    ["x", "y"],
    2,
  ]);
  map.free();
  expect(() => map.match("a/b")).toThrow(code("ERR_MATCHER_FREED"));
});
