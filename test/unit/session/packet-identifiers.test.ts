import * as fc from "fast-check";
import { expect, it } from "vitest";
import { PacketIdentifiers } from "../../../src/session/packet-identifiers.ts";

const identifier = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(31, 32, 33, 63, 64, 32_767, 32_768, 65_535),
  fc.integer({ min: 1, max: 65_535 }),
);
const step = fc.record({ does: fc.constantFrom("add", "delete", "has", "copy"), identifier });

it("are what a set of numbers is", () => {
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    let identifiers = new PacketIdentifiers();
    const model = new Set<number>();
    for (const { does, identifier } of steps) {
      if (does === "add") {
        identifiers.add(identifier);
        model.add(identifier);
      }
      if (does === "delete") expect(identifiers.delete(identifier)).toBe(model.delete(identifier));
      if (does === "has") expect(identifiers.has(identifier)).toBe(model.has(identifier));
      if (does === "copy") {
        const before = identifiers;
        identifiers = before.copy();
        before.delete(identifier);
        before.add(1 + (identifier % 65_535));
      }
      expect(identifiers.size).toBe(model.size);
    }
    for (const each of model) expect(identifiers.has(each)).toBe(true);
  });
  fc.assert(property);
});
