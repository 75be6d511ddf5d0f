import { Buffer, createBuffer, reserveBuffer } from "../buffer";

const FACTOR: u32 = 0x9e3779b9;

let seen: Buffer = changetype<Buffer>(0);

/** False when out of memory. */
export function initializeUnique(): bool {
  seen = changetype<Buffer>(createBuffer());
  return changetype<usize>(seen) != 0;
}

/**
 * Leaves each of `count` words once and answers how many remain, 0 out of memory. Their positions, counted from 1, go into a hash
 * table that is at most half full and lives for this call.
 */
export function removeDuplicates(at: usize, count: u32): u32 {
  const bits = 33 - <u32>clz<u32>(count);
  const slots: usize = count > 1 << 27 ? 0 : reserveBuffer(seen, (<u32>4) << bits);
  if (slots == 0) return 0;
  memory.fill(slots, 0, (<usize>4) << bits);
  let kept: u32 = 0;
  for (let from = at; from < at + ((<usize>count) << 2); from += 4) {
    const word = load<u32>(from);
    const slot = slotOf(slots, bits, at, word);
    if (load<u32>(slot) != 0) continue;
    store<u32>(at + ((<usize>kept) << 2), word);
    kept++;
    store<u32>(slot, kept);
  }
  return kept;
}

/** The slot of a word that was kept, or the free one for it. */
function slotOf(slots: usize, bits: u32, at: usize, word: u32): usize {
  let index = (word * FACTOR) >> (32 - bits);
  while (true) {
    const slot = slots + ((<usize>index) << 2);
    const position = load<u32>(slot);
    if (position == 0 || load<u32>(at + ((<usize>position - 1) << 2)) == word) return slot;
    index = (index + 1) & ((1 << bits) - 1);
  }
}
