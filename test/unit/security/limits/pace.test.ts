import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PINGREQ, PUBLISH } from "../../../../assembly/shared/packet-types.ts";
import { Pace } from "../../../../src/security/limits/pace.ts";
import { TokenBucket } from "../../../../src/security/limits/token-bucket.ts";

interface Sent {
  readonly isPublish: boolean;
  readonly length: number;
}

/** What the core would say of these packets. */
function recordsOf(packets: readonly Sent[]) {
  const ends = packets.map((_, index) => packets.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0));
  return {
    type: (index: number) => (packets[index]?.isPublish === true ? PUBLISH : PINGREQ),
    start: (index: number) => ends[index - 1] ?? 0,
    end: (index: number) => ends[index] ?? 0,
  };
}

const arbitraryPackets = fc.array(fc.record({ isPublish: fc.boolean(), length: fc.integer({ min: 2, max: 400 }) }), {
  maxLength: 80,
});

describe("a pace", () => {
  it("lets all packets through in order, at no more than its rates and one packet", () => {
    const arbitraryTurns = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    const count = fc.integer({ min: 1, max: 100 });
    const bytes = fc.integer({ min: 100, max: 10_000 });
    fc.assert(
      fc.property(arbitraryPackets, arbitraryTurns, count, bytes, (packets, turns, messageRate, byteRate) => {
        const pace = new Pace("", new TokenBucket(messageRate, messageRate, 0), new TokenBucket(byteRate, byteRate, 0));
        let left = packets;
        let now = 0;
        let published = 0;
        let taken = 0;
        let longest = 0;
        for (let turn = 0; left.length > 0; turn++) {
          const admitted = left.slice(0, pace.admit(recordsOf(left), left.length, now));
          left = left.slice(admitted.length);
          published += admitted.filter(({ isPublish }) => isPublish).length;
          taken += admitted.reduce((sum, { length }) => sum + length, 0);
          longest = Math.max(longest, ...admitted.map(({ length }) => length));
          expect(published).toBeLessThanOrEqual(messageRate * (1 + now / 1_000) + 1e-6);
          expect(taken).toBeLessThan(byteRate * (1 + now / 1_000) + longest + 1e-6);
          now += turns[turn % turns.length] ?? 1;
        }
      }),
    );
  });

  it("is ready as soon as something worthwhile is there, and at the latest when it is full", () => {
    const pace = new Pace("", new TokenBucket(100, 20, 0), undefined);
    const packets = Array<Sent>(50).fill({ isPublish: true, length: 10 });
    expect(pace.admit(recordsOf(packets), 50, 0)).toBe(20);
    expect([pace.isReady(49), pace.isReady(51)]).toEqual([false, true]);
    const slow = new Pace("", new TokenBucket(0.5, 1, 0), undefined);
    expect(slow.admit(recordsOf(packets), 50, 0)).toBe(1);
    expect([slow.isReady(1_900), slow.isReady(2_001)]).toEqual([false, true]);
    expect(slow.timeToFill(2_001)).toBe(0);
  });
});
