import { expect, test } from "vitest";
import { TopicMap } from "../../src/matcher/index.ts";

test("a TopicMap holds any value, each once a match", async () => {
  const map = await TopicMap.create<unknown>();
  const handler = () => {};
  for (const value of [handler, "text", undefined, null, Number.NaN, handler]) map.add("a/+", value);
  map.add("a/b", handler);
  expect(map.size).toBe(6);
  expect(new Set(map.match("a/b"))).toEqual(new Set([handler, "text", undefined, null, Number.NaN]));
  expect(map.match("a/b").length).toBe(5);
  expect(new Map(map.entries()).get("a/b")).toEqual([handler]);
  expect([map.has("a/+", Number.NaN), map.has("a/b", null), map.has("a/b", "never added")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a value is let go of with its last filter, and its place is used again", () => {
  const map = new TopicMap<object>();
  const first = {};
  map.add("a", first);
  map.add("b", first);
  expect([map.remove("a", first), map.remove("a", first), map.match("b")]).toEqual([true, false, [first]]);
  expect([map.remove("b", first), map.match("b")]).toEqual([true, []]);
  const values = Array.from({ length: 100 }, () => ({}));
  for (const value of values) map.add("#", value);
  const seen: object[] = [];
  map.forEachMatch("x", (value) => seen.push(value));
  expect(new Set(seen)).toEqual(new Set(values));
  map.clear();
  expect([map.size, map.match("x"), map.add("x", first), map.match("x")]).toEqual([0, [], true, [first]]);
});
