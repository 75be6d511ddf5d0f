/** The longest wait that one Node.js timer can do. */
const LONGEST_WAIT = 2_147_483_647;

/** A timer for any number of seconds, up to the 136 years that MQTT can ask for. It does not keep the process alive. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;

  /** Calls `action` once in `seconds`; an earlier call that was to come is cancelled. */
  start(seconds: number, action: () => void): void {
    this.#wait(performance.now() + seconds * 1000, action);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(at: number, action: () => void): void {
    clearTimeout(this.#timer);
    const left = at - performance.now();
    this.#timer =
      left > LONGEST_WAIT
        ? setTimeout(() => this.#wait(at, action), LONGEST_WAIT)
        : setTimeout(action, Math.max(0, left));
    this.#timer.unref();
  }
}
