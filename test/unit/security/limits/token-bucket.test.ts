import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../../../src/security/limits/token-bucket.ts";

/** Of adding up fractions. */
const ROUNDING = 1e-6;

const arbitraryRate = fc.double({ min: 0.5, max: 5_000, noNaN: true });
const arbitraryBurst = fc.integer({ min: 1, max: 1_000 });
const arbitraryRequests = fc.array(
  fc.record({ wait: fc.double({ min: 0, max: 2_000, noNaN: true }), wanted: fc.integer({ min: 0, max: 500 }) }),
  { maxLength: 60 },
);

describe("a token bucket", () => {
  it("gives in no span of time more than its burst and what came in it", () => {
    fc.assert(
      fc.property(arbitraryRate, arbitraryBurst, arbitraryRequests, (rate, burst, requests) => {
        const bucket = new TokenBucket(rate, burst, 0);
        const given: { at: number; count: number }[] = [];
        let now = 0;
        for (const { wait, wanted } of requests) {
          now += wait;
          const count = Math.min(wanted, Math.max(0, Math.floor(bucket.tokens(now))));
          bucket.take(count);
          given.push({ at: now, count });
        }
        for (const [first, from] of given.entries()) {
          let total = 0;
          for (const { at, count } of given.slice(first)) {
            total += count;
            expect(total).toBeLessThanOrEqual(burst + ((at - from.at) / 1_000) * rate + ROUNDING);
          }
        }
      }),
    );
  });

  it("has at any time what a model has, however often it is asked", () => {
    fc.assert(
      fc.property(arbitraryRate, arbitraryBurst, arbitraryRequests, (rate, burst, requests) => {
        const bucket = new TokenBucket(rate, burst, 0);
        let now = 0;
        let model = burst;
        for (const { wait, wanted } of requests) {
          bucket.tokens(now + wait / 3);
          now += wait;
          model = Math.min(burst, model + (wait * rate) / 1_000);
          expect(bucket.tokens(now)).toBeCloseTo(model, 4);
          bucket.take(wanted);
          model -= wanted;
          expect(bucket.tokens(now + bucket.timeToFill(now))).toBeCloseTo(burst, 4);
          // That looked into the time to come, which begins anew here.
          now += ((burst - model) * 1_000) / rate;
          model = burst;
        }
      }),
    );
  });
});
