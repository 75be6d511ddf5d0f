import type { Backlog } from "./backlog.ts";

/**
 * Bytes of the buffers. The smallest is for an acknowledgement or a small message: ten thousand clients may ping in one turn. Large ones have room for a
 * payload whose size is a power of two and for what stands before it.
 */
const SIZES = [512, 4_096, 17_408, 66_560, 132_096, 263_168, 525_312, 1_049_600, 2_098_176, 4_195_328] as const;

/** Of all sizes that are free. */
const BYTES_KEPT = 134_217_728;

/** Milliseconds after which what was free all the time is given up. */
const TRIM_INTERVAL = 5_000;

/** The free buffers of one size. */
class Shelf {
  readonly #free: Buffer[] = [];
  /** The fewest that there were since the last `trim`. */
  #fewest = 0;

  take(): Buffer | undefined {
    const buffer = this.#free.pop();
    if (this.#free.length < this.#fewest) this.#fewest = this.#free.length;
    return buffer;
  }

  put(buffer: Buffer): void {
    this.#free.push(buffer);
  }

  /** Leaves to the garbage collector what was not needed since the last time. Returns how many buffers. */
  trim(): number {
    const count = this.#fewest;
    this.#free.splice(0, count);
    this.#fewest = this.#free.length;
    return count;
  }
}

/**
 * Buffers on loan: a connection holds one only while bytes wait, so that an idle one costs nothing. While there is traffic they go from hand to hand: a new
 * one costs the system's clearing it, and a collection of garbage before long. Where there is none they are given up.
 */
export class BufferPool {
  /** Counts what is on loan. */
  readonly backlog: Backlog;
  readonly #shelves = SIZES.map(() => new Shelf());
  #freeBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(backlog: Backlog) {
    this.backlog = backlog;
  }

  /** A buffer of at least `bytes` bytes; its content is arbitrary. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    const free = this.#shelves[size]?.take();
    if (free !== undefined) this.#freeBytes -= free.length;
    const buffer = free ?? Buffer.allocUnsafeSlow(SIZES[size] ?? bytes);
    this.backlog.bytes += buffer.length;
    return buffer;
  }

  /** Whoever gives a buffer back may not look at it any more. */
  give(buffer: Buffer): void {
    const { length } = buffer;
    this.backlog.bytes -= length;
    const size = sizeFor(length);
    if (SIZES[size] !== length || this.#freeBytes + length > BYTES_KEPT) return;
    this.#freeBytes += length;
    this.#shelves[size]?.put(buffer);
    this.#timer ??= setTimeout(() => this.#trim(), TRIM_INTERVAL).unref();
  }

  /** Leaves a buffer that a stream may still read from to the garbage collector. */
  lose(buffer: Buffer): void {
    this.backlog.bytes -= buffer.length;
  }

  #trim(): void {
    for (const [size, shelf] of this.#shelves.entries()) this.#freeBytes -= shelf.trim() * (SIZES[size] ?? 0);
    this.#timer = this.#freeBytes > 0 ? setTimeout(() => this.#trim(), TRIM_INTERVAL).unref() : undefined;
  }
}

/** The index of the smallest size that is large enough; beyond the last one where none is. */
function sizeFor(bytes: number): number {
  let size = 0;
  while (size < SIZES.length && bytes > (SIZES[size] ?? 0)) size++;
  return size;
}
