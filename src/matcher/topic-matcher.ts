import { MAX_TOPIC_BYTES } from "../../assembly/shared/limits.ts";
import { INVALID_LENGTH } from "../../assembly/shared/status.ts";
import { checkBytes, checkId, checkLimit, checkOut, checkTopics, checkVisitor } from "./arguments.ts";
import { DISPOSE } from "./dispose.ts";
import { Engine } from "./engine.ts";
import { MatcherError } from "./errors.ts";
import { addId, addTopic, clear, findTopic, matchArgument, put, refuse } from "./operations.ts";
import type { MatcherOptions } from "./options.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import { filterEntries, findTopics, storedTopics } from "./walks.ts";

export interface MatcherStatistics {
  /** Pairs of filter and id. */
  readonly size: number;
  /** Stored topic names. */
  readonly topics: number;
  /** Nodes of both tries. */
  readonly nodes: number;
  /** Bytes of the memory that hold something. */
  readonly bytesInUse: number;
  /** Bytes that the memory has grown to; it never shrinks before `free`. */
  readonly memoryBytes: number;
}

/**
 * A set of pairs of topic filter and id (an integer from 0 to 4,294,967,295), and which ids match a topic name. Beside it, a set of
 * topic names, and which of them match a filter. Every method but `free` throws ERR_MATCHER_FREED after `free`, and every one that
 * reads or changes the sets ERR_MATCHER_BUSY while `forEachMatch` runs.
 */
export class TopicMatcher {
  #engine: Engine | undefined;
  #isBusy = false;

  /** Throws ERR_INVALID_ARGUMENT, and ERR_MATCHER_MEMORY when the runtime has no room for one more memory. */
  constructor(options: MatcherOptions = {}) {
    this.#engine = options instanceof Engine ? options : Engine.createSync(options);
  }

  /** The same without blocking the thread for the compilation. */
  static async create(options: MatcherOptions = {}): Promise<TopicMatcher> {
    return new TopicMatcher(await Engine.create(options));
  }

  /** Adds an id at a filter; false when it is there already. Throws ERR_INVALID_FILTER, ERR_INVALID_ID, ERR_MATCHER_MEMORY. */
  add(filter: string, id: number): boolean {
    const engine = this.#idle();
    checkId(id);
    return addId(engine, put(engine, filter, "ERR_INVALID_FILTER"), id, filter);
  }

  /** Removes an id from a filter; false when it is not there. Throws ERR_INVALID_FILTER, ERR_INVALID_ID. */
  remove(filter: string, id: number): boolean {
    const engine = this.#idle();
    checkId(id);
    const length = put(engine, filter, "ERR_INVALID_FILTER");
    const status = engine.exports.matcherRemove(engine.matcher, engine.argument, length, id);
    refuse(-status, "ERR_INVALID_FILTER", filter);
    return status === 1;
  }

  /** Whether this id, or without one any id, is at exactly this filter. Throws ERR_INVALID_FILTER, ERR_INVALID_ID. */
  has(filter: string, id?: number): boolean {
    const engine = this.#idle();
    if (id !== undefined) checkId(id);
    const length = put(engine, filter, "ERR_INVALID_FILTER");
    const { exports, argument } = engine;
    refuse(exports.checkTopicFilter(argument, length), "ERR_INVALID_FILTER", filter);
    if (id === undefined) return exports.trieFind(engine.filters, argument, length) !== 0;
    return exports.matcherFind(engine.matcher, argument, length, id) !== 0;
  }

  /**
   * The ids that have a filter which matches a topic name, each once, in no particular order. With `out` it writes as many as fit
   * there and returns how many there are: more than `out.length` tells that some are missing. Throws ERR_INVALID_TOPIC.
   */
  match(topic: string): Uint32Array;
  match(topic: string, out: Uint32Array): number;
  match(topic: string, out?: Uint32Array): Uint32Array | number {
    const engine = this.#idle();
    if (out !== undefined) checkOut(out);
    matchArgument(engine, put(engine, topic, "ERR_INVALID_TOPIC"), topic);
    const ids = out ?? new Uint32Array(engine.count);
    engine.copyIds(ids, 0);
    return out === undefined ? ids : engine.count;
  }

  /** The same for a topic name in UTF-8, bytes `offset` to `offset + length`. Throws ERR_INVALID_TOPIC, ERR_INVALID_ARGUMENT. */
  matchBytes(bytes: Uint8Array, offset: number, length: number, out: Uint32Array): number {
    const engine = this.#idle();
    checkBytes(bytes, offset, length);
    checkOut(out);
    if (length > MAX_TOPIC_BYTES) refuse(INVALID_LENGTH, "ERR_INVALID_TOPIC");
    engine.putBytes(bytes, offset, length);
    matchArgument(engine, length);
    engine.copyIds(out, 0);
    return engine.count;
  }

  /** Calls `visit` with each id that `match` would give, making no array. Until it returns, the matcher refuses all other calls. */
  forEachMatch(topic: string, visit: (id: number) => void): void {
    const engine = this.#idle();
    checkVisitor(visit);
    matchArgument(engine, put(engine, topic, "ERR_INVALID_TOPIC"), topic);
    this.#isBusy = true;
    try {
      for (let i = 0; i < engine.count; i++) visit(engine.id(i));
    } finally {
      this.#isBusy = false;
    }
  }

  /** What `match` gives for each topic name; all lists share one buffer. Throws ERR_INVALID_TOPIC at the first one that is invalid. */
  matchMany(topics: Iterable<string>): Uint32Array[] {
    this.#idle();
    checkTopics(topics);
    let ids = new Uint32Array(1024);
    const ends = [0];
    for (const topic of topics) {
      const engine = this.#idle();
      matchArgument(engine, put(engine, topic, "ERR_INVALID_TOPIC"), topic);
      const start = ends.at(-1) ?? 0;
      const end = start + engine.count;
      if (end > ids.length) ids = enlarged(ids, end);
      engine.copyIds(ids, start);
      ends.push(end);
    }
    return ends.slice(1).map((end, i) => ids.subarray(ends[i], end));
  }

  /** Pairs of filter and id. */
  get size(): number {
    const engine = this.#live();
    return engine.exports.trieEntries(engine.filters);
  }

  /** Each filter with its ids, in no particular order; for debugging, drawing and copying, not for matching. */
  entries(): [filter: string, ids: Uint32Array][] {
    return filterEntries(this.#idle());
  }

  /** Stores a topic name for `topicsMatching`; false when it is there already. Throws ERR_INVALID_TOPIC, ERR_MATCHER_MEMORY. */
  addTopic(topic: string): boolean {
    const engine = this.#idle();
    return addTopic(engine, put(engine, topic, "ERR_INVALID_TOPIC"), topic);
  }

  /** Forgets a topic name; false when it is not there. Throws ERR_INVALID_TOPIC. */
  removeTopic(topic: string): boolean {
    const engine = this.#idle();
    const entry = findTopic(engine, topic);
    if (entry === 0) return false;
    engine.exports.trieRemove(engine.topics, entry);
    return true;
  }

  /** Throws ERR_INVALID_TOPIC. */
  hasTopic(topic: string): boolean {
    return findTopic(this.#idle(), topic) !== 0;
  }

  /** Stored topic names. */
  get topicCount(): number {
    const engine = this.#live();
    return engine.exports.trieEntries(engine.topics);
  }

  /** All stored topic names, in no particular order; `topicsMatching("#")` leaves out those that start with `$`. */
  topics(): string[] {
    return storedTopics(this.#idle());
  }

  /** The stored topic names that match a filter, `limit` at most, in no particular order. Throws ERR_INVALID_FILTER. */
  topicsMatching(filter: string, limit: number = Number.POSITIVE_INFINITY): string[] {
    const engine = this.#idle();
    checkLimit(limit);
    const length = put(engine, filter, "ERR_INVALID_FILTER");
    const cursor = engine.exports.walkOpen(engine.topics, engine.argument, length);
    engine.refresh();
    refuse(-cursor, "ERR_INVALID_FILTER", filter);
    return findTopics(engine, cursor, limit);
  }

  /** Removes all filters, ids and topic names. What they took is used again; `free` gives it back. */
  clear(): void {
    clear(this.#idle());
  }

  /** Everything in it as bytes that `restore` takes, on any machine. */
  snapshot(): Uint8Array<ArrayBuffer> {
    return writeSnapshot(this.#idle());
  }

  /**
   * Takes what `snapshot` gave into a matcher that is empty. Throws ERR_MATCHER_NOT_EMPTY when it is not, ERR_INVALID_SNAPSHOT and
   * ERR_MATCHER_MEMORY; it is empty then as before.
   */
  restore(snapshot: Uint8Array): void {
    const engine = this.#idle();
    if (this.size + this.topicCount > 0) {
      throw new MatcherError("ERR_MATCHER_NOT_EMPTY", "restore() needs an empty matcher: call clear() first.");
    }
    try {
      readSnapshot(engine, snapshot);
    } catch (error) {
      clear(engine);
      throw error;
    }
  }

  get statistics(): MatcherStatistics {
    const { exports, filters, topics, memoryBytes } = this.#live();
    return {
      size: exports.trieEntries(filters),
      topics: exports.trieEntries(topics),
      nodes: exports.trieNodes(filters) + exports.trieNodes(topics),
      bytesInUse: exports.bytesInUse(),
      memoryBytes,
    };
  }

  /** What its memory may grow to, in bytes: the option, in whole pages of 64 KiB. */
  get maximumMemory(): number {
    return this.#live().maximumMemory;
  }

  /** Lets go of the memory. Calling it again does nothing. */
  free(): void {
    if (this.#engine !== undefined) this.#idle();
    this.#engine = undefined;
  }

  /** `free`, for `using`. */
  [DISPOSE](): void {
    this.free();
  }

  #live(): Engine {
    if (this.#engine === undefined) throw new MatcherError("ERR_MATCHER_FREED", "The matcher was freed.");
    return this.#engine;
  }

  #idle(): Engine {
    const engine = this.#live();
    if (!this.#isBusy) return engine;
    throw new MatcherError("ERR_MATCHER_BUSY", "The matcher must not be used inside of forEachMatch(): use match().");
  }
}

function enlarged(ids: Uint32Array<ArrayBuffer>, minimum: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(minimum, ids.length * 2));
  larger.set(ids);
  return larger;
}
