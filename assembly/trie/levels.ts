import { hashStart, hashWord } from "../hash";
import { allocate } from "../pool";
import { MAX_LEVELS } from "../shared/limits";
import { HASH, PLUS, SLASH } from "../topic";
import { bytesBefore, firstBytes } from "../words";

/** Levels of at most this many bytes are compared by `head` and `tail` alone. */
const INLINE_BYTES: u32 = 12;

/**
 * One level of a topic, hashed.
 *
 *     +------+------+------+------+--------+--------+
 *     | head | hash | tail | at   | length | isLong |   32 bytes
 *     | u64  | u64  | u32  | u32  | u32    | u32    |
 *     +------+------+------+------+--------+--------+
 *
 * head, tail: its first 8 and next 4 bytes, zero behind its end; isLong: 1 above INLINE_BYTES, where tail says nothing.
 */
@unmanaged
export class Level {
  head: u64;
  hash: u64;
  tail: u32;
  at: usize;
  length: u32;
  isLong: u32;
}

/** Where `splitLevels` puts its levels; one more behind them is for `hashLevel`. */
let levels: usize = 0;

/** False when out of memory. */
export function initializeLevels(): bool {
  levels = allocate((MAX_LEVELS + 1) * offsetof<Level>());
  return levels != 0;
}

export function levelOf(array: usize, index: u32): Level {
  return changetype<Level>(array + <usize>index * offsetof<Level>());
}

/** The level of the last split at this index. */
export function splitLevel(index: u32): Level {
  return levelOf(levels, index);
}

/** Copies the first `count` levels of the last split. */
export function copyLevels(target: usize, count: u32): void {
  memory.copy(target, levels, <usize>count * offsetof<Level>());
}

/** Splits a topic of at most MAX_LEVELS levels and answers how many it has. */
export function splitLevels(at: usize, length: u32): u32 {
  const end = at + length;
  let count: u32 = 0;
  while (true) {
    assert(count < <u32>MAX_LEVELS);
    const level = splitLevel(count);
    scanLevel(level, at, end);
    count++;
    at += level.length;
    if (at == end) return count;
    at++;
  }
}

/** The hash of a level that stands alone. */
export function hashLevel(at: usize, length: u32): u64 {
  const level = splitLevel(MAX_LEVELS);
  scanLevel(level, at, at + length);
  return level.hash;
}

/** Finds the end of the level that starts at `at`: the next slash or `end`. Reads up to 8 bytes past the end. */
function scanLevel(level: Level, at: usize, end: usize): void {
  let hash = hashStart();
  let here = at;
  let word = load<u64>(here);
  let count = min<u32>(bytesBefore(word, SLASH), <u32>(end - here));
  level.head = count == 8 ? word : firstBytes(word, count);
  while (count == 8) {
    hash = hashWord(hash, word);
    here += 8;
    word = load<u64>(here);
    count = min<u32>(bytesBefore(word, SLASH), <u32>(end - here));
  }
  word = firstBytes(word, count);
  const length = <u32>(here - at) + count;
  level.tail = here == at + 8 ? <u32>word : 0;
  // No level holds a zero byte, so the words alone tell its length; hashPlace finishes.
  level.hash = hashWord(hash, word);
  level.at = at;
  level.length = length;
  level.isLong = <u32>(length > INLINE_BYTES);
}

export function isPlus(level: Level): bool {
  return level.length == 1 && level.head == PLUS;
}

export function isHash(level: Level): bool {
  return level.length == 1 && level.head == HASH;
}
