import { getRandomValues } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { instantiateSync } from "@assemblyscript/loader";
import { TernmqError } from "../errors.ts";

const PAGE_BYTES = 65536;
/** What assembly's memory import asks for at least. */
const INITIAL_PAGES = 16;
const MAXIMUM_PAGES = 65536;

/** What core.wasm exports. Addresses come back as signed integers. */
export interface CoreExports {
  initialize(seedLow: number, seedHigh: number): number;
  limitLevels(levels: number): void;
  resultAddress(): number;
  recordsAddress(): number;
  inputReserve(length: number): number;
  argumentReserve(length: number): number;
  frame(from: number, length: number, version: number, maximumPacketSize: number): number;
  subscriptions(): number;
  trieCreate(): number;
  trieInsert(trie: number, at: number, length: number, target: number): number;
  trieInsertName(trie: number, at: number, length: number): number;
  trieRemove(trie: number, entry: number): void;
  trieFind(trie: number, at: number, length: number): number;
  trieFindTarget(trie: number, at: number, length: number, target: number): number;
  trieText(trie: number, entry: number): number;
  trieMatch(trie: number, at: number, length: number): number;
  routesOf(at: number, length: number): number;
  routesPlace(): number;
  routesPosition(): number;
  routesAgain(place: number, position: number): number;
  trieEntries(trie: number): number;
  trieNodes(trie: number): number;
  walkOpen(trie: number, at: number, length: number): number;
  walkNext(cursor: number, maximum: number): number;
  walkClose(cursor: number): void;
  checkTopicName(at: number, length: number): number;
  checkTopicFilter(at: number, length: number): number;
  checkUtf8(at: number, length: number): number;
  bytesInUse(): number;
}

export interface CoreModule {
  readonly exports: CoreExports;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Loads and initializes core.wasm; `maximumMemory` in bytes. Throws ERR_CORE_MEMORY when that is too little to start with. */
export function loadCoreModule(debug: boolean, maximumMemory: number): CoreModule {
  const name = debug ? "#wasm/core.debug.wasm" : "#wasm/core.wasm";
  const bytes = readFileSync(createRequire(import.meta.url).resolve(name));
  const maximum = Math.min(Math.floor(maximumMemory / PAGE_BYTES), MAXIMUM_PAGES);
  if (maximum < INITIAL_PAGES) throw memoryError();
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
  // The loader's own `exports` wrap each call in a closure with rest arguments: twice the time of a call.
  const exports = instantiateSync(bytes, { env: { memory } }).instance.exports as CoreExports;
  const [low = 0, high = 0] = getRandomValues(new Uint32Array(2));
  if (exports.initialize(low, high) !== 0) {
    throw memoryError();
  }
  return { exports, memory };
}

export function memoryError(): TernmqError {
  return new TernmqError(
    "ERR_CORE_MEMORY",
    "The core cannot start in so little memory: raise maximumMemory to 8 MiB or more.",
  );
}
