import { finishWords, hashStart, hashWord } from "../hash";
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
const levels: usize = memory.data((MAX_LEVELS + 1) * offsetof<Level>());

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

/** What `splitFilter` says: levels of the filter without `#`, and 1 where it ends with that. */
export let filterDepth: u32 = 0;
export let filterMulti: u32 = 0;

/** Splits a topic filter or topic name. */
export function splitFilter(at: usize, length: u32): void {
  const count = splitLevels(at, length);
  filterMulti = <u32>isHash(splitLevel(count - 1));
  filterDepth = count - filterMulti;
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
  let count: u32 = 8;
  level.tail = 0;
  do {
    let word = load<u64>(here);
    count = min<u32>(bytesBefore(word, SLASH), <u32>(end - here));
    if (count != 8) word = firstBytes(word, count);
    hash = hashWord(hash, word);
    if (here == at) level.head = word;
    else if (here == at + 8) level.tail = <u32>word;
    here += count;
  } while (count == 8);
  const length = <u32>(here - at);
  // No level holds a zero byte, so the words alone tell its length.
  level.hash = finishWords(hash);
  level.at = at;
  level.length = length;
  level.isLong = <u32>(length > INLINE_BYTES);
}

export function isPlus(level: Level): bool {
  return level.length == 1 && level.head == PLUS;
}

function isHash(level: Level): bool {
  return level.length == 1 && level.head == HASH;
}
