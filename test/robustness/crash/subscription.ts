import { matches } from "../../model/matcher.ts";
import { Receipts } from "./receipts.ts";
import type { MessageRecord, Stream } from "./stream.ts";

const NOT_YET = Number.POSITIVE_INFINITY;

/** The ticks of one life of a subscription; infinite: it did not happen. */
interface Life {
  /** The first SUBSCRIBE was sent. */
  readonly requested: number;
  granted: number;
  /** The first UNSUBSCRIBE was sent. */
  ending: number;
  ended: number;
}

export interface SubscriptionOptions {
  readonly filter: string;
  readonly qos: 1 | 2;
  /** Of a client of MQTT 5.0. */
  readonly identifier?: number;
}

/** A subscription of one session that may come and go: what it has to get, what it may get, and what it got. */
export class Subscription {
  readonly filter: string;
  readonly qos: 1 | 2;
  readonly identifier: number | undefined;
  readonly isShared: boolean;
  isWanted = true;
  readonly #receipts = new Map<Stream, Receipts>();
  #lives: Life[] = [];

  constructor({ filter, qos, identifier }: SubscriptionOptions, streams: readonly Stream[]) {
    this.filter = filter;
    this.qos = qos;
    this.identifier = identifier;
    this.isShared = filter.startsWith("$share/");
    const behind = this.isShared ? filter.split("/").slice(2).join("/") : filter;
    for (const stream of streams) if (matches(behind, stream.topic)) this.#receipts.set(stream, new Receipts(stream));
  }

  get streams(): readonly Stream[] {
    return [...this.#receipts.keys()];
  }

  /** Whether it is there and nothing is asked about it. */
  get isActive(): boolean {
    const life = this.#lives.at(-1);
    return life !== undefined && life.granted !== NOT_YET && life.ending === NOT_YET;
  }

  /** What the client has to send, so that it is as it is wanted to be. */
  get due(): "subscribe" | "unsubscribe" | undefined {
    const life = this.#lives.at(-1);
    if (life !== undefined && life.ending !== NOT_YET && life.ended === NOT_YET) return "unsubscribe";
    if (life !== undefined && life.granted === NOT_YET) return "subscribe";
    if (this.isActive === this.isWanted) return undefined;
    return this.isWanted ? "subscribe" : "unsubscribe";
  }

  /** SUBSCRIBE is sent, maybe not for the first time. */
  request(tick: number): void {
    const life = this.#lives.at(-1);
    if (life === undefined || life.ended !== NOT_YET) {
      this.#lives.push({ requested: tick, granted: NOT_YET, ending: NOT_YET, ended: NOT_YET });
    }
  }

  onSuback(tick: number): void {
    const life = this.#lives.at(-1);
    if (life !== undefined && life.granted === NOT_YET) life.granted = tick;
  }

  /** UNSUBSCRIBE is sent. False: not for the first time. */
  cancel(tick: number): boolean {
    const life = this.#lives.at(-1);
    if (life === undefined || life.ending !== NOT_YET) return false;
    life.ending = tick;
    return true;
  }

  onUnsuback(tick: number): void {
    const life = this.#lives.at(-1);
    if (life !== undefined && life.ended === NOT_YET) life.ended = tick;
  }

  /** Takes a message that was handed on. Returns what is wrong with that. */
  take(stream: Stream, number: number, qos: number, connection: number): string | undefined {
    const message = stream.message(number);
    if (number > stream.lastSent) return "was never sent";
    if (message !== undefined && !this.#mayGet(message)) return "came by a subscription that is not there";
    return this.#receipts.get(stream)?.take(number, qos, connection, this.#isOrdered(message));
  }

  has(stream: Stream, number: number): boolean {
    return this.#receipts.get(stream)?.has(number) === true;
  }

  /** Whether the message went from hand to hand while the subscription was there for certain. */
  hasToGet({ firstSent, acknowledged }: MessageRecord): boolean {
    if (acknowledged === NOT_YET) return false;
    return this.#lives.some(({ granted, ending }) => firstSent > granted && acknowledged < ending);
  }

  forget(): void {
    for (const receipts of this.#receipts.values()) receipts.forget();
    this.#lives = this.#lives.slice(-1);
  }

  /** A message that was sent before the subscription was there may come because it was sent again, behind later ones. */
  #isOrdered(message: MessageRecord | undefined): boolean {
    const granted = this.#lives.at(-1)?.granted ?? NOT_YET;
    return !this.isShared && message !== undefined && message.firstSent > granted;
  }

  /** What waits for a shared subscription is for whoever joins it. */
  #mayGet({ firstSent, acknowledged }: MessageRecord): boolean {
    if (this.isShared) return true;
    return this.#lives.some(({ requested, ended }) => acknowledged > requested && firstSent < ended);
  }
}
