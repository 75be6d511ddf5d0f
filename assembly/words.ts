/** Eight bytes at a time. Constants are made of halves, as JavaScript tools know no 64-bit literals. */
const ONES: u64 = ((<u64>0x01010101) << 32) | 0x01010101;
const HIGH_BITS: u64 = ONES << 7;
const LETTERS: u64 = ONES * 0x41;
/** From this many bytes on memory.copy is the faster one. */
const LONG: u32 = 256;

/** Whether each byte is from 1 to 127. */
export function isPlainAscii(word: u64): bool {
  return ((word | (word - ONES)) & HIGH_BITS) == 0;
}

/** The high bit of exactly those bytes of `word` that are `byte`. */
export function bytesEqual(word: u64, byte: u8): u64 {
  const difference = word ^ (<u64>byte * ONES);
  return ~(((difference & ~HIGH_BITS) + ~HIGH_BITS) | difference | ~HIGH_BITS);
}

/** How many bytes stand before the first that is `byte`; 8 when there is none. */
export function bytesBefore(word: u64, byte: u8): u32 {
  const difference = word ^ (<u64>byte * ONES);
  return <u32>ctz<u64>((difference - ONES) & ~difference & HIGH_BITS) >> 3;
}

/** The first `count` (0 to 7) bytes of a word, the others zero. */
export function firstBytes(word: u64, count: u32): u64 {
  return word & (((<u64>1) << ((<u64>count) << 3)) - 1);
}

/** Zeroes `length` bytes, a multiple of 8; for short pieces faster than memory.fill, which in V8 is a call out of the module. */
export function clearWords(at: usize, length: u32): void {
  for (const end = at + length; at < end; at += 8) store<u64>(at, 0);
}

/** Copies `length` bytes, and up to 7 more. */
export function copyWords(to: usize, from: usize, length: u32): void {
  if (length > LONG) {
    memory.copy(to, from, length);
    return;
  }
  for (const end = to + length; to < end; to += 8, from += 8) store<u64>(to, load<u64>(from));
}

/** The next up to `rest` (at least 1) bytes as a word, letters behind them. Reads up to 7 bytes past the end. */
export function wordOrLetters(at: usize, rest: u32): u64 {
  const word = load<u64>(at);
  return rest >= 8 ? word : firstBytes(word, rest) | (LETTERS << ((<u64>rest) << 3));
}

/** Whether `length` bytes are the same at both places. Reads up to 7 bytes past both ends. */
export function sameBytes(left: usize, right: usize, length: u32): bool {
  let rest = length;
  while (rest >= 8) {
    if (load<u64>(left) != load<u64>(right)) return false;
    left += 8;
    right += 8;
    rest -= 8;
  }
  return rest == 0 || firstBytes(load<u64>(left) ^ load<u64>(right), rest) == 0;
}
