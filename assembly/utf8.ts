import { INVALID_UTF8, NUL_CHARACTER } from "./shared/status";
import { isPlainAscii, wordOrLetters } from "./words";

/** 0 when the bytes are well-formed UTF-8 without U+0000, else the status of the first flaw. Reads up to 7 bytes past the end. */
export function validateUtf8(at: usize, end: usize): i32 {
  while (at < end) {
    if (isPlainAscii(wordOrLetters(at, <u32>(end - at)))) {
      at += 8;
      continue;
    }
    const byte = load<u8>(at);
    if (byte == 0) return NUL_CHARACTER; // [MQTT-1.5.4-2] [MQTT-4.7.3-2] [MQTT-1.5.3-2 of 3.1.1] [MQTT-4.7.3-2 of 3.1.1]
    const size: u32 = byte < 0x80 ? 1 : sequenceSize(at, end);
    if (size == 0) return INVALID_UTF8; // [MQTT-1.5.4-1] [MQTT-1.5.3-1 of 3.1.1]
    at += size;
  }
  return 0;
}

/** Size of the well-formed sequence of two to four bytes that starts here; 0 when there is none. */
function sequenceSize(at: usize, end: usize): u32 {
  const first = <u32>load<u8>(at);
  const size = <u32>clz<u32>(~(first << 24));
  if (size < 2 || size > 4 || at + size > end) return 0;
  let code = first & (0x7f >> size);
  for (let index: u32 = 1; index < size; index++) {
    const byte = <u32>load<u8>(at + index);
    if ((byte & 0xc0) != 0x80) return 0;
    code = (code << 6) | (byte & 0x3f);
  }
  // In shorter sequences there is room for 7, 11 and 16 bits.
  const isOverlong = code >> (size == 2 ? 7 : size * 5 - 4) == 0;
  const isSurrogate = code >> 11 == 0x1b;
  return isOverlong || isSurrogate || code > 0x10ffff ? 0 : size;
}
