import { expect, it } from "vitest";
import { OutgoingAliases } from "../../../src/delivery/outgoing-aliases.ts";

it("gives each topic its own alias, up to the maximum", () => {
  const aliases = new OutgoingAliases(2);
  expect(aliases.assign(Buffer.from("first"))).toBe(1);
  expect(aliases.assign(Buffer.from("second"))).toBe(2);
  expect(aliases.assign(Buffer.from("third"))).toBe(0);
  expect(aliases.find(Buffer.from("second"))).toBe(2);
  expect(aliases.find(Buffer.from("third"))).toBe(0);
});

it("tells topics apart whose hash is the same", () => {
  const [one, other] = [Buffer.from("topic/1a70ae77"), Buffer.from("topic/c0243dd1")];
  const aliases = new OutgoingAliases(2);
  aliases.assign(one);
  expect(aliases.find(other)).toBe(0);
  aliases.assign(other);
  expect([aliases.find(one), aliases.find(other)]).toEqual([1, 2]);
});
