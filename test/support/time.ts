import { onTestFinished, vi } from "vitest";

/** Until the test ends clocks and timers stand still, except for `pass`. Sockets go on. To be called before the broker is started. */
export function holdTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** Lets the time pass, with all that is to happen in it. */
export function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1_000);
}
