import { MAX_LEVELS, MAX_TOPIC_BYTES } from "./shared/limits";
import {
  EMPTY_TOPIC,
  INVALID_LENGTH,
  INVALID_WILDCARD,
  TOO_MANY_LEVELS,
  WILDCARD_IN_TOPIC_NAME,
} from "./shared/status";
import { validateUtf8 } from "./utf8";
import { bytesEqual, wordOrLetters } from "./words";

export const SLASH: u8 = 0x2f;
export const PLUS: u8 = 0x2b;
export const HASH: u8 = 0x23;
export const DOLLAR: u8 = 0x24;

let maximumLevels: u32 = MAX_LEVELS;

/** Allows topics of so many levels, 1 to MAX_LEVELS; call it before anything is in a trie. */
export function limitLevels(levels: u32): void {
  maximumLevels = levels;
}

/** 0, or the status that refuses these bytes as a topic name. Reads up to 7 bytes past the end. */
export function validateTopicName(at: usize, length: u32): i32 {
  const end = at + length;
  const status = validateText(at, length);
  if (status != 0) return status;
  let wildcards: u64 = 0;
  let slashes: u32 = 0;
  for (; at < end; at += 8) {
    const word = wordOrLetters(at, <u32>(end - at));
    wildcards |= bytesEqual(word, PLUS) | bytesEqual(word, HASH);
    slashes += <u32>popcnt<u64>(bytesEqual(word, SLASH));
  }
  if (wildcards != 0) return WILDCARD_IN_TOPIC_NAME; // [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-3.3.2-2 of 3.1.1] [MQTT-4.7.1-1 of 3.1.1]
  return slashes < maximumLevels ? 0 : TOO_MANY_LEVELS;
}

/** 0, or the status that refuses these bytes as either. */
function validateText(at: usize, length: u32): i32 {
  if (length == 0) return EMPTY_TOPIC; // [MQTT-4.7.3-1] [MQTT-4.7.3-1 of 3.1.1]
  if (length > <u32>MAX_TOPIC_BYTES) return INVALID_LENGTH; // [MQTT-4.7.3-3] [MQTT-4.7.3-3 of 3.1.1]
  return validateUtf8(at, at + length);
}

/** 0, or the status that refuses these bytes as a topic filter. */
export function validateTopicFilter(at: usize, length: u32): i32 {
  const end = at + length;
  const status = validateText(at, length);
  if (status != 0) return status;
  let slashes: u32 = 0;
  let previous = SLASH;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == SLASH) slashes++;
    else if (byte == PLUS || byte == HASH) {
      const isLast = at + 1 == end || (byte == PLUS && load<u8>(at, 1) == SLASH);
      if (previous != SLASH || !isLast) return INVALID_WILDCARD; // [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.1-2 of 3.1.1] [MQTT-4.7.1-3 of 3.1.1]
    }
    previous = byte;
  }
  return slashes < maximumLevels ? 0 : TOO_MANY_LEVELS;
}
