import { allocate, free } from "../pool";
import { tagOf } from "../trie/edges";
import { entryAt } from "../trie/entries";
import { Trie } from "../trie/trie";

const FIRST_SLOTS: u32 = 64;

/**
 * A set of (topic filter, id): a trie whose targets are any 32-bit ids, and a hash table that finds the entry of (place, id). The table
 * holds entries only and reads their keys where they stand. Open addressing, linear probing, freed by shifting back. It doubles above
 * a load of 0.75 and halves below 0.2.
 *
 *     Matcher                    slot: 4 bytes, 0 when free
 *     +------+-------+------+    +-------+
 *     | trie | slots | mask |    | entry |
 *     +------+-------+------+    +-------+
 */
@unmanaged
export class Matcher {
  trie: Trie;
  slots: usize;
  mask: u32;
}

/** False when out of memory. */
export function initializePairs(matcher: Matcher): bool {
  matcher.mask = FIRST_SLOTS - 1;
  matcher.slots = createSlots(FIRST_SLOTS);
  return matcher.slots != 0;
}

/** The entry of an id at a place, or 0. */
export function findPair(matcher: Matcher, place: u32, id: u32): u32 {
  return load<u32>(slotOf(matcher, place, id));
}

/** Makes room for one more; false when out of memory. */
export function reservePair(matcher: Matcher): bool {
  const mask = matcher.mask;
  return matcher.trie.entries.count < mask - (mask >> 2) || resize(matcher, (mask + 1) * 2);
}

/** Adds an entry for which there is room. */
export function addPair(matcher: Matcher, entry: u32): void {
  const added = entryAt(matcher.trie.entries, entry);
  store<u32>(slotOf(matcher, added.place, added.target), entry);
}

/** Takes out an entry, before it is removed. */
export function removePair(matcher: Matcher, entry: u32): void {
  const mask = matcher.mask;
  const removed = entryAt(matcher.trie.entries, entry);
  let gap = slotOf(matcher, removed.place, removed.target);
  let index = <u32>((gap - matcher.slots) >> 2);
  while (true) {
    index = (index + 1) & mask;
    const slot = matcher.slots + ((<usize>index) << 2);
    const other = load<u32>(slot);
    if (other == 0) break;
    const home = tagOf(entryAt(matcher.trie.entries, other).place, entryAt(matcher.trie.entries, other).target);
    if (((index - home) & mask) < <u32>(((slot - gap) >> 2) & mask)) continue;
    store<u32>(gap, other);
    gap = slot;
  }
  store<u32>(gap, 0);
  // Out of memory it keeps the larger table.
  if (mask >= FIRST_SLOTS && matcher.trie.entries.count * 5 < mask) resize(matcher, (mask + 1) / 2);
}

/** The slot that has this pair, or the free one where it would be. */
function slotOf(matcher: Matcher, place: u32, id: u32): usize {
  let index = tagOf(place, id);
  while (true) {
    const slot = matcher.slots + ((<usize>(index & matcher.mask)) << 2);
    const value = load<u32>(slot);
    if (value == 0) return slot;
    const entry = entryAt(matcher.trie.entries, value);
    if (entry.place == place && entry.target == id) return slot;
    index++;
  }
}

function createSlots(count: u32): usize {
  if (count > 1 << 29) return 0;
  const slots = allocate(count << 2);
  if (slots != 0) memory.fill(slots, 0, (<usize>count) << 2);
  return slots;
}

function resize(matcher: Matcher, count: u32): bool {
  const slots = createSlots(count);
  if (slots == 0) return false;
  const old = matcher.slots;
  const bytes = (matcher.mask + 1) << 2;
  matcher.slots = slots;
  matcher.mask = count - 1;
  for (let at = old; at < old + bytes; at += 4) {
    const entry = load<u32>(at);
    if (entry != 0) addPair(matcher, entry);
  }
  free(old, bytes);
  return true;
}
