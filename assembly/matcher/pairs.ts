import { hashFinish, hashStart, hashWord } from "../hash";
import { allocate, free } from "../pool";
import { Entries, entryAt } from "../trie/entries";

const FIRST_SLOTS: u32 = 64;

/**
 * Finds the entry of (place, id): a hash table that holds entries only and reads their keys where they stand. Open addressing, linear
 * probing, freed by shifting back. It doubles above a load of 0.75 and halves below 0.18. What is in it is in the trie: entries.count.
 *
 *     Pairs                         slot: 4 bytes, 0 when free
 *     +-------+------+---------+    +-------+
 *     | slots | mask | entries |    | entry |
 *     +-------+------+---------+    +-------+
 */
@unmanaged
export class Pairs {
  slots: usize;
  mask: u32;
  entries: Entries;
}

/** Pairs of these entries, none yet; 0 out of memory. */
export function createPairs(entries: Entries): usize {
  const at = allocate(offsetof<Pairs>());
  const slots = createSlots(FIRST_SLOTS);
  if (at == 0 || slots == 0) return 0;
  const pairs = changetype<Pairs>(at);
  pairs.slots = slots;
  pairs.mask = FIRST_SLOTS - 1;
  pairs.entries = entries;
  return at;
}

/** The entry of an id at a place, or 0. */
export function findPair(pairs: Pairs, place: u32, id: u32): u32 {
  return load<u32>(slotOf(pairs, place, id));
}

/** Makes room for one more; false when out of memory. */
export function reservePair(pairs: Pairs): bool {
  const slots = pairs.mask + 1;
  return <u64>(pairs.entries.count + 1) * 4 <= <u64>slots * 3 || resize(pairs, slots * 2);
}

/** Adds an entry for which there is room. */
export function addPair(pairs: Pairs, entry: u32): void {
  const added = entryAt(pairs.entries, entry);
  store<u32>(slotOf(pairs, added.place, added.target), entry);
}

/** Takes out an entry, before it is removed. */
export function removePair(pairs: Pairs, entry: u32): void {
  const mask = pairs.mask;
  const removed = entryAt(pairs.entries, entry);
  let gap = slotOf(pairs, removed.place, removed.target);
  let index = <u32>((gap - pairs.slots) >> 2);
  while (true) {
    index = (index + 1) & mask;
    const slot = pairs.slots + ((<usize>index) << 2);
    const other = load<u32>(slot);
    if (other == 0) break;
    const home = homeOf(entryAt(pairs.entries, other).place, entryAt(pairs.entries, other).target);
    if (((index - home) & mask) < <u32>(((slot - gap) >> 2) & mask)) continue;
    store<u32>(gap, other);
    gap = slot;
  }
  store<u32>(gap, 0);
  // Out of memory it keeps the larger table.
  if (mask >= FIRST_SLOTS && <u64>pairs.entries.count * 11 < <u64>mask * 2) resize(pairs, (mask + 1) / 2);
}

function homeOf(place: u32, id: u32): u32 {
  return <u32>hashFinish(hashWord(hashStart(), ((<u64>place) << 32) | id), 8);
}

/** The slot that has this pair, or the free one where it would be. */
function slotOf(pairs: Pairs, place: u32, id: u32): usize {
  let index = homeOf(place, id);
  while (true) {
    const slot = pairs.slots + ((<usize>(index & pairs.mask)) << 2);
    const value = load<u32>(slot);
    if (value == 0) return slot;
    const entry = entryAt(pairs.entries, value);
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

function resize(pairs: Pairs, count: u32): bool {
  const slots = createSlots(count);
  if (slots == 0) return false;
  const old = pairs.slots;
  const bytes = (pairs.mask + 1) << 2;
  pairs.slots = slots;
  pairs.mask = count - 1;
  for (let at = old; at < old + bytes; at += 4) {
    const entry = load<u32>(at);
    if (entry != 0) addPair(pairs, entry);
  }
  free(old, bytes);
  return true;
}
