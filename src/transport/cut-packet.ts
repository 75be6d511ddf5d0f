import type { CutPacketHolder, CutPackets } from "./cut-packets.ts";

/** How many times the bytes that came of a packet may be made room for. */
const ROOM_FACTOR = 4;

export interface CutPacketOwner extends CutPacketHolder {
  /** All that was needed is there; valid during the call only, in which the next packet may be begun. */
  onWhole(bytes: Buffer): void;
}

/** The start of a packet that the end of a chunk cut off, in memory on loan, until the rest has come. */
export class CutPacket {
  readonly #memory: CutPackets;
  readonly #owner: CutPacketOwner;
  #buffer: Buffer | undefined;
  /** Bytes of `#buffer` that are the packet's. */
  #length = 0;
  #needed = 0;

  constructor(memory: CutPackets, owner: CutPacketOwner) {
    this.#memory = memory;
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#buffer === undefined;
  }

  /**
   * Keeps the bytes of `chunk` from `from` on.
   * @param needed bytes until it can go on: of the whole packet, or of what tells its length
   */
  begin(chunk: Buffer, from: number, needed: number): void {
    this.#needed = needed;
    this.#buffer = this.#memory.take(this.#roomFor(chunk.length - from), this.#owner);
    this.#length = chunk.copy(this.#buffer, 0, from);
  }

  /** Adds what is lacking of the bytes of `chunk` from `from` on, and hands all over once nothing is. Returns how many bytes were added. */
  add(chunk: Buffer, from: number): number {
    const before = this.#length;
    const length = Math.min(this.#needed, before + chunk.length - from);
    const buffer = this.#withRoom(length);
    chunk.copy(buffer, before, from, from + length - before);
    this.#length = length;
    if (length === this.#needed) this.#handOver(buffer);
    return length - before;
  }

  forget(): void {
    if (this.#buffer !== undefined) this.#memory.give(this.#buffer, this.#owner);
    this.#buffer = undefined;
  }

  #withRoom(length: number): Buffer {
    let buffer = this.#buffer;
    if (buffer === undefined) throw new Error("no packet was begun");
    if (length <= buffer.length) this.#memory.renew(buffer, this.#owner);
    else buffer = this.#memory.grow(buffer, this.#length, this.#roomFor(length), this.#owner);
    this.#buffer = buffer;
    return buffer;
  }

  /** A few times of what has come in at the most, so that a header alone cannot claim the memory of the packet that it announces. */
  #roomFor(length: number): number {
    return Math.min(this.#needed, ROOM_FACTOR * length);
  }

  #handOver(buffer: Buffer): void {
    this.#buffer = undefined;
    this.#owner.onWhole(buffer.subarray(0, this.#length));
    this.#memory.give(buffer, this.#owner);
  }
}
