import type { Matching } from "./contenders.ts";

const ROUND_MICROSECONDS = 50_000;
const ROUNDS = 20;

/**
 * Matches per second of this process' CPU time (garbage collection included), of each in its best round, which other programs on the
 * machine disturbed least. They take turns, so that all see the same disturbance.
 */
export function matchesPerSecond(matchings: readonly Matching[], topics: readonly string[]): number[] {
  const runners = matchings.map((matching) => new Runner(matching, topics));
  const best = runners.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [k, runner] of runners.entries()) best[k] = Math.max(best[k] ?? 0, runner.run());
  }
  if (runners.every(({ found }) => found === 0)) throw new Error("nothing was matched");
  return best;
}

class Runner {
  /** Matching filters so far. */
  found = 0;
  readonly #matching: Matching;
  readonly #topics: readonly string[];
  readonly #matches: number;
  #next = 0;

  /** Finds out, and warms up by that, how many matches make a round. */
  constructor(matching: Matching, topics: readonly string[]) {
    this.#matching = matching;
    this.#topics = topics;
    let matches = 1;
    while (this.#cpuMicroseconds(matches) < ROUND_MICROSECONDS) matches *= 2;
    this.#matches = matches;
  }

  /** One round, in matches per second. */
  run(): number {
    return (this.#matches * 1e6) / this.#cpuMicroseconds(this.#matches);
  }

  #cpuMicroseconds(matches: number): number {
    const before = process.cpuUsage();
    for (let i = 0; i < matches; i++) {
      this.found += this.#matching.count(this.#topics[this.#next] ?? "");
      this.#next = (this.#next + 1) % this.#topics.length;
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }
}
