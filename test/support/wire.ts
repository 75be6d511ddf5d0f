/** The data types of MQTT 5.0 §1.5, written apart from src/codec so that the tests share none of its mistakes. */

export const u8 = (value: number): Buffer => Buffer.from([value]);
export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit + 128 : digit);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** A binary or string field: its length in two bytes, then its bytes. */
export function field(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

/** A whole packet: first byte, remaining length, body. */
export function packet(firstByte: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u8(firstByte), varint(body.length), body]);
}

/** Where the body of a whole packet starts. */
export function bodyStart(bytes: Uint8Array): number {
  let at = 1;
  while (((bytes[at] ?? 0) & 128) !== 0) at++;
  return at + 1;
}

/** Takes fields off the front of a byte string; throws behind its end. */
export class Cursor {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  take(length: number): Buffer {
    if (length > this.#rest.length) throw new Error(`${length} bytes expected, ${this.#rest.length} left`);
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  rest(): Buffer {
    return this.take(this.#rest.length);
  }

  get length(): number {
    return this.#rest.length;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte % 128) * factor;
      if (byte < 128) return value;
      if (factor > 128 ** 2) throw new Error("a variable byte integer of more than four bytes");
    }
  }

  field(): Buffer {
    return this.take(this.u16());
  }

  text(): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.field());
  }
}
