import type { Histogram } from "./histogram.ts";
import { type LoadScenario, receiversPerMessage } from "./scenarios.ts";
import type { Turn } from "./turn.ts";

/** When a publisher may send, and what its latencies are. Messages are known by their sequence numbers, from 0 on. */
export interface Pace {
  /** How many messages may be sent now. */
  due(): number;
  sending(first: number, count: number): void;
  /** A receiver has `last`, and all from `first` on that it will get. */
  received(first: number, last: number): void;
  /** The broker has acknowledged the message. */
  acknowledged(sequence: number): void;
  /** Messages that came although nobody waited for them any more; only a group of subscribers does not see that by itself. */
  readonly surplus: number;
}

/** What a pace is made for. */
export interface PaceSetting {
  readonly scenario: LoadScenario;
  readonly turn: Turn;
  /** Of the time from a message's sending until it is not under way any more, or until each of its receivers has it. */
  readonly latencies: Histogram;
  /** Called when messages may be sent that could not be before. */
  readonly wake: () => void;
}

/** The members of a group settle messages in any order: so many times the messages under way may lie between the oldest and the newest. */
const SPREAD = 16;

function ringSize({ underWay, shared }: LoadScenario): number {
  return 2 ** Math.ceil(Math.log2(underWay * (shared ? SPREAD : 1)));
}

/** A message for each that is not under way any more. */
export class ClosedLoop implements Pace {
  readonly #setting: PaceSetting;
  readonly #receivers: number;
  readonly #untilAcknowledged: boolean;
  readonly #mask: number;
  /** By sequence number, in a ring: time of sending, and receivers that lack the message. */
  readonly #sentAt: Float64Array;
  readonly #missing: Uint32Array;
  #credit: number;
  #next = 0;
  #oldest = 0;
  #surplus = 0;

  constructor(setting: PaceSetting) {
    const { scenario } = setting;
    const size = ringSize(scenario);
    this.#setting = setting;
    this.#receivers = receiversPerMessage(scenario);
    this.#untilAcknowledged = scenario.until === "acknowledged";
    this.#mask = size - 1;
    this.#sentAt = new Float64Array(size);
    this.#missing = new Uint32Array(size);
    this.#credit = scenario.underWay;
  }

  get surplus(): number {
    return this.#surplus;
  }

  due(): number {
    if (this.#untilAcknowledged) return this.#credit;
    while (this.#oldest < this.#next && this.#missing[this.#oldest & this.#mask] === 0) this.#oldest++;
    return Math.min(this.#credit, this.#mask + 1 - (this.#next - this.#oldest));
  }

  sending(first: number, count: number): void {
    const { now } = this.#setting.turn;
    for (let sequence = first; sequence < first + count; sequence++) {
      this.#sentAt[sequence & this.#mask] = now;
      this.#missing[sequence & this.#mask] = this.#receivers;
    }
    this.#next = first + count;
    this.#credit -= count;
  }

  received(first: number, last: number): void {
    if (this.#untilAcknowledged) return;
    this.#record(last);
    for (let sequence = first; sequence <= last; sequence++) this.#settle(sequence);
  }

  acknowledged(sequence: number): void {
    if (!this.#untilAcknowledged) return;
    this.#record(sequence);
    this.#credit++;
    this.#setting.wake();
  }

  #record(sequence: number): void {
    this.#setting.latencies.recordMillis(this.#setting.turn.now - (this.#sentAt[sequence & this.#mask] ?? 0));
  }

  /** One more receiver has the message; with the last, another may be sent. */
  #settle(sequence: number): void {
    const slot = sequence & this.#mask;
    const missing = this.#missing[slot] ?? 0;
    if (missing === 0) {
      this.#surplus++;
      return;
    }
    this.#missing[slot] = missing - 1;
    if (missing > 1) return;
    this.#credit++;
    this.#setting.wake();
  }
}

/**
 * A message every `interval` milliseconds, whatever became of those before. Latencies count from when a message was to be sent:
 * what a slow broker, or a slow generator, keeps waiting is in them (no coordinated omission).
 */
export class OpenLoop implements Pace {
  readonly surplus = 0;
  readonly #setting: PaceSetting;
  readonly #interval: number;
  readonly #start: number;
  #sent = 0;

  /** @param start when the first message is to be sent, on the clock of `performance.now()` */
  constructor(setting: PaceSetting, interval: number, start: number) {
    this.#setting = setting;
    this.#interval = interval;
    this.#start = start;
  }

  due(): number {
    const elapsed = this.#setting.turn.now - this.#start;
    return elapsed < 0 ? 0 : Math.floor(elapsed / this.#interval) + 1 - this.#sent;
  }

  sending(_first: number, count: number): void {
    this.#sent += count;
  }

  received(first: number, last: number): void {
    const { latencies, turn } = this.#setting;
    for (let sequence = first; sequence <= last; sequence++)
      latencies.recordMillis(turn.now - this.#start - sequence * this.#interval);
  }

  acknowledged(): void {}
}
