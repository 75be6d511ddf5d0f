import { setTimeout as wait } from "node:timers/promises";
import { type Shared, share } from "./connection.ts";
import { Histogram } from "./histogram.ts";
import { IdleClient } from "./idle-client.ts";
import type { Job } from "./job.ts";
import { type Counts, type Faults, type Part, type Sample, type Share, shareOf } from "./part.ts";
import type { StormScenario } from "./scenarios.ts";

const OUT_BYTES = 512;

/** Clients that connect, are accepted, and go at once, each followed by the next. */
export class StormPart implements Part {
  readonly #shared: Shared;
  readonly #first: number;
  readonly #atATime: number;
  readonly #latencies = new Histogram();
  readonly #drainSeconds: number;
  #accepted = 0;
  readonly #refusals = new Map<string, number>();
  #isOver = false;
  #clients: Promise<void>[] = [];

  constructor({ scenario, target, drainSeconds }: Job<StormScenario>, part: Share) {
    this.#drainSeconds = drainSeconds;
    const { first, count } = shareOf(scenario.atATime, part);
    this.#shared = share(target, 0, OUT_BYTES);
    this.#first = first;
    this.#atATime = count;
  }

  async open(): Promise<void> {}

  async start(): Promise<void> {
    this.#clients = Array.from({ length: this.#atATime }, (_, index) =>
      this.#comeAndGo(`storm-${this.#first + index}`),
    );
  }

  async #comeAndGo(name: string): Promise<void> {
    while (!this.#isOver) {
      const begun = performance.now();
      const client = new IdleClient(this.#shared);
      try {
        await client.open(name);
        this.#latencies.recordMillis(performance.now() - begun);
        this.#accepted++;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#refusals.set(reason, 1 + (this.#refusals.get(reason) ?? 0));
      }
      client.reset();
    }
  }

  async begin(): Promise<Counts> {
    this.#latencies.reset();
    return this.#counts();
  }

  async end(): Promise<Sample> {
    return { ...this.#counts(), latencies: this.#latencies.snapshot() };
  }

  #counts(): Counts {
    return { count: this.#accepted, acknowledged: 0 };
  }

  async finish(): Promise<Faults> {
    this.#isOver = true;
    const late = wait(this.#drainSeconds * 1000, true, { ref: false });
    const isStuck = (await Promise.race([Promise.all(this.#clients), late])) === true;
    if (isStuck) this.#refusals.set("no answer", 1);
    return Object.fromEntries([...this.#refusals].map(([reason, count]) => [`not connected (${reason})`, count]));
  }
}
