import { FRAME_END, FRAME_LONG, FRAME_MORE } from "../../assembly/shared/status.ts";
import type { Core } from "../wasm/core.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { CutPacket, type CutPacketOwner } from "./cut-packet.ts";
import type { CutPackets } from "./cut-packets.ts";
import type { Flusher } from "./flusher.ts";
import { Outbox, type OutboxListener } from "./outbox.ts";
import type { ByteStream, StreamListener } from "./stream.ts";

/** How many times its limit, beside one message, the outbox of a stream that cannot be paused may hold before the connection is given up. */
const OVERRUN_FACTOR = 4;

/**
 * Bytes of the largest packet of a client that was not let in yet: there is room for a CONNECT whose five strings are as long as may be, with
 * properties.
 */
const LARGEST_OF_STRANGERS = 393_216;

/** How long a client may take, from the end of its connection here, to read what waits for it and close its side. */
const LINGER_MILLISECONDS = 2_000;

/** A client whose packets took longer than this waits until the others have had their turn. */
const LONG_TURN_MILLISECONDS = 10;

/** Bytes of a chunk that are framed at a time where packets may have to wait, which are framed again then. */
const SMALL_PIECE = 4_096;

/** Bytes that come in at a time at the most. */
const LARGEST_CHUNK = 131_072;

/** Bytes of memory that a chunk takes beyond its own. */
const CHUNK_OVERHEAD = 256;

/** What a connection can be held for, each on its own: bits of one number. */
export const HELD_FOR_AUTHENTICATION = 1;
export const HELD_FOR_STORE = 2;
export const HELD_FOR_RECEIVERS = 4;
export const HELD_FOR_RATE = 8;
const HELD_FOR_OTHERS = 16;

/** What all connections of a broker share. */
export interface ConnectionContext {
  readonly core: Core;
  readonly flusher: Flusher;
  readonly pool: BufferPool;
  readonly cutPackets: CutPackets;
  readonly maximumPacketSize: number;
  readonly maximumOutboxBytes: number;
}

export interface PacketHandler {
  /**
   * Records 0 to `count` - 1 of the core tell of whole packets in `chunk`; both are valid during the call only. Returns how many of them were handled; the
   * others come again: where they are fewer the connection has to be held.
   */
  onPackets(chunk: Buffer, count: number): number;
  /** The packet behind those already handled is refused; `status` says why (`assembly/shared/status.ts`). */
  onRefusedPacket(status: number): void;
  /** The outbox has room again, after `outbox.wantRoom()`. */
  onRoom(): void;
  /** The client has taken nothing for the stall timeout. */
  onStalled(): void;
  /** The client sends more than can be kept while it takes no answers. */
  onOverrun(): void;
  /** The memory of its packet that is not whole yet is needed for others. */
  onCrowdedOut(): void;
  /** The client sends nothing more. */
  onEnd(): void;
  onClose(error: Error | undefined): void;
}

/** One network connection: cuts what comes in into packets, whatever the chunks, and collects what goes out. */
export class Connection implements StreamListener, OutboxListener, CutPacketOwner {
  readonly stream: ByteStream;
  readonly outbox: Outbox;
  /** Protocol level by which packets are read; 0 until the CONNECT was accepted. */
  version = 0;
  /** When the last bytes came in, in milliseconds of `performance.now()`. */
  receivedAt = performance.now();
  /** When it began to handle packets, in the same. */
  #turnBegan = 0;
  /** What came in while held. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** What it is held for. */
  #holds = 0;
  #isPaused = false;
  /** Nothing more is handled; what waits for the client may still go out. */
  #isClosed = false;
  #linger: NodeJS.Timeout | undefined;
  /** Bytes. */
  #largestPacket: number;
  /** Bytes of a chunk that are framed at a time. */
  #piece = Number.POSITIVE_INFINITY;
  readonly #cutPacket: CutPacket;
  readonly #context: ConnectionContext;
  readonly #handler: PacketHandler;

  constructor(stream: ByteStream, context: ConnectionContext, handler: PacketHandler) {
    this.stream = stream;
    this.#context = context;
    this.#handler = handler;
    this.#largestPacket = Math.min(context.maximumPacketSize, LARGEST_OF_STRANGERS);
    this.#cutPacket = new CutPacket(context.cutPackets, this);
    this.outbox = new Outbox(stream, context.flusher, context.pool, context.maximumOutboxBytes, this);
    stream.attach(this);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * The client was let in.
   * @param largestPacket bytes, as it was told
   * @param isPaced whether `onPackets` may leave packets unhandled
   */
  admit(largestPacket: number, isPaced: boolean): void {
    this.#largestPacket = largestPacket;
    if (isPaced) this.#piece = SMALL_PIECE;
  }

  onChunk(chunk: Buffer): void {
    if (this.#isClosed) return;
    const { flusher } = this.#context;
    this.receivedAt = performance.now();
    this.#turnBegan = this.receivedAt;
    flusher.beginChunk();
    const from = this.#take(chunk);
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    flusher.endChunk();
    if (this.#isTurnLong) this.#letOthersIn();
    this.#slowDown();
  }

  onDrain(): void {
    this.outbox.onDrain();
  }

  onRoom(): void {
    if (this.#isClosed) {
      this.#finish();
      return;
    }
    this.#resumeIfRoom();
    this.#handler.onRoom();
  }

  onStalled(): void {
    this.#handler.onStalled();
  }

  onCrowdedOut(): void {
    this.#handler.onCrowdedOut();
  }

  onWhole(bytes: Buffer): void {
    this.#frame(bytes);
  }

  onEnd(): void {
    this.#handler.onEnd();
  }

  onClose(error: Error | undefined): void {
    clearTimeout(this.#linger);
    this.#release();
    this.#handler.onClose(error);
  }

  /** Handles no more packets until `unhold(reason)`; what comes in meanwhile is kept. */
  hold(reason: number): void {
    this.#holds |= reason;
    this.#pause();
  }

  unhold(reason: number): void {
    this.#holds &= ~reason;
    if (this.#isHeld) return;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    this.#turnBegan = performance.now();
    for (const chunk of held) {
      const from = this.#take(chunk);
      if (from < chunk.length) this.#keepOwn(chunk.subarray(from));
    }
    this.#slowDown();
    this.#resumeIfRoom();
  }

  /** Sends what waits, then closes. Nothing that comes in is handled any more. [MQTT-3.14.4-1] [MQTT-3.14.4-2] */
  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forgetInput();
    this.#linger = setTimeout(() => this.destroy(), LINGER_MILLISECONDS);
    this.outbox.flush();
    this.#finish();
  }

  /** Closes at once. */
  destroy(): void {
    this.#release();
    this.stream.destroy();
  }

  get #isHeld(): boolean {
    return this.#holds !== 0;
  }

  #finish(): void {
    if (this.outbox.bytes > 0) {
      this.outbox.wantRoom();
      return;
    }
    this.outbox.close();
    this.stream.end();
  }

  #release(): void {
    this.#isClosed = true;
    this.#forgetInput();
    this.outbox.close();
  }

  #forgetInput(): void {
    this.#cutPacket.forget();
    this.#held = [];
  }

  /** Receives the chunk, as far as nothing holds the connection. Returns how many of its bytes that are, or were no more wanted. */
  #take(chunk: Buffer): number {
    let from = 0;
    while (from < chunk.length && !this.#isHeld) {
      if (this.#isClosed) return chunk.length;
      const end = Math.min(from + this.#piece, chunk.length);
      this.#receive(end - from === chunk.length ? chunk : chunk.subarray(from, end));
      from = end;
    }
    return from;
  }

  #receive(chunk: Buffer): void {
    const from = this.#cutPacket.isEmpty ? 0 : this.#complete(chunk);
    if (from < chunk.length) this.#frame(from === 0 ? chunk : chunk.subarray(from));
  }

  /** Adds to the cut packet what it lacks, and frames it. Returns how many bytes of `chunk` that took. */
  #complete(chunk: Buffer): number {
    let from = 0;
    while (!this.#cutPacket.isEmpty && from < chunk.length) {
      from += this.#cutPacket.add(chunk, from);
      if (this.#isClosed) return chunk.length;
      if (this.#isHeld) {
        this.#keep(chunk.subarray(from));
        return chunk.length;
      }
    }
    return from;
  }

  #frame(chunk: Buffer): void {
    const { core } = this.#context;
    core.load(chunk);
    let from = 0;
    for (;;) {
      const count = core.frame(from, this.version, this.#largestPacket);
      const { status, needed } = core;
      from = core.consumed;
      if (count > 0) {
        const handled = this.#handler.onPackets(chunk, count);
        if (handled < count) from = core.records.start(handled);
      }
      if (status === FRAME_LONG && this.#isTurnLong) this.#yield();
      if (this.#isClosed) return;
      if (this.#isHeld) {
        this.#keep(chunk.subarray(from));
        return;
      }
      if (status === FRAME_END) {
        if (from < chunk.length) this.#cutPacket.begin(chunk, from, needed);
        return;
      }
      if (status !== FRAME_MORE && status !== FRAME_LONG) {
        this.#handler.onRefusedPacket(status);
        return;
      }
    }
  }

  #keep(chunk: Buffer): void {
    if (chunk.length > 0) this.#keepOwn(Buffer.from(chunk));
  }

  /** The chunk is this connection's already. */
  #keepOwn(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length + CHUNK_OVERHEAD;
    const limit = OVERRUN_FACTOR * Math.max(this.#largestPacket, LARGEST_CHUNK);
    if (this.#heldBytes > limit) this.#handler.onOverrun();
  }

  get #isTurnLong(): boolean {
    return performance.now() - this.#turnBegan > LONG_TURN_MILLISECONDS;
  }

  /** Node.js would read on from the same socket as long as there is something. */
  #letOthersIn(): void {
    if (this.#isClosed) return;
    this.#pause();
    setImmediate(() => this.#resumeIfRoom());
  }

  /** The same in the middle of a chunk. */
  #yield(): void {
    if (this.#isClosed || !this.stream.canPause) return;
    this.hold(HELD_FOR_OTHERS);
    setImmediate(() => this.unhold(HELD_FOR_OTHERS));
  }

  /** A client that takes no answers is not read from. */
  #slowDown(): void {
    if (this.#isClosed || !this.outbox.isFull) return;
    this.outbox.wantRoom();
    this.#pause();
    const { maximumOutboxBytes, maximumPacketSize } = this.#context;
    // The last message that found room may be of any size.
    const isOverrun = this.outbox.bytes > OVERRUN_FACTOR * maximumOutboxBytes + maximumPacketSize;
    if (isOverrun && !this.stream.canPause) this.#handler.onOverrun();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.stream.pause();
  }

  #resumeIfRoom(): void {
    if (!this.#isPaused || this.#isHeld || this.#isClosed) return;
    if (this.outbox.isFull) {
      // It may have become so since the pause, which then is not over before there is room.
      this.outbox.wantRoom();
      return;
    }
    this.#isPaused = false;
    this.receivedAt = performance.now();
    this.stream.resume();
  }
}
