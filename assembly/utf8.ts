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

/** Size of the well-formed sequence of two to four bytes that starts here; 0 when there is none. (Unicode 15, table 3-7) */
function sequenceSize(at: usize, end: usize): u32 {
  const first = load<u8>(at);
  const size: u32 = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size == 0 || at + size > end) return 0;
  const second = load<u8>(at, 1);
  // Overlong forms, surrogates and what lies above U+10FFFF all show in the second byte.
  const lowest: u8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const highest: u8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  if (size > 2 && !isContinuation(load<u8>(at, 2))) return 0;
  if (size > 3 && !isContinuation(load<u8>(at, 3))) return 0;
  return size;
}

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}
