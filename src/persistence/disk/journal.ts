import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writevSync } from "node:fs";
import { crc32 } from "node:zlib";
import { NamedFile } from "./named-file.ts";

/**
 * An entry:
 *
 *     ┊ batch's length u32 │ number u64 │ CRC-32 of these u32 │ CRC-32 of the batch u32 │ batch ┊
 */
const HEADER = 20;
const NUMBER = 4;
/** So many bytes of the header are covered by its own checksum, which follows them. */
const CHECKED = 12;
const BATCH_CHECK = 16;
const OWNER_ONLY = 0o600;
/** What a disk writes as a whole. */
const SECTOR = 512;

interface Entry {
  readonly number: number;
  readonly batch: Uint8Array;
}

/**
 * Batches that were acknowledged at the level `commit` and are not in the tables yet. Handing them to the system is enough to survive the end
 * of the process; a power cut may take the last ones, but never harms the tables.
 */
export class Journal {
  readonly #descriptor: number;
  readonly #file: NamedFile;
  #end = 0;
  /** Behind `#end` there is a part of an entry. */
  #isTorn = false;

  /** @param flags `r`: to read entries, which another process may be appending */
  constructor(path: string, flags: "a+" | "r" = "a+") {
    this.#descriptor = openSync(path, flags, OWNER_ONLY);
    this.#file = new NamedFile(path);
  }

  /** The entries behind number `after`, in order, up to the first that is not whole. */
  *entries(after: number): Generator<Entry> {
    for (const entry of this.#whole()) if (entry.number > after) yield entry;
  }

  /**
   * The number of the last whole entry (0: there is none) and the bytes behind it. The end of the process leaves the beginning of an entry there, of
   * which nobody was told, and a power cut also zeros for what the system had not written yet; whatever else it is, is damage.
   */
  end(): { readonly number: number; readonly bytes: number; readonly isDamaged: boolean } {
    let [at, last] = [0, 0];
    for (const { number, batch } of this.#whole()) {
      at += HEADER + batch.length;
      last = number;
    }
    const bytes = fstatSync(this.#descriptor).size - at;
    const written = this.#written(at, bytes);
    const header = this.#headerAt(at);
    const isBeginning = written < HEADER || (header !== undefined && HEADER + header.length > written);
    return { number: last, bytes, isDamaged: !isBeginning };
  }

  /** All of the batch is with the system when this is back; nothing of it where it throws. */
  append(number: number, batch: Uint8Array): void {
    this.#file.check();
    const header = Buffer.alloc(HEADER);
    header.writeUInt32BE(batch.length, 0);
    header.writeBigUInt64BE(BigInt(number), NUMBER);
    header.writeUInt32BE(crc32(header.subarray(0, CHECKED)), CHECKED);
    header.writeUInt32BE(crc32(batch), BATCH_CHECK);
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

  *#whole(): Generator<Entry> {
    const { size } = fstatSync(this.#descriptor);
    for (let at = 0; ; ) {
      const header = this.#headerAt(at);
      if (header === undefined || at + HEADER + header.length > size) return;
      const batch = this.#read(at + HEADER, header.length);
      if (crc32(batch) !== header.check) return;
      yield { number: header.number, batch };
      at += HEADER + header.length;
    }
  }

  /** Undefined where none stands there, or not all of it: a broker that runs may have cleared the file meanwhile. */
  #headerAt(at: number): { length: number; number: number; check: number } | undefined {
    const header = this.#read(at, HEADER);
    if (header.length < HEADER || crc32(header.subarray(0, CHECKED)) !== header.readUInt32BE(CHECKED)) return undefined;
    const number = Number(header.readBigUInt64BE(NUMBER));
    return { length: header.readUInt32BE(0), number, check: header.readUInt32BE(BATCH_CHECK) };
  }

  /** So many of the last `bytes` bytes stand before the sectors of nothing but zeros that the file may end with. */
  #written(at: number, bytes: number): number {
    const last = this.#read(at, bytes).findLastIndex((byte) => byte !== 0);
    const zeros = Math.ceil((at + last + 1) / SECTOR) * SECTOR - at;
    return zeros < bytes ? last + 1 : bytes;
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
