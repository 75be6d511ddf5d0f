import { expect, it, onTestFinished, vi } from "vitest";
import { LoopDelay } from "../../../src/observability/loop-delay.ts";

const LIMIT = 500;
const INTERVAL = 250;

/** A watch whose looks come when the test says, by so many milliseconds late. */
function watch(limit = LIMIT): {
  subject: LoopDelay;
  look: (late: number, times?: number) => boolean;
  changes: boolean[];
} {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const changes: boolean[] = [];
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const subject = new LoopDelay(limit, ({ isExcessive }) => changes.push(isExcessive));
  subject.start();
  onTestFinished(() => subject.close());
  const look = (late: number, times = 1): boolean => {
    for (let i = 0; i < times; i++) {
      now += INTERVAL + late;
      vi.advanceTimersByTime(INTERVAL);
    }
    return subject.isExcessive;
  };
  return { subject, look, changes };
}

it("is excessive when look after look comes late, and not any more when they come in time again", () => {
  const { subject, look, changes } = watch();
  expect(look(0)).toBe(false);
  expect(look(LIMIT + 1, 2)).toBe(false);
  expect(look(LIMIT + 1)).toBe(true);
  expect(subject.delay).toBe(LIMIT + 1);
  expect(look(LIMIT / 2 + 1, 100)).toBe(true);
  expect(look(10, 3)).toBe(true);
  expect(look(10)).toBe(false);
  expect(changes).toEqual([true, false]);
});

it("is not for one long pause, however long, nor for one now and then", () => {
  const { look, changes } = watch();
  look(60_000);
  look(0);
  for (let i = 0; i < 50; i++) {
    look(2_000, 2);
    look(0);
  }
  expect(changes).toEqual([]);
});

it("only measures where any delay is borne", () => {
  const { subject, look } = watch(0);
  expect(look(60_000, 10)).toBe(false);
  expect(subject.delay).toBe(60_000);
});
