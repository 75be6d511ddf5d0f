const SECOND = 1_000;

/** Tokens that come at a steady rate, and wait up to a number. It may be overdrawn: then what is owed has to come first. */
export class TokenBucket {
  /** Tokens in a second. */
  readonly rate: number;
  /** Tokens that wait at the most; with so many it begins. */
  readonly burst: number;
  #tokens: number;
  #at: number;

  /** @param now in milliseconds of `performance.now()`, here and below */
  constructor(rate: number, burst: number, now: number) {
    this.rate = rate;
    this.burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Tokens that there are; below 0: so many are owed. */
  tokens(now: number): number {
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / SECOND) * this.rate);
    this.#at = now;
    return this.#tokens;
  }

  /** Whether or not they are there. */
  take(count: number): void {
    this.#tokens -= count;
  }

  /** Milliseconds until it is full, so that nothing is lost when it is forgotten then. */
  timeToFill(now: number): number {
    return ((this.burst - this.tokens(now)) / this.rate) * SECOND;
  }
}
