import { Backlog } from "./backlog.ts";
import { BufferPool } from "./buffer-pool.ts";

/** Bytes of memory from which on somebody can be asked to give it back. */
const LARGE_BYTES = 4_097;

/** Who is in the middle of a packet. */
export interface CutPacketHolder {
  /** Others need the memory: it is to be given back. */
  onCrowdedOut(): void;
}

/**
 * Memory for what came of packets that are not whole yet, of all clients of a broker. Where it gets more than the limit, those lose theirs whose packets
 * have been waiting longest for bytes; up to 4 KiB nobody loses.
 */
export class CutPackets {
  readonly #pool: BufferPool;
  /** Who holds much, the one first whose packet has been without new bytes longest. */
  readonly #holders = new Set<CutPacketHolder>();
  #isClearing = false;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#pool = new BufferPool(new Backlog(limit));
  }

  /** Bytes of memory on loan. */
  get bytes(): number {
    return this.#pool.backlog.bytes;
  }

  /** Memory of at least `bytes` bytes, for the one packet that the holder is in the middle of. */
  take(bytes: number, holder: CutPacketHolder): Buffer {
    const buffer = this.#pool.take(bytes);
    this.renew(buffer, holder);
    if (this.#pool.backlog.isFull) this.#clearSoon();
    return buffer;
  }

  /** The same with more room: the first `length` bytes stay. */
  grow(buffer: Buffer, length: number, bytes: number, holder: CutPacketHolder): Buffer {
    const grown = this.take(bytes, holder);
    buffer.copy(grown, 0, 0, length);
    this.#pool.give(buffer);
    return grown;
  }

  /** More bytes of the holder's packet came. */
  renew(buffer: Buffer, holder: CutPacketHolder): void {
    if (buffer.length < LARGE_BYTES) return;
    this.#holders.delete(holder);
    this.#holders.add(holder);
  }

  /** The memory is not the holder's any more. */
  give(buffer: Buffer, holder: CutPacketHolder): void {
    if (buffer.length >= LARGE_BYTES) this.#holders.delete(holder);
    this.#pool.give(buffer);
  }

  /** Not before who asked for memory has it: it may be crowded out itself. */
  #clearSoon(): void {
    if (this.#isClearing) return;
    this.#isClearing = true;
    setImmediate(() => {
      this.#isClearing = false;
      this.#clear();
    });
  }

  /** Of a single packet the maximum packet size is the limit. */
  #clear(): void {
    for (const holder of this.#holders) {
      if (this.#holders.size === 1 || !this.#pool.backlog.isFull) return;
      this.#holders.delete(holder);
      holder.onCrowdedOut();
    }
  }
}
