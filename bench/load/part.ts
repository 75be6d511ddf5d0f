import { sum } from "./pooled.ts";

/** What has been done so far. */
export interface Counts {
  /** Messages that subscribers received (one published to 200 of them counts 200 times), or connections accepted. */
  readonly count: number;
  /** Messages that the broker acknowledged to publishers; 0 at QoS 0. */
  readonly acknowledged: number;
}

export interface Sample extends Counts {
  /** Buckets of a `Histogram`, in microseconds. */
  readonly latencies: Float64Array;
}

/** By what went wrong, how often. */
export type Faults = Readonly<Record<string, number>>;

/** What went wrong in all parts together. */
export function faultTexts(ofParts: readonly Faults[]): string[] {
  const kinds = new Set(ofParts.flatMap((faults) => Object.keys(faults)));
  const counted = [...kinds].map((kind) => [sum(ofParts, (faults) => faults[kind] ?? 0), kind] as const);
  return counted.filter(([count]) => count !== 0).map(([count, kind]) => `${count} ${kind}`);
}

/** The share of one thread in what is done for a time. The methods are called in this order, each when the one before has resolved. */
export interface Part {
  /** All that is to be there before the load. */
  open(): Promise<void>;
  start(): Promise<void>;
  /** From here on latencies count. */
  begin(): Promise<Counts>;
  end(): Promise<Sample>;
  /** Stops, waits for what is under way, and leaves. */
  finish(): Promise<Faults>;
}

/** Which of how many. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** How many of `total` things fall to a share, and how many to those before it. */
export function shareOf(total: number, { index, of }: Share): { readonly first: number; readonly count: number } {
  const first = Math.floor((total * index) / of);
  return { first, count: Math.floor((total * (index + 1)) / of) - first };
}
