import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writevSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * An entry:
 *
 *     ┊ batch's length u32 │ CRC-32 of the rest u32 │ number u64 │ batch ┊
 */
const HEADER = 16;
const CHECKED_FROM = 8;
const OWNER_ONLY = 0o600;

/**
 * Batches that were acknowledged at the level `commit` and are not in the tables yet. Handing them to the system is enough to survive the end
 * of the process; a power cut may take the last ones, but never harms the tables.
 */
export class Journal {
  readonly #descriptor: number;
  #end = 0;
  /** Behind `#end` there is a part of an entry. */
  #isTorn = false;

  /** @param flags `r`: to read entries, which another process may be appending */
  constructor(path: string, flags: "a+" | "r" = "a+") {
    this.#descriptor = openSync(path, flags, OWNER_ONLY);
  }

  /** The entries behind number `after`, in order, up to the first that is not whole. */
  *entries(after: number): Generator<{ number: number; batch: Uint8Array }> {
    const { size } = fstatSync(this.#descriptor);
    for (let at = 0; at + HEADER <= size; ) {
      const header = this.#read(at, HEADER);
      const length = header.readUInt32BE(0);
      if (at + HEADER + length > size) return;
      const batch = this.#read(at + HEADER, length);
      if (crc32(batch, crc32(header.subarray(CHECKED_FROM))) !== header.readUInt32BE(4)) return;
      const number = Number(header.readBigUInt64BE(CHECKED_FROM));
      if (number > after) yield { number, batch };
      at += HEADER + length;
    }
  }

  /** All of the batch is with the system when this is back; nothing of it where it throws. */
  append(number: number, batch: Uint8Array): void {
    const header = Buffer.alloc(HEADER);
    header.writeUInt32BE(batch.length, 0);
    header.writeBigUInt64BE(BigInt(number), CHECKED_FROM);
    header.writeUInt32BE(crc32(batch, crc32(header.subarray(CHECKED_FROM))), 4);
    if (this.#isTorn) this.#cut(this.#end);
    this.#isTorn = true;
    try {
      this.#write([header, batch]);
    } catch (error) {
      this.#cut(this.#end);
      throw error;
    }
    this.#isTorn = false;
    this.#end += HEADER + batch.length;
  }

  /** Forgets all entries: they are in the tables. */
  clear(): void {
    this.#cut(0);
    this.#end = 0;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #cut(end: number): void {
    ftruncateSync(this.#descriptor, end);
    this.#isTorn = false;
  }

  /** A full disk may take a part; only the next write says that there is no room. */
  #write(parts: readonly Uint8Array[]): void {
    let left = Buffer.concat(parts);
    while (left.length > 0) left = left.subarray(writevSync(this.#descriptor, [left]));
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#descriptor, bytes, 0, length, at);
    return bytes.subarray(0, read);
  }
}
