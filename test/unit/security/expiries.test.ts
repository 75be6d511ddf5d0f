import { expect, it } from "vitest";
import { Expiries } from "../../../src/security/expiries.ts";
import { holdTime, pass } from "../../support/time.ts";

class Guest {
  expired = 0;
  onExpiry(): void {
    this.expired++;
  }
}

it("tells each one when its time has come, once, and not one that has gone or may stay longer", () => {
  holdTime();
  const expiries = new Expiries();
  const now = Date.now();
  const [soon, gone, longer, never] = Array.from({ length: 4 }, () => new Guest()) as [Guest, Guest, Guest, Guest];
  expiries.set(soon, now + 5_000);
  expiries.set(gone, now + 5_000);
  expiries.set(longer, now + 5_000);
  expiries.set(never, undefined);
  pass(3);
  expiries.set(gone, undefined);
  expiries.set(longer, now + 60_000);
  pass(1);
  expect(soon.expired).toBe(0);
  pass(2);
  expect([soon, gone, longer, never].map(({ expired }) => expired)).toEqual([1, 0, 0, 0]);
  pass(60);
  expect([soon, gone, longer, never].map(({ expired }) => expired)).toEqual([1, 0, 1, 0]);
  expiries.close();
});

it("knows times further away than a timer of Node.js can wait, and in the past", () => {
  holdTime();
  const expiries = new Expiries();
  const [late, past] = [new Guest(), new Guest()];
  expiries.set(late, Date.now() + 2 ** 31 + 10_000);
  expiries.set(past, Date.now() - 10_000);
  pass(2);
  expect([late.expired, past.expired]).toEqual([0, 1]);
  expiries.close();
});
