import type { Backlog } from "../transport/backlog.ts";
import type { Delivery } from "./delivery.ts";

/** Places given up at the front before the array is cut. */
const CUT_AT = 1_024;

/** First in, first out, with a limit. `push` and `shift` are O(1) in the mean. */
export class DeliveryQueue {
  #deliveries: (Delivery | undefined)[] = [];
  #head = 0;
  #qos0 = 0;
  #bytes = 0;
  /** No message here expires before this, in milliseconds of `Date.now()`. */
  #earliestEnd = Number.POSITIVE_INFINITY;

  readonly #backlog: Backlog;

  /** @param backlog counts what waits here */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  get size(): number {
    return this.#deliveries.length - this.#head;
  }

  /** Of the messages. */
  get bytes(): number {
    return this.#bytes;
  }

  get hasQos0(): boolean {
    return this.#qos0 > 0;
  }

  get first(): Delivery | undefined {
    return this.#deliveries[this.#head];
  }

  /** Appends; at the limit the oldest QoS 0 message makes room, and where there is none the new one is refused. Returns which was dropped. */
  push(delivery: Delivery, limit: number): Delivery | undefined {
    const dropped = this.size >= limit ? (this.takeOldestQos0() ?? delivery) : undefined;
    if (dropped === delivery) return dropped;
    this.#deliveries.push(delivery);
    this.#bytes += delivery.message.size;
    this.#backlog.add(delivery.message);
    if (delivery.qos === 0) this.#qos0++;
    this.#earliestEnd = Math.min(this.#earliestEnd, delivery.message.expiresAt);
    return dropped;
  }

  shift(): Delivery | undefined {
    const delivery = this.#deliveries[this.#head];
    if (delivery === undefined) return undefined;
    this.#deliveries[this.#head++] = undefined;
    this.#forget(delivery);
    if (this.#head === this.#deliveries.length) {
      this.#deliveries = [];
      this.#head = 0;
    } else if (this.#head >= CUT_AT && this.#head * 2 >= this.#deliveries.length) {
      this.#deliveries = this.#deliveries.slice(this.#head);
      this.#head = 0;
    }
    return delivery;
  }

  /** Takes out those whose time is over. O(size), but only when there may be one. */
  takeExpired(now: number): Delivery[] {
    if (now < this.#earliestEnd) return [];
    const expired = this.#extract(({ message }) => message.isExpired(now));
    this.#earliestEnd = Number.POSITIVE_INFINITY;
    for (const delivery of this.#deliveries) {
      if (delivery !== undefined) this.#earliestEnd = Math.min(this.#earliestEnd, delivery.message.expiresAt);
    }
    return expired;
  }

  /** Takes one out, if there is one. O(size). */
  takeOldestQos0(): Delivery | undefined {
    if (this.#qos0 === 0) return undefined;
    const index = this.#deliveries.findIndex((delivery) => delivery?.qos === 0);
    const [oldest] = this.#deliveries.splice(index, 1);
    if (oldest !== undefined) this.#forget(oldest);
    return oldest;
  }

  clear(): void {
    while (this.shift() !== undefined);
  }

  #forget({ message, qos }: Delivery): void {
    this.#bytes -= message.size;
    this.#backlog.remove(message);
    if (qos === 0) this.#qos0--;
  }

  /** Takes out those that `wanted` chooses, in order. O(size). */
  #extract(wanted: (delivery: Delivery) => boolean): Delivery[] {
    const all = this.#deliveries.slice(this.#head) as Delivery[];
    const extracted = all.filter(wanted);
    if (extracted.length === 0) return extracted;
    this.#deliveries = all.filter((delivery) => !wanted(delivery));
    this.#head = 0;
    for (const delivery of extracted) this.#forget(delivery);
    return extracted;
  }
}
