import { MAX_TOPIC_BYTES } from "../../assembly/shared/limits.ts";
import { RESULT_ROUTE_COUNT, RESULT_ROUTES, RESULT_WALK, RESULT_WALK_FINISHED } from "../../assembly/shared/results.ts";
import { INVALID_LENGTH, INVALID_UTF8 } from "../../assembly/shared/status.ts";
import { checkText } from "./arguments.ts";
import { MatcherError } from "./errors.ts";
import { inlinedModule, inlinedModuleAsync } from "./module.ts";
import { checkOptions, INITIAL_MEMORY, type MatcherOptions } from "./options.ts";
import { hasLoneSurrogate } from "./validate.ts";

const PAGE_BYTES = 65536;
const MAXIMUM_PAGES = 65536;

/** What matcher.wasm exports: docs/matcher-abi.md. Addresses come back as signed integers. */
export interface MatcherExports {
  initialize(seedLow: number, seedHigh: number): number;
  resultAddress(): number;
  argumentReserve(length: number): number;
  bytesInUse(): number;
  matcherCreate(): number;
  matcherTrie(matcher: number): number;
  matcherAdd(matcher: number, at: number, length: number, id: number): number;
  matcherRemove(matcher: number, at: number, length: number, id: number): number;
  matcherFind(matcher: number, at: number, length: number, id: number): number;
  matcherMatch(matcher: number, at: number, length: number): number;
  matcherClear(matcher: number): void;
  entryTarget(trie: number, entry: number): number;
  entryNext(trie: number, entry: number): number;
  entryText(trie: number, entry: number): number;
  trieCreate(): number;
  trieInsertName(trie: number, at: number, length: number): number;
  trieFind(trie: number, at: number, length: number): number;
  trieRemove(trie: number, entry: number): void;
  trieEntries(trie: number): number;
  trieNodes(trie: number): number;
  walkOpen(trie: number, at: number, length: number): number;
  walkNext(cursor: number, maximum: number): number;
  walkClose(cursor: number): void;
  checkTopicName(at: number, length: number): number;
  checkTopicFilter(at: number, length: number): number;
}

const encoder = new TextEncoder();
// A byte order mark is part of a topic (MQTT 5.0 §1.5.4).
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One instance of the module: the only owner of views of its memory. */
export class Engine {
  readonly exports: MatcherExports;
  readonly maximumMemory: number;
  /** Where `put` puts. */
  readonly argument: number;
  readonly matcher: number;
  /** The trie of the matcher's filters. */
  readonly filters: number;
  /** The trie of the stored topic names. */
  readonly topics: number;
  readonly #memory: WebAssembly.Memory;
  readonly #result: number;
  #bytes = new Uint8Array(0);
  #words = new Uint32Array(0);

  private constructor(instance: WebAssembly.Instance, memory: WebAssembly.Memory, options: MatcherOptions) {
    // The one cast of what WebAssembly gives, against the exports that test/wasm/exports.test.ts holds.
    this.exports = instance.exports as MatcherExports;
    this.#memory = memory;
    this.maximumMemory = maximumPages(options) * PAGE_BYTES;
    const [low, high] = options.seed ?? crypto.getRandomValues(new Uint32Array(2));
    if (this.exports.initialize(low ?? 0, high ?? 0) !== 0) throw memoryError();
    this.argument = this.exports.argumentReserve(MAX_TOPIC_BYTES) >>> 0;
    this.matcher = this.exports.matcherCreate() >>> 0;
    this.topics = this.exports.trieCreate() >>> 0;
    if (this.argument === 0 || this.matcher === 0 || this.topics === 0) throw memoryError();
    this.filters = this.exports.matcherTrie(this.matcher) >>> 0;
    this.#result = this.exports.resultAddress() >>> 2;
    this.refresh();
  }

  static createSync(options: MatcherOptions): Engine {
    const memory = createMemory(options);
    const module = (options.module as WebAssembly.Module | undefined) ?? inlinedModule();
    return new Engine(new WebAssembly.Instance(module, { env: { memory } }), memory, options);
  }

  static async create(options: MatcherOptions): Promise<Engine> {
    const memory = createMemory(options);
    const module = (options.module as WebAssembly.Module | undefined) ?? (await inlinedModuleAsync());
    return new Engine(await WebAssembly.instantiate(module, { env: { memory } }), memory, options);
  }

  /** Copies a text to where calls read their argument: its length in bytes, or a negative status. */
  put(text: string): number {
    checkText(text);
    if (text.length > MAX_TOPIC_BYTES) return -INVALID_LENGTH;
    const bytes = this.#bytes;
    const at = this.argument;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return this.#putUnicode(text);
      bytes[at + i] = unit;
    }
    return text.length;
  }

  /** Copies a range of bytes to the same place, MAX_TOPIC_BYTES at most. */
  putBytes(bytes: Uint8Array, offset: number, length: number): void {
    this.#bytes.set(bytes.subarray(offset, offset + length), this.argument);
  }

  /** The first `length` bytes of what stands there. */
  text(length: number): string {
    return decoder.decode(this.#bytes.subarray(this.argument, this.argument + length));
  }

  bytes(length: number): Uint8Array {
    return this.#bytes.slice(this.argument, this.argument + length);
  }

  /** How many ids the last match found. */
  get count(): number {
    return this.#word(RESULT_ROUTE_COUNT);
  }

  /** An id of the last match. */
  id(index: number): number {
    return this.#words[this.#word(RESULT_ROUTES) + index] as number;
  }

  /** Copies as many ids as `out` has room for from `at` on. */
  copyIds(out: Uint32Array, at: number): void {
    const first = this.#word(RESULT_ROUTES);
    const count = Math.min(this.count, out.length - at);
    // A loop is faster than making a view for set() while there are few.
    if (count > 64) out.set(this.#words.subarray(first, first + count), at);
    else for (let i = 0; i < count; i++) out[at + i] = this.#words[first + i] as number;
  }

  /** An entry that the last step of a walk found. */
  walked(index: number): number {
    return this.#words[this.#word(RESULT_WALK) + index] as number;
  }

  get walkIsOver(): boolean {
    return this.#word(RESULT_WALK_FINISHED) !== 0;
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * To be called after every call that may have made the memory grow, which those that remove or walk never do. Growth detaches the old
   * buffer, which empties its views.
   */
  refresh(): void {
    if (this.#bytes.length > 0) return;
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  #word(field: number): number {
    return this.#words[this.#result + field] as number;
  }

  #putUnicode(text: string): number {
    const room = this.#bytes.subarray(this.argument, this.argument + MAX_TOPIC_BYTES);
    const { read, written } = encoder.encodeInto(text, room);
    if (read < text.length) return -INVALID_LENGTH;
    return hasLoneSurrogate(text) ? -INVALID_UTF8 : written;
  }
}

export function memoryError(): MatcherError {
  return new MatcherError(
    "ERR_MATCHER_MEMORY",
    "The matcher's memory cannot grow any further: remove something, or raise maximumMemory.",
  );
}

/** The memory of an instance to come, once its options were looked at. */
function createMemory(options: MatcherOptions): WebAssembly.Memory {
  checkOptions(options);
  try {
    return new WebAssembly.Memory({ initial: INITIAL_MEMORY / PAGE_BYTES, maximum: maximumPages(options) });
  } catch (error) {
    throw new MatcherError("ERR_MATCHER_MEMORY", `There is no memory for a matcher, free() others: ${String(error)}.`);
  }
}

function maximumPages({ maximumMemory = MAXIMUM_PAGES * PAGE_BYTES }: MatcherOptions): number {
  return Math.min(Math.floor(maximumMemory / PAGE_BYTES), MAXIMUM_PAGES);
}
