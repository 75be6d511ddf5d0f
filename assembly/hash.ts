import { firstBytes } from "./words";

/**
 * A seeded 64-bit hash of bytes, eight at a time. Each word is folded in by a 32 × 32 → 64 bit multiplication of secret-dependent
 * halves: unlike a multiplication by a constant it has no pair of inputs that collide under every seed, so who does not know
 * the seed cannot prepare a flood of collisions. Reads up to 7 bytes past the end (see pool).
 */
const LENGTH_FACTOR: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;
const FINAL_FACTOR: u64 = ((<u64>0xd6e8feb8) << 32) | 0x6659fd93;

let seed: u64 = 0;

export function seedHash(low: u32, high: u32): void {
  seed = ((<u64>high) << 32) | <u64>low;
}

export function hashStart(): u64 {
  return seed;
}

export function hashWord(hash: u64, word: u64): u64 {
  const mixed = hash ^ word;
  return ((mixed & 0xffffffff) * (mixed >> 32)) ^ rotl<u64>(mixed, 29);
}

/** Finishes a hash of words that tell their number by themselves: from then on its upper bits are the better ones. */
export function finishWords(hash: u64): u64 {
  return hash * FINAL_FACTOR;
}

function hashFinish(hash: u64, length: u32): u64 {
  hash ^= <u64>length * LENGTH_FACTOR;
  hash ^= hash >> 32;
  hash *= FINAL_FACTOR;
  return hash ^ (hash >> 29);
}

export function hashBytes(at: usize, length: u32): u64 {
  let hash = seed;
  let rest = length;
  while (rest >= 8) {
    hash = hashWord(hash, load<u64>(at));
    at += 8;
    rest -= 8;
  }
  if (rest != 0) hash = hashWord(hash, firstBytes(load<u64>(at), rest));
  return hashFinish(hash, length);
}
