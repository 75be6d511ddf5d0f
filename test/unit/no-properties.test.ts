import { expect, it } from "vitest";
import { NO_PROPERTIES } from "../support/no-properties.ts";

it("matches a packet without properties and no other", () => {
  expect({ properties: {} }).toMatchObject({ properties: NO_PROPERTIES });
  expect({ properties: { reasonString: "x" } }).not.toMatchObject({ properties: NO_PROPERTIES });
});
