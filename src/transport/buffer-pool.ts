const SIZES = [4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304] as const;
const BYTES_KEPT_PER_SIZE = 8_388_608;

/** Write buffers on loan: a connection holds one only while bytes wait to leave, so that an idle one costs nothing. */
export class BufferPool {
  readonly #free: Buffer[][] = SIZES.map(() => []);

  /** A buffer of at least `bytes` bytes; its content is arbitrary. */
  take(bytes: number): Buffer {
    const size = SIZES.findIndex((limit) => bytes <= limit);
    const bucket = this.#free[size];
    if (bucket === undefined) return Buffer.allocUnsafeSlow(bytes);
    return bucket.pop() ?? Buffer.allocUnsafeSlow(SIZES[size] ?? bytes);
  }

  give(buffer: Buffer): void {
    const bucket = this.#free[SIZES.indexOf(buffer.length as (typeof SIZES)[number])];
    if (bucket !== undefined && bucket.length * buffer.length < BYTES_KEPT_PER_SIZE) bucket.push(buffer);
  }
}
