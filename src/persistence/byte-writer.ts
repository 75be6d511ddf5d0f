const INITIAL_BYTES = 65536;
const UPPER = 2 ** 32;
/** Fewer bytes are copied faster one by one than by a call. */
const LOOP_LIMIT = 48;
const ASCII_MAX = 0x7f;

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
    if (bytes.length >= LOOP_LIMIT) this.#buffer.set(bytes, this.end);
    else this.#copy(bytes, 0, bytes.length);
    this.end += bytes.length;
  }

  /** The bytes of `source` from `start` up to `end`; no view is made of them. */
  range(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    if (end - start >= LOOP_LIMIT) source.copy(this.#buffer, this.end, start, end);
    else this.#copy(source, start, end);
    this.end += end - start;
  }

  /** The text in UTF-8 behind its length of two bytes. */
  text(text: string): void {
    this.reserve(2 + text.length * 3);
    const start = this.end + 2;
    const isShort = text.length < LOOP_LIMIT && this.#putAscii(text, start);
    const length = isShort ? text.length : this.#buffer.write(text, start);
    this.#buffer.writeUInt16BE(length, this.end);
    this.end = start + length;
  }

  /** False for a text that is not ASCII. */
  #putAscii(text: string, at: number): boolean {
    const buffer = this.#buffer;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > ASCII_MAX) return false;
      buffer[at + index] = code;
    }
    return true;
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const buffer = this.#buffer;
    const to = this.end - start;
    for (let index = start; index < end; index++) buffer[to + index] = source[index] ?? 0;
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
