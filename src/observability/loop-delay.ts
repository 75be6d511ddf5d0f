/** Milliseconds between two looks. */
const INTERVAL = 250;
/** So many looks in succession have to be late: one long garbage collection is one. */
const LATE_LOOKS = 3;
/** So many have to be less than half as late as is borne, until it counts as over. */
const PROMPT_LOOKS = 4;

/** Watches how late the event loop is. */
export class LoopDelay {
  /** By how many milliseconds the last look was late. */
  delay = 0;
  /** Late again and again: more is asked of the process than it can do. */
  isExcessive = false;
  #looksAt = 0;
  /** Looks in succession that speak against `isExcessive`. */
  #contrary = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #limit: number;
  readonly #onChange: (watch: LoopDelay) => void;

  /** @param limit milliseconds of delay that are borne; 0: any */
  constructor(limit: number, onChange: (watch: LoopDelay) => void) {
    this.#limit = limit;
    this.#onChange = onChange;
  }

  start(): void {
    this.#looksAt = performance.now() + INTERVAL;
    this.#timer = setInterval(() => this.#look(performance.now()), INTERVAL);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(now: number): void {
    this.delay = Math.max(0, now - this.#looksAt);
    this.#looksAt = now + INTERVAL;
    if (this.#limit === 0) return;
    const isContrary = this.isExcessive ? this.delay < this.#limit / 2 : this.delay > this.#limit;
    this.#contrary = isContrary ? this.#contrary + 1 : 0;
    if (this.#contrary < (this.isExcessive ? PROMPT_LOOKS : LATE_LOOKS)) return;
    this.#contrary = 0;
    this.isExcessive = !this.isExcessive;
    this.#onChange(this);
  }
}
