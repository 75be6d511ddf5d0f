import { MALFORMED_VARINT, PADDED_VARINT } from "./shared/status";

/** What `readVarint` answers when the bytes end inside of the integer. */
export const VARINT_CUT: i32 = -1;

/** The integer that the last successful `readVarint` read. */
export let varintValue: u32 = 0;
/** How many bytes it took. */
export let varintSize: u32 = 0;

/** Reads a variable byte integer: 0, VARINT_CUT or the status that refuses it. */
export function readVarint(at: usize, end: usize): i32 {
  varintValue = 0;
  for (varintSize = 0; varintSize < 4; ) {
    const next = at + varintSize;
    if (next >= end) return VARINT_CUT;
    const byte = <u32>load<u8>(next);
    varintValue |= (byte & 127) << (varintSize * 7);
    varintSize++;
    if (byte < 128) return byte == 0 && varintSize > 1 ? PADDED_VARINT : 0; // [MQTT-1.5.5-1]
  }
  return MALFORMED_VARINT;
}
