import { TernmqError } from "../errors.ts";

const MAX_U16 = 0xffff;
export const MAX_VARINT = 268_435_455;

/** Bytes of the largest packet that MQTT has a length for, fixed header included. */
export const LARGEST_PACKET = 1 + 4 + MAX_VARINT;

/** Bytes of a variable byte integer. [MQTT-1.5.5-1] */
export function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

/** Writes a variable byte integer and returns the offset behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let to = at;
  while (rest > 0x7f) {
    target[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[to++] = rest;
  return to;
}

/** Bytes of the whole packet whose remaining length this is. */
export function packetLength(remainingLength: number): number {
  return 1 + varintLength(remainingLength) + remainingLength;
}

/** Fills a buffer of a length known beforehand. */
export class Writer {
  readonly buffer: Buffer;
  at = 0;

  constructor(length: number) {
    this.buffer = Buffer.allocUnsafe(length);
  }

  /** A writer for a whole packet, behind its fixed header. */
  static packet(firstByte: number, remainingLength: number): Writer {
    if (remainingLength > MAX_VARINT)
      throw new TernmqError("ERR_PACKET_TOO_LARGE", "the packet is larger than MQTT can say");
    const writer = new Writer(packetLength(remainingLength));
    writer.u8(firstByte);
    writer.varint(remainingLength);
    return writer;
  }

  u8(value: number): void {
    this.at = this.buffer.writeUInt8(value, this.at);
  }

  u16(value: number): void {
    this.at = this.buffer.writeUInt16BE(value, this.at);
  }

  u32(value: number): void {
    this.at = this.buffer.writeUInt32BE(value, this.at);
  }

  varint(value: number): void {
    this.at = writeVarint(this.buffer, this.at, value);
  }

  bytes(value: Uint8Array): void {
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  binary(value: Uint8Array): void {
    this.#prefix(value.length);
    this.bytes(value);
  }

  utf8(value: string): void {
    this.#prefix(Buffer.byteLength(value));
    this.at += this.buffer.write(value, this.at);
  }

  #prefix(length: number): void {
    if (length > MAX_U16) throw new TernmqError("ERR_VALUE_TOO_LONG", `a string of ${length} bytes: MQTT allows 65535`);
    this.u16(length);
  }
}
