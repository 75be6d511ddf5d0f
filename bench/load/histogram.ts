const SUB_BUCKET_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
const BUCKETS = (32 - SUB_BUCKET_BITS + 1) * SUB_BUCKETS;
const LARGEST = 2 ** 31 - 1;

function bucketOf(value: number): number {
  if (value < SUB_BUCKETS) return value;
  const shift = 31 - Math.clz32(value) - SUB_BUCKET_BITS;
  return (shift + 1) * SUB_BUCKETS + ((value >>> shift) & (SUB_BUCKETS - 1));
}

/** The middle of the values that share a bucket. */
function middleOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const width = 2 ** (Math.floor(bucket / SUB_BUCKETS) - 1);
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * width + (width - 1) / 2;
}

/** Counts whole numbers from 0 to 2^31 - 1, exact below 128 and within 0.4 % above. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);

  record(value: number): void {
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Records a time in milliseconds as whole microseconds. */
  recordMillis(millis: number): void {
    this.record(Math.max(0, Math.min(LARGEST, Math.trunc(millis * 1000))));
  }

  reset(): void {
    this.#counts.fill(0);
  }

  /** What was counted, to be added to another histogram, in another thread maybe. */
  snapshot(): Float64Array {
    return this.#counts.slice();
  }

  add(counts: Float64Array): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (counts[bucket] ?? 0);
  }

  /** The value that the given share (0 to 1) of all values do not exceed; 0 when nothing was recorded. */
  percentile(share: number): number {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const rank = Math.max(1, Math.ceil(total * share));
    let seen = 0;
    const bucket = this.#counts.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return bucket < 0 ? 0 : middleOf(bucket);
  }
}
