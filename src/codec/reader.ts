import { PacketError } from "../errors.ts";
import { REASON } from "./reason-codes.ts";
import { checkString } from "./utf8.ts";

function malformed(message: string): PacketError {
  return new PacketError(REASON.MALFORMED_PACKET, message);
}

/**
 * Reads a range of a buffer from front to back; throws a PacketError (Malformed Packet) where the range ends too early.
 * Strings and byte strings are copies: nothing that it returns refers to the buffer.
 */
export class Reader {
  readonly buffer: Buffer;
  readonly end: number;
  at: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  /** Moves behind the next `length` bytes and returns where they start. */
  skip(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw malformed("the packet ends inside a field");
    this.at = start + length;
    return start;
  }

  u8(): number {
    return this.buffer[this.skip(1)] ?? 0;
  }

  u16(): number {
    return this.buffer.readUInt16BE(this.skip(2));
  }

  u32(): number {
    return this.buffer.readUInt32BE(this.skip(4));
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        // [MQTT-1.5.5-1]
        if (byte === 0 && shift > 0) throw malformed("a variable byte integer is not in its shortest form");
        return value;
      }
    }
    throw malformed("a variable byte integer has more than four bytes");
  }

  binary(): Buffer {
    const length = this.u16();
    const start = this.skip(length);
    return Buffer.from(this.buffer.subarray(start, start + length));
  }

  /** A string as its bytes, checked. [MQTT-1.5.4-1] [MQTT-1.5.4-2] */
  utf8Bytes(): Buffer {
    const bytes = this.binary();
    checkString(bytes, 0, bytes.length);
    return bytes;
  }

  /** A string, checked; U+FEFF stays. [MQTT-1.5.4-3] [MQTT-1.5.3-3 of 3.1.1] */
  utf8(): string {
    return this.utf8Bytes().toString("utf8");
  }

  get done(): boolean {
    return this.at === this.end;
  }

  /** Throws if anything is left. */
  finish(): void {
    if (!this.done) throw malformed("bytes follow the end of the packet's last field");
  }
}
