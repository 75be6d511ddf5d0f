import { isUtf8 } from "node:buffer";

const NUL = 0x00;
const HASH = 0x23;
const PLUS = 0x2b;

/** The plain JavaScript baseline: whether a range of bytes is a topic name, by Node's own check of UTF-8 and a loop. */
export function isTopicName(bytes: Buffer, start: number, end: number): boolean {
  if (end === start || !isUtf8(bytes.subarray(start, end))) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === NUL || byte === HASH || byte === PLUS) return false;
  }
  return true;
}

/** The same with a loop for ASCII, which most topic names are, and Node's check for the others only. */
export function isTopicNameByLoop(bytes: Buffer, start: number, end: number): boolean {
  let isAscii = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === NUL || byte === HASH || byte === PLUS) return false;
    if (byte > 0x7f) isAscii = false;
  }
  return end > start && (isAscii || isUtf8(bytes.subarray(start, end)));
}
