import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { exec, parseShare, plainFilter, TopicMatcher, validateFilter, validateTopic } from "../../src/matcher/index.ts";
import { topicFilter, topicName } from "../model/arbitraries.ts";
import { topicFilterStatus, topicNameStatus } from "../model/framer.ts";
import { matches } from "../model/matcher.ts";

describe("validateTopic and validateFilter", () => {
  const REASONS: Readonly<Record<number, string | undefined>> = {
    ...{ 8: "too-long", 11: "nul-character", 12: "wildcard-in-topic", 13: "empty" },
    ...{ 14: "too-many-levels", 15: "misplaced-wildcard" },
  };
  const piece = fc.constantFrom("a", "/", "/", "+", "#", "é", "😀", "\0", "$", "x/", "/+/", "/#");
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc.array(fc.constantFrom("/", "a/"), { minLength: 100, maxLength: 140 }).map((pieces) => pieces.join("")),
    fc
      .tuple(fc.constantFrom("a", "é", "日", "/"), fc.integer({ min: 21_840, max: 65_540 }))
      .map(([a, n]) => a.repeat(n)),
  );

  test("find the flaw that the model finds, and the matcher throws the same", () => {
    const matcher = new TopicMatcher();
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = Buffer.from(candidate);
        const topic = REASONS[topicNameStatus(bytes)];
        const filter = REASONS[topicFilterStatus(bytes)];
        expect(validateTopic(candidate)?.reason).toBe(topic);
        expect(validateFilter(candidate)?.reason).toBe(filter);
        if (topic !== undefined)
          expect(() => matcher.match(candidate)).toThrow(expect.objectContaining({ reason: topic }));
        if (filter !== undefined)
          expect(() => matcher.has(candidate)).toThrow(expect.objectContaining({ reason: filter }));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(["\ud800", "a\udc00b", "😀\ud83d"])("%j has half of a surrogate pair", (candidate) => {
    expect(validateTopic(candidate)).toEqual({ reason: "invalid-utf8", message: "it is not well-formed Unicode" });
    expect(validateFilter(candidate)?.reason).toBe("invalid-utf8");
  });
});

describe("exec", () => {
  test("captures by name, with types", () => {
    const found = exec("sensors/+room/#rest", "sensors/kitchen/oven/temperature");
    expectTypeOf(found).toEqualTypeOf<({ room: string } & { rest: string[] }) | null>();
    expect({ ...found }).toEqual({ room: "kitchen", rest: ["oven", "temperature"] });
    expect({ ...exec("+/b/+last", "a/b/c") }).toEqual({ last: "c" });
    expect({ ...exec("a/b", "a/b") }).toEqual({});
    expect({ ...exec("a/#rest", "a") }).toEqual({ rest: [] });
    expect({ ...exec("a/#rest", "a/") }).toEqual({ rest: [""] });
    expect({ ...exec("+first/#", "/x") }).toEqual({ first: "" });
    expect({ ...exec("a/+__proto__", "a/b") }).toEqual({ ["__proto__"]: "b" });
    expect({ ...exec("a/+x y" as string, "a/b") }).toEqual({ "x y": "b" });
  });

  test.each([
    ["sensors/+room", "sensors"],
    ["sensors/+room", "sensors/a/b"],
    ["+first/#rest", "$SYS/x"],
    ["#all", "$SYS/x"],
    ["a/b", "a/B"],
    ["a", "a/"],
  ])("%s does not match %s", (pattern, topic) => {
    expect(exec(pattern, topic)).toBeNull();
  });

  test("matches what the naive matcher matches", () => {
    fc.assert(
      fc.property(topicFilter, topicName, (filter, topic) => {
        const pattern = filter
          .split("/")
          .map((level, i) => (/^[+#]$/.test(level) ? `${level}name${i}` : level))
          .join("/");
        expect(plainFilter(pattern)).toBe(filter);
        expect(exec(pattern, topic) !== null).toBe(matches(filter, topic));
        expect(exec(filter, topic) !== null).toBe(matches(filter, topic));
      }),
      { numRuns: 2000 },
    );
  });

  test("refuses what is no pattern", () => {
    const invalid = expect.objectContaining({ code: "ERR_INVALID_FILTER", reason: "misplaced-wildcard" });
    for (const pattern of ["a/#rest/b", "a+b", "+a+", "#a#", "a#"]) expect(() => exec(pattern, "a")).toThrow(invalid);
    expect(() => exec("+a/+a", "x/y")).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }));
    expect(() => exec("a", "+")).toThrow(expect.objectContaining({ code: "ERR_INVALID_TOPIC" }));
    expect(() => plainFilter("")).toThrow(expect.objectContaining({ reason: "empty" }));
  });
});

describe("parseShare", () => {
  test("parts the share name from the filter", () => {
    expect(parseShare("$share/group/a/#")).toEqual({ filter: "a/#", shareName: "group" });
    expect(parseShare("$share/group//")).toEqual({ filter: "/", shareName: "group" });
    expect(parseShare("$share/é//a\nb")).toEqual({ filter: "/a\nb", shareName: "é" });
    expect(parseShare("a/$share/b")).toEqual({ filter: "a/$share/b", shareName: undefined });
    expect(parseShare("$shared/a/b")).toEqual({ filter: "$shared/a/b", shareName: undefined });
  });

  test.each(["$share", "$share/", "$share/g", "$share/g/", "$share//a", "$share/+/a", "$share/g#/a"])(
    "refuses %s",
    (filter) => {
      expect(() => parseShare(filter)).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_FILTER", reason: "invalid-share" }),
      );
    },
  );

  test("refuses an invalid filter behind it", () => {
    expect(() => parseShare("$share/g/a+")).toThrow(expect.objectContaining({ reason: "misplaced-wildcard" }));
  });

  test.each([
    ["nul-character", "$share/g\0/a"],
    ["invalid-utf8", "$share/\ud800/a"],
    ["too-long", `$share/${"g".repeat(65_527)}/a`],
    ["too-long", `$share/g/${"a".repeat(65_527)}`],
  ])("refuses what no SUBSCRIBE can say: %s", (reason, filter) => {
    expect(() => parseShare(filter)).toThrow(expect.objectContaining({ code: "ERR_INVALID_FILTER", reason }));
    expect(parseShare(`$share/g/${"a".repeat(65_526)}`).filter.length).toBe(65_526);
  });
});
