import fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "../../../bench/load/histogram.ts";

const values = fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1)), { minLength: 1, maxLength: 300 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("a percentile is within 0.4 % of the value of that rank", () => {
  fc.assert(
    fc.property(values, share, (recorded, wanted) => {
      const histogram = new Histogram();
      for (const value of recorded) histogram.record(value);
      const rank = Math.max(1, Math.ceil(recorded.length * wanted));
      const exact = recorded.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN;
      expect(Math.abs(histogram.percentile(wanted) - exact)).toBeLessThanOrEqual(exact < 128 ? 0 : exact * 0.004);
    }),
  );
});

test("after a reset only later values count", () => {
  const histogram = new Histogram();
  histogram.record(100);
  histogram.reset();
  expect(histogram.percentile(0.5)).toBe(0);
  histogram.record(7);
  expect(histogram.percentile(0.99)).toBe(7);
});

test("what several counted can be added", () => {
  const [one, other] = [new Histogram(), new Histogram()];
  one.record(5);
  other.record(50);
  one.add(other.snapshot());
  expect([0.5, 1].map((share) => one.percentile(share))).toEqual([5, 50]);
});

test("times are whole microseconds, and what is out of range is the nearest that is not", () => {
  const histogram = new Histogram();
  for (const millis of [-1, 0.0999, 1e9]) histogram.recordMillis(millis);
  expect([0.3, 0.6].map((share) => histogram.percentile(share))).toEqual([0, 99]);
  expect(histogram.percentile(1) / 2 ** 31).toBeCloseTo(1, 2);
});
