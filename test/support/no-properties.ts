import { expect } from "vitest";

/** For `toMatchObject`, in which an empty object would match any: the packet has no property at all. */
export const NO_PROPERTIES: unknown = expect.toSatisfy(
  (properties: object) => Object.keys(properties).length === 0,
  "no properties",
);
