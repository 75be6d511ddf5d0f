import { argumentError, isIterable } from "./arguments.ts";

/** Bytes that a matcher's memory has from the start: what the module's import asks for at least. */
export const INITIAL_MEMORY = 4 * 65536;

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

/** Throws ERR_INVALID_ARGUMENT for what callers without types may pass. */
export function checkOptions(options: MatcherOptions): void {
  if (typeof options !== "object" || options === null) throw argumentError("options has to be an object.");
  const { module, maximumMemory = INITIAL_MEMORY, seed } = options;
  if (module !== undefined && !isMatcherModule(module))
    throw argumentError("module has to be a WebAssembly.Module, compiled from ternmq/matcher.wasm.");
  if (typeof maximumMemory !== "number" || !(maximumMemory >= INITIAL_MEMORY))
    throw argumentError(`maximumMemory has to be ${INITIAL_MEMORY} or more.`);
  if (seed !== undefined && !isSeed(seed)) throw argumentError("seed has to be a list of two integers.");
}

/** Of this or another realm. */
function isMatcherModule(module: object): boolean {
  if (Object.prototype.toString.call(module) !== "[object WebAssembly.Module]") return false;
  return WebAssembly.Module.exports(module as WebAssembly.Module).some(({ name }) => name === "matcherMatch");
}

function isSeed(seed: readonly number[]): boolean {
  return isIterable(seed) && seed.length === 2 && Array.from(seed).every(Number.isInteger);
}
