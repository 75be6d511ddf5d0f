import * as fc from "fast-check";
import { expect, it } from "vitest";
import { isLike } from "../../../../src/security/acl/about.ts";

it.each([
  ["a", "a", true],
  ["a", "ab", false],
  ["", "", true],
  ["*", "", true],
  ["a*", "a", true],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["*-*-x", "1-2-x", true],
  ["*-*-x", "1-x", false],
  ["*.a", "b-a", false],
  ["*a*", "\na\n", true],
])("%j is for %j: %s", (pattern, text, expected) => {
  expect(isLike(pattern, text)).toBe(expected);
});

it("a pattern of identifiers means what it says", () => {
  const letters = (from: string) => fc.string({ unit: fc.constantFrom(...from), maxLength: 8 });
  const check = fc.property(letters("ab*"), letters("ab"), (pattern, text) => {
    expect(isLike(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
  });
  fc.assert(check, { numRuns: 2_000 });
});

it("no identifier makes a pattern take long", () => {
  expect(isLike("*a*a*a*a*b", "a".repeat(65_535))).toBe(false);
});
