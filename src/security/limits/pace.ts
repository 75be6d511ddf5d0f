import { PUBLISH } from "../../../assembly/shared/packet-types.ts";
import type { Records } from "../../wasm/records.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** Whoever waits goes on with what comes in so long, so that it is not woken for every single token. In seconds. */
const WORTHWHILE = 0.05;

/** How fast a client may send, or several that share it. */
export class Pace {
  /** By which it is found again. */
  readonly key: string;
  /** Clients that are connected. */
  users = 0;
  readonly #messages: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;

  /**
   * @param messages a token is a PUBLISH packet
   * @param bytes a token is a byte of a packet of any type
   */
  constructor(key: string, messages: TokenBucket | undefined, bytes: TokenBucket | undefined) {
    this.key = key;
    this.#messages = messages;
    this.#bytes = bytes;
  }

  /**
   * How many of the first `count` packets may be handled now, which are paid for then. One that is larger than what is left of the bytes is owed for
   * in part, so that it goes through whatever its size.
   */
  admit(records: Pick<Records, "type" | "start" | "end">, count: number, now: number): number {
    const messages = this.#messages?.tokens(now) ?? Number.POSITIVE_INFINITY;
    const bytes = this.#bytes?.tokens(now) ?? Number.POSITIVE_INFINITY;
    const from = records.start(0);
    let end = from;
    let published = 0;
    let index = 0;
    for (; index < count && end - from < bytes; index++) {
      if (records.type(index) === PUBLISH) {
        if (published + 1 > messages) break;
        published++;
      }
      end = records.end(index);
    }
    this.#messages?.take(published);
    this.#bytes?.take(end - from);
    return index;
  }

  /** Whether it is worth while to go on after a wait. */
  isReady(now: number): boolean {
    return hasSome(this.#messages, now) && hasSome(this.#bytes, now);
  }

  /** Milliseconds until it is as if it had never been used. */
  timeToFill(now: number): number {
    return Math.max(this.#messages?.timeToFill(now) ?? 0, this.#bytes?.timeToFill(now) ?? 0);
  }
}

function hasSome(bucket: TokenBucket | undefined, now: number): boolean {
  if (bucket === undefined) return true;
  return bucket.tokens(now) >= Math.min(bucket.burst, Math.max(1, bucket.rate * WORTHWHILE));
}
