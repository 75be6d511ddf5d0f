import type { Backlog } from "./backlog.ts";

/** The smallest is for an acknowledgement or a small message: ten thousand clients may ping in one turn. */
const SIZES = [512, 4_096, 16_384, 65_536, 262_144, 1_048_576, 2_097_152, 4_194_304] as const;
const BYTES_KEPT_PER_SIZE = 8_388_608;
const BUFFERS_KEPT_PER_SIZE = 2_048;

/** Write buffers on loan: a connection holds one only while bytes wait to leave, so that an idle one costs nothing. */
export class BufferPool {
  /** Counts what is on loan. */
  readonly backlog: Backlog;
  readonly #free: Buffer[][] = SIZES.map(() => []);

  constructor(backlog: Backlog) {
    this.backlog = backlog;
  }

  /** A buffer of at least `bytes` bytes; its content is arbitrary. */
  take(bytes: number): Buffer {
    const size = SIZES.findIndex((limit) => bytes <= limit);
    const buffer = this.#free[size]?.pop() ?? Buffer.allocUnsafeSlow(SIZES[size] ?? bytes);
    this.backlog.bytes += buffer.length;
    return buffer;
  }

  give(buffer: Buffer): void {
    this.backlog.bytes -= buffer.length;
    const bucket = this.#free[SIZES.indexOf(buffer.length as (typeof SIZES)[number])];
    if (bucket === undefined || bucket.length === BUFFERS_KEPT_PER_SIZE) return;
    if (bucket.length * buffer.length < BYTES_KEPT_PER_SIZE) bucket.push(buffer);
  }

  /** Leaves a buffer that a stream may still read from to the garbage collector. */
  lose(buffer: Buffer): void {
    this.backlog.bytes -= buffer.length;
  }
}
