import { burstOf, type ClientLimits } from "../../config/client-limits.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { Pace } from "./pace.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Of those that nobody uses at present. */
const MOST_IDLE = 50_000;

/** The paces of all clients that have one. It outlives their connections, so that who connects anew does not begin anew. */
export class Paces {
  readonly #inUse = new Map<string, Pace>();
  readonly #idle = new ExpiringCache<Pace>(MOST_IDLE);

  /** @param name of whoever the rates are for. Undefined: there are no rates. */
  take(name: string, { messageRate, messageBurst, byteRate, byteBurst }: ClientLimits): Pace | undefined {
    if (messageRate === undefined && byteRate === undefined) return undefined;
    // With other rates it is another one.
    const key = [name, messageRate, messageBurst, byteRate, byteBurst].join("\0");
    const pace =
      this.#inUse.get(key) ??
      this.#idle.get(key) ??
      new Pace(key, bucketOf(messageRate, messageBurst), bucketOf(byteRate, byteBurst));
    this.#inUse.set(key, pace);
    pace.users++;
    return pace;
  }

  giveBack(pace: Pace): void {
    if (--pace.users > 0) return;
    this.#inUse.delete(pace.key);
    this.#idle.set(pace.key, pace, pace.timeToFill(performance.now()));
  }
}

function bucketOf(rate: number | undefined, burst: number | undefined): TokenBucket | undefined {
  return rate === undefined ? undefined : new TokenBucket(rate, burstOf(rate, burst), performance.now());
}
