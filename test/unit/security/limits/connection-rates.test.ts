import { describe, expect, it } from "vitest";
import { ConnectionRates } from "../../../../src/security/limits/connection-rates.ts";
import { holdTime, pass } from "../../../support/time.ts";

/** How many of so many connections in a row are taken. */
function takenOf(rates: ConnectionRates, addresses: readonly string[]): number {
  return addresses.filter((address) => rates.take(address)).length;
}

const same = (address: string, count: number): string[] => Array<string>(count).fill(address);

describe("the rates of connections", () => {
  it("hold for all of a listener together", () => {
    holdTime();
    const rates = new ConnectionRates({ connectionRate: 10, connectionBurst: 5 });
    const addresses = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
    expect(takenOf(rates, addresses)).toBe(5);
    pass(0.3);
    expect(takenOf(rates, addresses)).toBe(3);
    pass(60);
    expect(takenOf(rates, addresses)).toBe(5);
  });

  it("hold for each address, and for each /64 of IPv6", () => {
    holdTime();
    const rates = new ConnectionRates({ connectionRatePerAddress: 0.5, connectionBurstPerAddress: 2 });
    expect(takenOf(rates, same("192.0.2.1", 5))).toBe(2);
    expect(takenOf(rates, same("::ffff:192.0.2.1", 5))).toBe(0);
    expect(takenOf(rates, same("192.0.2.2", 5))).toBe(2);
    expect(takenOf(rates, ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::3"])).toBe(3);
    pass(2);
    expect(takenOf(rates, same("192.0.2.1", 5))).toBe(1);
  });

  it("take nothing from others for what an address is refused", () => {
    holdTime();
    const rates = new ConnectionRates({ connectionRate: 10, connectionRatePerAddress: 1 });
    expect(takenOf(rates, same("192.0.2.1", 1_000))).toBe(1);
    const others = Array.from({ length: 20 }, (_, index) => `198.51.100.${index}`);
    expect(takenOf(rates, others)).toBe(9);
  });

  it("know nothing of Unix sockets apart from each other, and of no more than so many addresses", () => {
    const rates = new ConnectionRates({ connectionRatePerAddress: 0.001 });
    expect(takenOf(rates, same("", 100))).toBe(100);
    const all = Array.from({ length: 50_001 }, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
    expect(takenOf(rates, all)).toBe(all.length);
    expect(takenOf(rates, all.slice(-100))).toBe(0);
    expect(takenOf(rates, all.slice(0, 1))).toBe(1);
  });
});
