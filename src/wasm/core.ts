import { MAX_LEVELS } from "../../assembly/shared/limits.ts";
import { ROUTES_OVERLAP } from "../../assembly/shared/records.ts";
import {
  RESULT_CONSUMED,
  RESULT_NEEDED,
  RESULT_ROUTE_COUNT,
  RESULT_ROUTE_FLAGS,
  RESULT_ROUTES,
  RESULT_STATUS,
  RESULT_WALK,
  RESULT_WALK_FINISHED,
} from "../../assembly/shared/results.ts";
import { FRAME_END, FRAME_MORE, OUT_OF_MEMORY } from "../../assembly/shared/status.ts";
import type { KnownTopic } from "./known-topic.ts";
import { LargePacket } from "./large-packet.ts";
import { type CoreExports, type CoreModule, loadCoreModule, memoryError } from "./module.ts";
import { Records } from "./records.ts";

export interface CoreOptions {
  /** Loads the build with assertions. */
  debug?: boolean;
  /** Bytes that the core's memory may grow to; default and highest 4 GiB. */
  maximumMemory?: number;
  /** Levels that topics may have; default and highest 128. */
  maximumLevels?: number;
}

export interface CoreStatistics {
  subscriptionEntries: number;
  subscriptionNodes: number;
  retainedEntries: number;
  retainedNodes: number;
  /** Bytes of all blocks in use, those of fixed size included. */
  bytesInUse: number;
  /** Bytes that the memory has grown to; it never shrinks. */
  memoryBytes: number;
}

/**
 * The WebAssembly core: frames packets, validates and matches topics, and holds the topic filters of subscriptions and the topic
 * names of retained messages. Statuses are those of assembly/shared/status.ts.
 */
export class Core {
  /** What the last `frame` said. */
  readonly records = new Records();

  readonly #exports: CoreExports;
  readonly #memory: CoreModule["memory"];
  readonly #subscriptions: number;
  readonly #retained: number;
  readonly #result: number;
  #bytes = Buffer.alloc(0);
  #words = new Uint32Array(0);
  #inputCapacity = 0;
  #inputAt = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  /** How far the chunk can be framed: what is needed of it for that was copied in. */
  #loaded = 0;
  readonly #large = new LargePacket();
  #argumentCapacity = 0;
  #argumentAt = 0;

  private constructor({ exports, memory }: CoreModule) {
    this.#exports = exports;
    this.#memory = memory;
    this.#subscriptions = exports.subscriptions() >>> 0;
    this.#retained = exports.trieCreate() >>> 0;
    if (this.#retained === 0) throw memoryError();
    this.#result = exports.resultAddress() >>> 2;
    this.#argumentAt = exports.argumentReserve(1) >>> 0;
    if (this.#argumentAt === 0) throw memoryError();
    this.#view();
  }

  /** Throws ERR_CORE_MEMORY when `maximumMemory` is too little to start with (about 8 MiB). */
  static create(options: CoreOptions = {}): Core {
    const module = loadCoreModule(options.debug ?? false, options.maximumMemory ?? 2 ** 32);
    module.exports.limitLevels(options.maximumLevels ?? MAX_LEVELS);
    return new Core(module);
  }

  /** Has `frame` work on a chunk, which may not change until then. Out of memory, the next `frame` answers OUT_OF_MEMORY. */
  load(chunk: Uint8Array): void {
    if (chunk.length > this.#inputCapacity) {
      this.#inputAt = this.#exports.inputReserve(chunk.length) >>> 0;
      this.#inputCapacity = this.#inputAt === 0 ? 0 : chunk.length;
      this.#refresh();
    }
    this.#chunk = chunk;
    this.#loaded = 0;
  }

  /**
   * Frames the chunk from offset `from` on; returns the number of records, and sets status, consumed and needed.
   * version: the protocol level, 0 before the CONNECT; maximumPacketSize: in bytes, fixed header included.
   */
  frame(from: number, version: number, maximumPacketSize: number): number {
    if (from >= this.#loaded) this.#copyIn(from, version);
    const count = this.#exports.frame(from, this.#loaded, version, maximumPacketSize);
    this.#refresh();
    return count;
  }

  /** FRAME_END, FRAME_MORE, FRAME_LONG, or why the packet at `consumed` is refused. */
  get status(): number {
    const status = this.#resultWord(RESULT_STATUS);
    return status === FRAME_END && this.#loaded < this.#chunk.length ? FRAME_MORE : status;
  }

  /** Offset in the chunk behind the last packet that has a record. */
  get consumed(): number {
    return this.#resultWord(RESULT_CONSUMED);
  }

  /** With FRAME_END: bytes, counted from `consumed`, that the cut packet needs at least; 0 when nothing is left over. */
  get needed(): number {
    return this.#resultWord(RESULT_NEEDED);
  }

  /**
   * Adds a target at a topic filter: its entry (a small integer above 0), the one that it has when it is there already; or a negative
   * status. Targets should be small and dense: the core keeps 4 bytes for each up to the largest.
   */
  subscribe(filter: Uint8Array, target: number): number {
    const at = this.#put(filter);
    if (at === 0) return -OUT_OF_MEMORY;
    const entry = this.#exports.trieInsert(this.#subscriptions, at, filter.length, target);
    this.#refresh();
    return entry;
  }

  /** The entry of a target at a topic filter, or 0. */
  findSubscription(filter: Uint8Array, target: number): number {
    const at = this.#put(filter);
    return at === 0 ? 0 : this.#exports.trieFindTarget(this.#subscriptions, at, filter.length, target);
  }

  /** The topic filter of an entry, which has to be one. */
  filterOf(entry: number): string {
    const length = this.#exports.trieText(this.#subscriptions, entry);
    return this.#bytes.toString("utf8", this.#argumentAt, this.#argumentAt + length);
  }

  /** Removes an entry, whose number may then be given to another one. */
  unsubscribe(entry: number): void {
    this.#exports.trieRemove(this.#subscriptions, entry);
  }

  /** Matches a topic name outside of `frame`, whose records stay valid: 0, or the status that refuses it. */
  match(topic: Uint8Array): number {
    const at = this.#put(topic);
    if (at === 0) return OUT_OF_MEMORY;
    const status = this.#exports.trieMatch(this.#subscriptions, at, topic.length);
    this.#refresh();
    return status;
  }

  /**
   * Matches a topic name by the route cache; again by where its routes were, as long as no subscription came or went, which saves copying and
   * hashing it. What `match` says of the outcome holds here, too, until the next `load`.
   */
  matchKnown(topic: KnownTopic): number {
    if (topic.place !== 0 && this.#exports.routesAgain(topic.place, topic.position) !== 0) return 0;
    const at = this.#put(topic.name);
    if (at === 0) return OUT_OF_MEMORY;
    const status = this.#exports.routesOf(at, topic.name.length);
    this.#refresh();
    topic.place = this.#exports.routesPlace();
    topic.position = this.#exports.routesPosition();
    return status;
  }

  /** Index of the first route of the last `match` or `matchKnown`, valid until the next one. */
  get matchRoutes(): number {
    return this.#resultWord(RESULT_ROUTES);
  }

  get matchCount(): number {
    return this.#resultWord(RESULT_ROUTE_COUNT);
  }

  /** Whether at least two routes of the last `match` lead to the same target. */
  get matchOverlap(): boolean {
    return (this.#resultWord(RESULT_ROUTE_FLAGS) & ROUTES_OVERLAP) !== 0;
  }

  /** The entry at a route index: from `records.routes(i)` or `matchRoutes` on, as many as their count says. */
  routeAt(index: number): number {
    return this.#words[index] as number;
  }

  /** The entry of a retained topic name, new or existing; or a negative status. */
  retain(topic: Uint8Array): number {
    const at = this.#put(topic);
    if (at === 0) return -OUT_OF_MEMORY;
    const entry = this.#exports.trieInsertName(this.#retained, at, topic.length);
    this.#refresh();
    return entry;
  }

  /** The entry of a retained topic name, or 0. */
  findRetained(topic: Uint8Array): number {
    const at = this.#put(topic);
    return at === 0 ? 0 : this.#exports.trieFind(this.#retained, at, topic.length);
  }

  forgetRetained(entry: number): void {
    this.#exports.trieRemove(this.#retained, entry);
  }

  /** Begins a walk over the retained topic names that match a filter: a cursor to close, or a negative status. */
  openWalk(filter: Uint8Array): number {
    const at = this.#put(filter);
    if (at === 0) return -OUT_OF_MEMORY;
    const cursor = this.#exports.walkOpen(this.#retained, at, filter.length);
    this.#refresh();
    return cursor;
  }

  /**
   * Fills `out` with the next retained entries (at most 1,024) and returns how many: 0 does not mean the end, `walkFinished` does.
   * Each call takes a bounded time. What is retained or forgotten meanwhile may or may not be given; all else is, exactly once.
   */
  walk(cursor: number, out: Uint32Array): number {
    const count = this.#exports.walkNext(cursor, out.length);
    const first = this.#resultWord(RESULT_WALK);
    for (let i = 0; i < count; i++) out[i] = this.#words[first + i] as number;
    return count;
  }

  /** Whether the walk of the last `walk` is over; its cursor must be closed all the same. */
  get walkFinished(): boolean {
    return this.#resultWord(RESULT_WALK_FINISHED) !== 0;
  }

  closeWalk(cursor: number): void {
    this.#exports.walkClose(cursor);
  }

  /** 0 or a status. */
  checkTopicName(topic: Uint8Array): number {
    const at = this.#put(topic);
    return at === 0 ? OUT_OF_MEMORY : this.#exports.checkTopicName(at, topic.length);
  }

  /** 0 or a status. */
  checkTopicFilter(filter: Uint8Array): number {
    const at = this.#put(filter);
    return at === 0 ? OUT_OF_MEMORY : this.#exports.checkTopicFilter(at, filter.length);
  }

  /** 0 when the bytes are well-formed UTF-8 without U+0000, else a status. */
  checkUtf8(bytes: Uint8Array): number {
    const at = this.#put(bytes);
    return at === 0 ? OUT_OF_MEMORY : this.#exports.checkUtf8(at, bytes.length);
  }

  get statistics(): CoreStatistics {
    return {
      subscriptionEntries: this.#exports.trieEntries(this.#subscriptions),
      subscriptionNodes: this.#exports.trieNodes(this.#subscriptions),
      retainedEntries: this.#exports.trieEntries(this.#retained),
      retainedNodes: this.#exports.trieNodes(this.#retained),
      bytesInUse: this.#exports.bytesInUse(),
      memoryBytes: this.#memory.buffer.byteLength,
    };
  }

  /** Copies in what is needed to frame the packets from `from` on: the rest of the chunk, or one large packet without its payload. */
  #copyIn(from: number, version: number): void {
    const chunk = this.#chunk;
    const large = this.#large;
    this.#loaded = chunk.length;
    if (this.#inputAt === 0) return;
    if (large.find(chunk, from, version)) {
      this.#loaded = Math.min(large.packetEnd, chunk.length);
      this.#bytes.set(chunk.subarray(from, large.headEnd), this.#inputAt + from);
    } else {
      this.#bytes.set(from === 0 ? chunk : chunk.subarray(from), this.#inputAt + from);
    }
  }

  /** Copies bytes to where the next call reads its argument, and answers the address; 0 out of memory. */
  #put(bytes: Uint8Array): number {
    if (bytes.length > this.#argumentCapacity) {
      const at = this.#exports.argumentReserve(bytes.length) >>> 0;
      this.#refresh();
      if (at === 0) return 0;
      this.#argumentAt = at;
      this.#argumentCapacity = bytes.length;
    }
    this.#bytes.set(bytes, this.#argumentAt);
    return this.#argumentAt;
  }

  #resultWord(field: number): number {
    return this.#words[this.#result + field] as number;
  }

  /** Growth detaches the old buffer, which empties its views. */
  #refresh(): void {
    if (this.#bytes.length === 0) this.#view();
  }

  #view(): void {
    this.#bytes = Buffer.from(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.records.attach(this.#words, this.#exports.recordsAddress() >>> 2);
  }
}
