export interface MatcherOptions {
  /**
   * A compiled `ternmq/matcher.wasm` (a `WebAssembly.Module`) instead of the inlined one, for runtimes that compile no bytes, such as
   * Cloudflare Workers.
   */
  module?: object;
  /** Bytes that the matcher's memory may grow to, 262,144 at least; default and highest 4 GiB. */
  maximumMemory?: number;
  /**
   * What the hash tables are seeded with; default random. Who knows it can choose topics that make the matcher slow. Give it where
   * the runtime has no random numbers at start-up.
   */
  seed?: readonly [low: number, high: number];
}
