import { PacketError } from "../../src/errors.ts";
import { bodyStart } from "./wire.ts";

type Decoder<T> = (buffer: Buffer, body: number, end: number) => T;

/** Decodes a whole packet that stands amid other bytes, which are overwritten before the result is looked at. */
export function decodeAmid<T>(bytes: Uint8Array, decode: Decoder<T>): T {
  const before = Buffer.from("before");
  const buffer = Buffer.concat([before, bytes, Buffer.from("behind")]);
  const result = decode(buffer, before.length + bodyStart(bytes), before.length + bytes.length);
  buffer.fill(0xee);
  return result;
}

/** The reason code with which the call refuses its input; `undefined` if it takes it. Any other error is passed on. */
export function refusal(call: () => unknown): number | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof PacketError) return error.reasonCode;
    throw error;
  }
}

/** Refusals of the packet cut off behind each of its bytes, with a remaining length that tells so. */
export function refusalsOfTruncations(bytes: Uint8Array, decode: Decoder<unknown>): (number | undefined)[] {
  const start = bodyStart(bytes);
  return Array.from({ length: bytes.length - start }, (_, length) =>
    refusal(() => decode(Buffer.from(bytes), start, start + length)),
  );
}
