import { setTimeout as wait } from "node:timers/promises";
import { type Shared, share } from "./connection.ts";
import { FILLER_BYTES, FILLER_PAYLOAD_BYTES, Filler } from "./filler.ts";
import { Histogram } from "./histogram.ts";
import type { Job } from "./job.ts";
import { type Counts, type Faults, type Part, type Sample, type Share, shareOf } from "./part.ts";
import { pooled, sum } from "./pooled.ts";
import { Publisher } from "./publisher.ts";
import { type LoadScenario, receiversPerMessage } from "./scenarios.ts";
import { Subscriber } from "./subscriber.ts";

const DRAIN_POLL_MILLIS = 10;
/** Fewer than brokers let wait to be accepted: Mosquitto 100. */
const OPENED_AT_A_TIME = 64;

/** How many threads the load can be parted to: pairs are divided; publishers and subscribers that all have to do with each other are not. */
export function partsOf({ paired, publishers, standing }: LoadScenario, threads: number): number {
  return paired && standing === undefined ? Math.min(threads, publishers) : 1;
}

/** The scenario as far as it falls to a share. */
function partOf(scenario: LoadScenario, { index, of }: Share): LoadScenario {
  if (of === 1) return scenario;
  const { count } = shareOf(scenario.publishers, { index, of });
  const rate = scenario.rate === undefined ? {} : { rate: (scenario.rate * count) / scenario.publishers };
  return { ...scenario, publishers: count, subscribers: count, ...rate };
}

/** Publishers and subscribers in one thread. */
export class LoadPart implements Part {
  readonly #job: Job<LoadScenario>;
  readonly #scenario: LoadScenario;
  readonly #first: number;
  readonly #shared: Shared;
  readonly #latencies = new Histogram();
  readonly #publishers: Publisher[] = [];
  /** Those whose messages are waited for. */
  readonly #subscribers: Subscriber[] = [];
  readonly #stalled: Subscriber[] = [];
  #filler: Filler | undefined;
  #isOver = false;

  constructor(job: Job<LoadScenario>, part: Share) {
    this.#job = job;
    this.#scenario = partOf(job.scenario, part);
    this.#first = shareOf(job.scenario.publishers, part).first;
    this.#shared = share(job.target, job.scenario.payloadBytes);
  }

  async open(): Promise<void> {
    const { publishers, subscribers, standing } = this.#scenario;
    await pooled(publishers, OPENED_AT_A_TIME, (index) => this.#openPublisher(index));
    await pooled(subscribers, OPENED_AT_A_TIME, (index) => this.#openSubscriber(index));
    if (standing !== undefined) await this.#fill(standing);
  }

  #openPublisher(index: number): Promise<void> {
    const place = { index, number: this.#first + index };
    const publisher = new Publisher(this.#shared, this.#scenario, place, this.#latencies);
    this.#publishers[index] = publisher;
    return publisher.open();
  }

  async #openSubscriber(index: number): Promise<void> {
    const subscriber = new Subscriber(this.#shared, this.#scenario, this.#first + index, this.#publishers);
    await subscriber.open();
    if (this.#scenario.sessions === "offline") subscriber.close();
    else if (index < (this.#scenario.stalled ?? 0)) this.#stalled.push(subscriber);
    else this.#subscribers.push(subscriber);
  }

  async #fill(count: number): Promise<void> {
    this.#filler = new Filler(share(this.#job.target, FILLER_PAYLOAD_BYTES, FILLER_BYTES), count);
    await this.#filler.open();
    await this.#filler.subscribe();
  }

  async start(): Promise<void> {
    for (const subscriber of this.#stalled) subscriber.stall();
    const now = performance.now();
    for (const publisher of this.#publishers) publisher.start(now);
    if (this.#scenario.rate !== undefined) this.#tick();
  }

  /** An open loop looks at its clock in every turn of the event loop: a timer would come too late by up to a millisecond. */
  readonly #tick = (): void => {
    if (this.#isOver) return;
    this.#shared.turn.now = performance.now();
    for (const publisher of this.#publishers) publisher.wakeWhenDue();
    setImmediate(this.#tick);
  };

  async begin(): Promise<Counts> {
    this.#latencies.reset();
    return this.#counts();
  }

  async end(): Promise<Sample> {
    return { ...this.#counts(), latencies: this.#latencies.snapshot() };
  }

  #counts(): Counts {
    return {
      count: sum(this.#subscribers, ({ received }) => received),
      acknowledged: sum(this.#publishers, ({ acknowledged }) => acknowledged),
    };
  }

  async finish(): Promise<Faults> {
    this.#isOver = true;
    for (const publisher of this.#publishers) publisher.stop();
    const deadline = performance.now() + this.#job.drainSeconds * 1000;
    while (performance.now() < deadline && (this.#lost > 0 || this.#unacknowledged > 0)) await wait(DRAIN_POLL_MILLIS);
    const faults = {
      "not delivered": this.#lost,
      "out of order or twice": sum(this.#subscribers, ({ outOfOrder }) => outOfOrder) + this.#surplus,
      "not acknowledged": this.#unacknowledged,
      "subscriptions refused": this.#filler?.refused ?? 0,
    };
    for (const client of [...this.#publishers, ...this.#subscribers, ...this.#stalled]) client.close();
    this.#filler?.close();
    return faults;
  }

  get #surplus(): number {
    return sum(this.#publishers, ({ surplus }) => surplus);
  }

  get #unacknowledged(): number {
    return sum(this.#publishers, ({ unacknowledged }) => unacknowledged);
  }

  get #lost(): number {
    const due = sum(this.#publishers, ({ sent }) => sent) * receiversPerMessage(this.#scenario);
    return due - sum(this.#subscribers, ({ received }) => received) + this.#surplus;
  }
}
