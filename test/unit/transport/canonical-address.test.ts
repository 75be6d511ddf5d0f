import { expect, it } from "vitest";
import { canonicalAddress } from "../../../src/transport/canonical-address.ts";

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["0000:0000:0000:0000:0000:ffff:7f00:0001", "127.0.0.1"],
  ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["::1", "::1"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["", ""],
  ["unknown", "unknown"],
])("%s is written %s", (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical);
});
