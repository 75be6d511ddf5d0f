import { ExpiringCache } from "../expiring-cache.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Where there are more, the one that was not asked for the longest is forgotten, and begins full again. */
const MOST_BUCKETS = 50_000;
/** Milliseconds, so that a bucket that is about to be full is not forgotten too early. */
const SLACK = 10;

/** A token bucket for each of many: addresses, users. One that is full is forgotten. */
export class BucketTable {
  readonly #buckets = new ExpiringCache<TokenBucket>(MOST_BUCKETS);

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token from the bucket of `key`, which is made with these where there is none. False: there is no token. */
  take(key: string, rate: number, burst: number): boolean {
    const now = performance.now();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(rate, burst, now);
    if (bucket.tokens(now) < 1) return false;
    bucket.take(1);
    this.#buckets.set(key, bucket, bucket.timeToFill(now) + SLACK);
    return true;
  }
}
