import { expect, it } from "vitest";
import { isLoopback } from "../../../src/transport/local-address.ts";
import { AddressList } from "../../../src/transport/proxy/address-list.ts";

it("knows addresses and networks of both families, and IPv4 within IPv6", () => {
  const list = new AddressList(["192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "::1"]);
  for (const address of ["192.0.2.1", "10.255.1.2", "::ffff:10.1.1.1", "2001:db8:1::7", "::1"]) {
    expect([address, list.has(address)]).toEqual([address, true]);
  }
  for (const address of ["192.0.2.2", "11.0.0.1", "::ffff:11.0.0.1", "2001:db9::1", "::2", "", "nonsense"]) {
    expect([address, list.has(address)]).toEqual([address, false]);
  }
});

it.each(["10.0.0.0/33", "2001:db8::/129", "10.0.0/8", "localhost", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", ""])(
  "does not take %j",
  (entry) => {
    expect(() => new AddressList([entry])).toThrow(/is no address or network: give one as/);
  },
);

it("tells which addresses are of this machine alone", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"])
    expect(isLoopback(host)).toBe(true);
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.test", ""]) expect(isLoopback(host)).toBe(false);
});
