/** Takes each whole packet: its first byte, and where its body lies in `bytes`, which are valid during the call only. */
export interface PacketSink {
  packet(first: number, bytes: Buffer, body: number, end: number): void;
}

const HEADER_BYTES_MAX = 5;

/**
 * Length of the fixed header and body that begin at `at`; 0 while the header is not complete.
 * Throws when the length takes a fifth byte.
 */
function packetLength(bytes: Buffer, at: number, end: number): number {
  let length = 0;
  for (let i = 1; i < HEADER_BYTES_MAX; i++) {
    if (at + i >= end) return 0;
    const byte = bytes[at + i] ?? 0;
    length += (byte & 0x7f) << (7 * (i - 1));
    if (byte < 0x80) return 1 + i + length;
  }
  throw new Error("the broker sent a malformed remaining length");
}

function headerLength(bytes: Buffer, at: number): number {
  let i = 1;
  while ((bytes[at + i] ?? 0) >= 0x80) i++;
  return i + 1;
}

/** Cuts what one connection receives into packets. Copies only what a chunk cuts off, up to `maximumPacketBytes`. */
export class Framer {
  readonly #sink: PacketSink;
  readonly #tail: Buffer;
  #tailBytes = 0;

  constructor(sink: PacketSink, maximumPacketBytes: number) {
    this.#sink = sink;
    this.#tail = Buffer.alloc(maximumPacketBytes);
  }

  /** Takes the bytes of `chunk` up to `end`. */
  feed(chunk: Buffer, end: number, from = 0): void {
    const at = this.#tailBytes > 0 ? this.#completeTail(chunk, from, end) : from;
    const rest = this.#cut(chunk, at, end);
    if (rest < end) this.#keep(chunk, rest, end);
  }

  /** Hands on the whole packets from `at` on; returns where the first cut one begins. */
  #cut(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (end - at >= 2) {
      const short = bytes[at + 1] ?? 0;
      const length = short < 0x80 ? short + 2 : packetLength(bytes, at, end);
      if (length === 0 || length > end - at) break;
      this.#sink.packet(bytes[at] ?? 0, bytes, at + (short < 0x80 ? 2 : headerLength(bytes, at)), at + length);
      at += length;
    }
    return at;
  }

  /** Fills the packet in the tail up to its end, or with all of the chunk; returns where the rest begins. */
  #completeTail(chunk: Buffer, from: number, end: number): number {
    let at = from;
    while (at < end) {
      const length = packetLength(this.#tail, 0, this.#tailBytes);
      const wanted = length === 0 ? 1 : length - this.#tailBytes;
      if (wanted === 0) break;
      const taken = Math.min(wanted, end - at);
      this.#keep(chunk, at, at + taken);
      at += taken;
    }
    if (this.#cut(this.#tail, 0, this.#tailBytes) > 0) this.#tailBytes = 0;
    return at;
  }

  #keep(chunk: Buffer, from: number, end: number): void {
    if (this.#tailBytes + end - from > this.#tail.length)
      throw new Error("the broker sent a longer packet than any it was given");
    chunk.copy(this.#tail, this.#tailBytes, from, end);
    this.#tailBytes += end - from;
  }
}
