const INITIAL_BYTES = 65536;
const UPPER = 2 ** 32;

/** Appends to a buffer that grows. Numbers are big-endian. */
export class ByteWriter {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where the next byte goes. */
  end = 0;

  /** Makes room for `length` bytes, so that the writes that follow need not look. */
  reserve(length: number): void {
    const needed = this.end + length;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2, INITIAL_BYTES));
    grown.set(this.#buffer.subarray(0, this.end));
    this.#buffer = grown;
  }

  u8(value: number): void {
    this.reserve(1);
    this.#buffer[this.end++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.end = this.#buffer.writeUInt16BE(value, this.end);
  }

  u32(value: number): void {
    this.reserve(4);
    this.end = this.#buffer.writeUInt32BE(value, this.end);
  }

  i32(value: number): void {
    this.reserve(4);
    this.end = this.#buffer.writeInt32BE(value, this.end);
  }

  /** A safe integer that is not negative. */
  u64(value: number): void {
    this.reserve(8);
    this.end = this.#buffer.writeUInt32BE(Math.floor(value / UPPER), this.end);
    this.end = this.#buffer.writeUInt32BE(value % UPPER, this.end);
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** The text in UTF-8 behind its length of two bytes. */
  text(text: string): void {
    this.reserve(2 + text.length * 3);
    const length = this.#buffer.write(text, this.end + 2);
    this.#buffer.writeUInt16BE(length, this.end);
    this.end += 2 + length;
  }

  /** Writes over what stands at `at` already. */
  setU16(at: number, value: number): void {
    this.#buffer.writeUInt16BE(value, at);
  }

  /** Writes over what stands at `at` already. */
  setU32(at: number, value: number): void {
    this.#buffer.writeUInt32BE(value, at);
  }

  u16At(at: number): number {
    return this.#buffer.readUInt16BE(at);
  }

  /** A view of all that was written, valid until the next write. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.end);
  }

  /** Hands over the memory with all that was written; nothing is left here. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#buffer.buffer as ArrayBuffer, 0, this.end);
    this.#buffer = Buffer.alloc(0);
    this.end = 0;
    return taken;
  }

  /** Goes on in `bytes`, whose first `end` were written; what was written here is gone. */
  adopt(bytes: Uint8Array<ArrayBuffer>, end: number): void {
    this.#buffer = Buffer.from(bytes.buffer);
    this.end = end;
  }
}
