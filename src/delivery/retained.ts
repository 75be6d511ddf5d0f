import { frameError } from "../codec/frame-errors.ts";
import type { Limits } from "../config/limits.ts";
import type { Statistics } from "../observability/statistics.ts";
import type { Store } from "../persistence/store.ts";
import type { Core } from "../wasm/core.ts";
import { type Message, NO_EXPIRY } from "./message.ts";

const SWEEP_INTERVAL = 1_000;
const SWEEP_ENTRIES = 20_000;

/**
 * The retained messages, one a topic. Topics stand in the core's trie; its entry numbers are small and dense, so the messages stand in an
 * array by them.
 */
export class RetainedMessages {
  readonly #messages: (Message | undefined)[] = [];
  /** By entry: the place of the message in the order in which all were set. */
  readonly #numbers: number[] = [];
  /** Entries of the messages that expire. */
  readonly #expiring = new Set<number>();
  readonly #sweepTimer: NodeJS.Timeout;
  readonly #core: Core;
  readonly #limits: Limits;
  readonly #statistics: Statistics;
  readonly #store: Store;
  #size = 0;
  #lastNumber = 0;

  constructor(core: Core, limits: Limits, statistics: Statistics, store: Store) {
    this.#core = core;
    this.#limits = limits;
    this.#statistics = statistics;
    this.#store = store;
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_INTERVAL);
    this.#sweepTimer.unref();
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Keeps the message for its topic; an empty payload removes the one that is there. [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-7]
   * [MQTT-3.3.1-5 of 3.1.1] [MQTT-3.3.1-7 of 3.1.1] [MQTT-3.3.1-10 of 3.1.1] [MQTT-3.3.1-11 of 3.1.1]
   */
  set(message: Message): void {
    if (message.payloadStart === message.payloadEnd) this.#remove(this.#core.findRetained(message.topic));
    else this.#put(message);
  }

  /** Puts a message of an earlier life of the broker back. @throws {PacketError} when the core has no room for its topic */
  restore(message: Message): void {
    const entry = this.#core.retain(message.topic);
    if (entry <= 0) throw frameError(-entry);
    this.#place(entry, message);
  }

  /** Rises with each message that is set. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  numberAt(entry: number): number {
    return this.#numbers[entry] ?? 0;
  }

  at(entry: number): Message | undefined {
    const message = this.#messages[entry];
    if (message?.isExpired(Date.now())) {
      this.#remove(entry);
      return undefined;
    }
    return message;
  }

  close(): void {
    clearInterval(this.#sweepTimer);
  }

  #put(message: Message): void {
    const { topic } = message;
    if (this.#size >= this.#limits.maximumRetainedMessages && this.#core.findRetained(topic) === 0) {
      this.#statistics.retainedRefused++;
      return;
    }
    const entry = this.#core.retain(topic);
    if (entry <= 0) {
      this.#statistics.retainedRefused++;
      return;
    }
    const previous = this.#messages[entry];
    const kept = message.keep();
    kept.leavePool();
    this.#place(entry, kept);
    this.#store.putRetained(kept, previous);
  }

  #place(entry: number, kept: Message): void {
    if (this.#messages[entry] === undefined) this.#size++;
    this.#messages[entry] = kept;
    this.#numbers[entry] = ++this.#lastNumber;
    if (kept.expiryInterval === NO_EXPIRY) this.#expiring.delete(entry);
    else this.#expiring.add(entry);
  }

  #remove(entry: number): void {
    const message = this.#messages[entry];
    if (message === undefined) return;
    this.#messages[entry] = undefined;
    this.#expiring.delete(entry);
    this.#size--;
    this.#core.forgetRetained(entry);
    this.#store.deleteRetained(message);
  }

  /** A part of those that expire, so that a million of them do not hold up the event loop; `at` looks at each that is asked for. */
  #sweep(): void {
    const now = Date.now();
    let left = Math.min(SWEEP_ENTRIES, this.#expiring.size);
    for (const entry of this.#expiring) {
      if (left-- === 0) return;
      this.#expiring.delete(entry);
      if (this.#messages[entry]?.isExpired(now)) this.#remove(entry);
      else this.#expiring.add(entry);
    }
  }
}
