import { isArray } from "./arguments.ts";
import { MatcherError } from "./errors.ts";

const CHECKSUM_BYTES = 4;

/** Appends to bytes that grow; the checksum comes last. */
export class SnapshotWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** At most 65,535 bytes, and their number in front. */
  text(bytes: Uint8Array): void {
    this.#reserve(2 + bytes.length);
    this.#view.setUint16(this.#at, bytes.length, true);
    this.#bytes.set(bytes, this.#at + 2);
    this.#at += 2 + bytes.length;
  }

  /** Writes the words of the head over what stands at the start, and gives all. */
  finish(head: readonly number[]): Uint8Array<ArrayBuffer> {
    for (const [i, word] of head.entries()) this.#view.setUint32(i * 4, word, true);
    this.u32(checksum(this.#bytes, this.#at));
    return this.#bytes.slice(0, this.#at);
  }

  #reserve(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads them; throws ERR_INVALID_SNAPSHOT at a wrong checksum and beyond the end. */
export class SnapshotReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    if (!isArray(bytes, "Uint8Array")) throw snapshotError();
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length - CHECKSUM_BYTES;
    if (this.#end < 0 || this.#view.getUint32(this.#end, true) !== checksum(bytes, this.#end)) throw snapshotError();
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  u32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  text(): Uint8Array {
    const length = this.#view.getUint16(this.#pass(2), true);
    const at = this.#pass(length);
    return this.#bytes.subarray(at, at + length);
  }

  #pass(length: number): number {
    const at = this.#at;
    if (at + length > this.#end) throw snapshotError();
    this.#at = at + length;
    return at;
  }
}

export function snapshotError(): MatcherError {
  return new MatcherError("ERR_INVALID_SNAPSHOT", "These bytes are no snapshot of a matcher, or they are damaged.");
}

/** FNV-1a. */
function checksum(bytes: Uint8Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}
