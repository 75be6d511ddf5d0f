import type { SlowReceiver } from "./backlog.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { Flusher } from "./flusher.ts";
import type { ByteStream } from "./stream.ts";

/** So much waiting is written without waiting for the end of the turn: a write of this size costs little more than its bytes. */
const FLUSH_AT_BYTES = 65_536;

/** While much waits in the broker only so much may wait in an outbox: in queues a message that many wait for takes memory once. */
const SHORT_BYTES = 65_536;

/** More than this is not asked for before it is needed. */
const MOST_USUAL_BYTES = 4_096;

const EMPTY = Buffer.alloc(0);

/**
 * The bytes on their way to one client. Packets are appended during a turn of the event loop and leave in one write at its end.
 *
 *     #leaving   |■■■■ handed to the stream ■■■■|·· the stream's next pieces ··|     while the stream is blocked
 *     buffer     |···· appended since ····|×××× held back ××××|                     #length
 */
export class Outbox implements SlowReceiver {
  /** Where `reserve` made room. Take it anew after each `reserve`: the outbox moves when it grows. */
  buffer: Buffer = EMPTY;
  /** Some of what was appended has yet to be copied. */
  pending: PendingBytes | undefined;
  /** Of that the run that was put off last. */
  run = 0;
  /** In the flusher's list. */
  isDirty = false;
  #length = 0;
  /** About what left last, which will do the next time as well. */
  #usual = 0;
  /** Bytes that were in `buffer` before it. */
  #before = 0;
  #leaving: Buffer = EMPTY;
  #leavingFrom = 0;
  /** So far the stream has been handed what leaves. */
  #handedTo = 0;
  #leavingLength = 0;
  /** Where in `buffer` begins what waits for a group of an even, and of an odd number; infinite: nothing does. */
  #heldForEven = Number.POSITIVE_INFINITY;
  #heldForOdd = Number.POSITIVE_INFINITY;
  #isBlocked = false;
  /** When the stream last took something, in milliseconds of `performance.now()`; counts only while it is blocked. */
  #progressAt = 0;
  /** `pendingBytes` of the stream at the last look. */
  #pendingSeen = 0;
  #wantsRoom = false;
  #isClosed = false;
  readonly #stream: ByteStream;
  readonly #flusher: Flusher;
  readonly #pool: BufferPool;
  readonly #limit: number;
  readonly #listener: OutboxListener;

  /** @param limit bytes waiting from which on the outbox counts as full */
  constructor(stream: ByteStream, flusher: Flusher, pool: BufferPool, limit: number, listener: OutboxListener) {
    this.#stream = stream;
    this.#flusher = flusher;
    this.#pool = pool;
    this.#limit = limit;
    this.#listener = listener;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#length + this.#leavingLength - this.#leavingFrom;
  }

  /** Bytes appended since the start, without those that were discarded. */
  get end(): number {
    return this.#before + this.#length;
  }

  /** While much waits in the broker an outbox that nothing leaves takes less, and nothing at all where memory is used up. */
  get isFull(): boolean {
    return this.bytes >= this.#limit || (this.#isBlocked && this.#isShort);
  }

  /** The stream takes nothing at present. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get isSlow(): boolean {
    return this.#isBlocked;
  }

  get taken(): number {
    return this.#before;
  }

  /** Asks for one `onRoom` call, once no more than half of what makes it full waits: at the end of the turn at the earliest. */
  wantRoom(): void {
    this.#wantsRoom = true;
    // There may be room already, made by others. Where all is held back its release makes some.
    const waitsForRelease = this.#length > 0 && this.#free === 0;
    if (!this.#isBlocked && !this.#isClosed && !waitsForRelease) this.#markDirty();
  }

  /** Makes room for `bytes` more bytes, to be written into `buffer` from the offset that is returned. */
  reserve(bytes: number): number {
    const { backlog } = this.#pool;
    if (this.#isBlocked) backlog.slow = this;
    else if (this.#length >= (backlog.isHigh ? SHORT_BYTES : FLUSH_AT_BYTES)) this.#write();
    const at = this.#length;
    const end = at + bytes;
    if (end > this.buffer.length) this.#grow(end);
    this.#length = end;
    this.#markDirty();
    return at;
  }

  /** A large packet was appended. What is written at once is in the processor's caches still, and its memory is there for the next one. */
  onLarge(): void {
    if (this.#length >= FLUSH_AT_BYTES) this.relieve();
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /**
   * Holds back what is appended from now on until `release(group)`. Groups are released in order, and no more than two in succession are
   * waited for at a time. False: it waits for that group already.
   */
  hold(group: number): boolean {
    if (this.#isClosed) return false;
    const isOdd = (group & 1) === 1;
    if ((isOdd ? this.#heldForOdd : this.#heldForEven) !== Number.POSITIVE_INFINITY) return false;
    if (isOdd) this.#heldForOdd = this.#length;
    else this.#heldForEven = this.#length;
    return true;
  }

  /** What waited for the group may leave. */
  release(group: number): void {
    if ((group & 1) === 1) this.#heldForOdd = Number.POSITIVE_INFINITY;
    else this.#heldForEven = Number.POSITIVE_INFINITY;
    if (!this.#isClosed) this.#markDirty();
  }

  /** Forgets what is held back: it may not be said any more. */
  discardHeld(): void {
    this.pending?.settle();
    this.#length = this.#free;
    this.#heldForOdd = Number.POSITIVE_INFINITY;
    this.#heldForEven = Number.POSITIVE_INFINITY;
    if (!this.#isClosed) this.#markDirty();
  }

  /** Hands everything that waits, and is not held back, to the stream. Only the flusher and `onDrain` call it. */
  flush(): void {
    this.isDirty = false;
    if (this.#isClosed) return;
    if (!this.#isBlocked) this.#write();
    if (this.#wantsRoom && !this.isFull && this.bytes * 2 <= this.#limit) {
      this.#wantsRoom = false;
      this.#listener.onRoom();
    }
  }

  /** Writes what the stream takes at once. */
  relieve(): void {
    if (!this.#isBlocked && !this.#isClosed) this.#write();
  }

  onDrain(): void {
    this.#isBlocked = false;
    this.#leavingFrom = this.#handedTo;
    this.#flusher.unblocked(this);
    this.flush();
  }

  /** Gives the memory back; what has not left is lost. */
  close(): void {
    this.pending?.settle();
    this.#isClosed = true;
    this.#flusher.unblocked(this);
    this.#pool.give(this.buffer);
    this.buffer = EMPTY;
    this.#length = 0;
    // A blocked stream may still read from it.
    this.#pool.lose(this.#leaving);
    this.#leaving = EMPTY;
    this.#leavingLength = 0;
    this.#leavingFrom = 0;
    this.#handedTo = 0;
  }

  /** Looks whether the stream took something since the last look; tells the listener if it took nothing after `before`. */
  checkProgress(now: number, before: number): void {
    const pending = this.#stream.pendingBytes;
    if (pending !== this.#pendingSeen) this.#progressAt = now;
    else if (this.#progressAt < before) this.#listener.onStalled();
    this.#pendingSeen = pending;
  }

  get #isShort(): boolean {
    const { backlog } = this.#pool;
    return backlog.isFull || (backlog.isHigh && this.bytes >= SHORT_BYTES);
  }

  /** Bytes of `buffer` that are not held back. */
  get #free(): number {
    return Math.min(this.#length, this.#heldForEven, this.#heldForOdd);
  }

  #markDirty(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.#flusher.add(this);
  }

  #write(): void {
    this.pending?.settle();
    if (this.#leavingLength > 0) this.#writePieces();
    const free = this.#free;
    if (this.#isBlocked || free === 0) return;
    this.#leaving = this.buffer;
    this.#leavingLength = free;
    this.#usual = Math.min(MOST_USUAL_BYTES, Math.max(free, this.#usual >> 1));
    this.#keepFrom(free);
    this.#writePieces();
  }

  /** What stands in `buffer` from `at` on moves to a buffer of its own. */
  #keepFrom(at: number): void {
    const left = this.#length - at;
    const buffer = left === 0 ? EMPTY : this.#pool.take(left);
    if (left > 0) this.buffer.copy(buffer, 0, at, this.#length);
    this.buffer = buffer;
    this.#before += at;
    this.#length = left;
    this.#heldForEven -= at;
    this.#heldForOdd -= at;
  }

  #writePieces(): void {
    while (this.#leavingFrom < this.#leavingLength) {
      const from = this.#leavingFrom;
      const to = Math.min(from + this.#stream.largestWrite, this.#leavingLength);
      this.#handedTo = to;
      if (!this.#stream.write(this.#leaving.subarray(from, to))) {
        this.#isBlocked = true;
        this.#progressAt = performance.now();
        this.#flusher.blocked(this);
        return;
      }
      this.#leavingFrom = to;
    }
    this.#pool.give(this.#leaving);
    this.#leaving = EMPTY;
    this.#leavingLength = 0;
    this.#leavingFrom = 0;
    this.#handedTo = 0;
  }

  #grow(end: number): void {
    const { length } = this.buffer;
    // Leads to the pool's next size at least; twice as much would miss some of them by a few bytes.
    const grown = this.#pool.take(Math.max(end, length + (length >> 1), this.#usual));
    this.buffer.copy(grown, 0, 0, this.#length);
    this.#pool.give(this.buffer);
    this.buffer = grown;
  }
}

/** What is copied into outboxes later than it was appended. */
export interface PendingBytes {
  /** Copies it now: it is to leave, or to be forgotten. */
  settle(): void;
}

export interface OutboxListener {
  /** There is room again, after `wantRoom`. */
  onRoom(): void;
  /** The receiver has taken nothing for the stall timeout. */
  onStalled(): void;
}
