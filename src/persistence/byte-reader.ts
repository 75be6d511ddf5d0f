const UPPER = 2 ** 32;
const NOTHING = Buffer.alloc(0);

/** Reads what ByteWriter wrote. Throws RangeError at the end of the bytes. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isDone(): boolean {
    return this.#at === this.#buffer.length;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#skip(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#skip(4));
  }

  i32(): number {
    return this.#buffer.readInt32BE(this.#skip(4));
  }

  /** Throws RangeError for what is no safe integer. */
  u64(): number {
    const start = this.#skip(8);
    const value = this.#buffer.readUInt32BE(start) * UPPER + this.#buffer.readUInt32BE(start + 4);
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
    return value;
  }

  /** A view. */
  bytes(length: number): Buffer {
    if (length === 0) return NOTHING;
    const start = this.#skip(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** A view of all that is left. */
  rest(): Buffer {
    return this.bytes(this.#buffer.length - this.#at);
  }

  /** Throws RangeError for what is not UTF-8. */
  text(): string {
    const length = this.u16();
    const start = this.#skip(length);
    const text = this.#buffer.toString("utf8", start, this.#at);
    if (Buffer.byteLength(text) !== length) throw new RangeError("a text is not UTF-8");
    return text;
  }

  #skip(length: number): number {
    const start = this.#at;
    if (length > this.#buffer.length - start) throw new RangeError("it ends too early");
    this.#at = start + length;
    return start;
  }
}
