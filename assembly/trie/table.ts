import { allocate, free } from "../pool";
import { Entries, entryAt } from "./entries";
import { hashLevel } from "./levels";
import { Node, nodeBytes, nodeLength, parentOf } from "./nodes";

const FIRST_SLOTS: u32 = 64;
/** Of the slot of an edge: nodes are multiples of 32. */
export const TAG_MASK: u32 = 31;
export const TAG_SHIFT: u32 = 27;
const PLACE_FACTOR: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;
const TAG_FACTOR: u64 = ((<u64>0xd6e8feb8) << 32) | 0x6659fd93;

/**
 * An open-addressing hash table of nodes by parent and level, or of entries by place and target. It holds no keys and reads them where they
 * stand. Linear probing, freed by shifting back. It doubles above a load of 0.75 and halves below 0.25; both cost one pass over all slots
 * and what they name.
 *
 *     Table                                  slot: 4 bytes, 0 when free
 *     +-------+------+-------+---------+     +---------------------+-----+
 *     | slots | mask | count | entries |     | node: upper 27 bits | tag |   tag: the upper 5 bits of the hash, whose lower ones are the
 *     +-------+------+-------+---------+     +---------------------+-----+   slot where probing starts
 *                                            | entry                     |
 *                                            +---------------------------+
 *
 * entries: where the entries are; 0 in a table of nodes.
 */
@unmanaged
export class Table {
  slots: usize;
  mask: u32;
  count: u32;
  entries: Entries;
}

/** A table of entries, or of nodes where `entries` is 0; 0 out of memory. */
export function createTable(entries: Entries): usize {
  const at = allocate(offsetof<Table>());
  if (at == 0) return 0;
  const table = changetype<Table>(at);
  table.count = 0;
  table.entries = entries;
  return setSlots(table, FIRST_SLOTS) ? at : 0;
}

/** A hash of a place in the trie and of what tells a key from others there. */
export function hashPlace(place: usize, key: u64): u32 {
  return <u32>(((key ^ (<u64>place * PLACE_FACTOR)) * TAG_FACTOR) >> 32);
}

/** The entry of a target at a place, or 0; of a table of entries. */
export function findInTable(table: Table, place: u32, target: u32): u32 {
  let index = hashPlace(place, target);
  while (true) {
    const word = load<u32>(slotAt(table, index));
    if (word == 0) return 0;
    const entry = entryAt(table.entries, word);
    if (entry.place == place && entry.target == target) return word;
    index++;
  }
}

/** Makes room for two more; false when out of memory. */
export function reserveSlots(table: Table): bool {
  const mask = table.mask;
  return table.count + 2 <= mask - (mask >> 2) || resize(table, (mask + 1) * 2);
}

/** Adds a node or an entry for which there is room. */
export function addToTable(table: Table, item: u32): void {
  place(table, item);
  table.count++;
}

export function removeFromTable(table: Table, item: u32): void {
  closeGap(table, slotOf(table, item));
  table.count--;
  const mask = table.mask;
  // Out of memory it keeps the larger table.
  if (mask >= FIRST_SLOTS && table.count < mask >> 2) resize(table, (mask + 1) / 2);
}

/** The hash of what is in a slot, or is going to be. */
function hashOf(table: Table, item: u32): u32 {
  if (changetype<usize>(table.entries) != 0) {
    const entry = entryAt(table.entries, item);
    return hashPlace(entry.place, entry.target);
  }
  const node = changetype<Node>(<usize>(item & ~TAG_MASK));
  return hashPlace(parentOf(node), hashLevel(nodeBytes(node), nodeLength(node)));
}

/** Gives the table free slots; false, and the table as it was, out of memory. */
function setSlots(table: Table, count: u32): bool {
  if (count > 1 << 29) return false;
  const slots = allocate(count << 2);
  if (slots == 0) return false;
  memory.fill(slots, 0, (<usize>count) << 2);
  table.slots = slots;
  table.mask = count - 1;
  return true;
}

function place(table: Table, item: u32): void {
  const hash = hashOf(table, item);
  let index = hash;
  while (load<u32>(slotAt(table, index)) != 0) index++;
  store<u32>(slotAt(table, index), wordOf(table, item, hash));
}

/** What stands in the slot of an item. */
function wordOf(table: Table, item: u32, hash: u32): u32 {
  return changetype<usize>(table.entries) != 0 ? item : item | (hash >> TAG_SHIFT);
}

function slotAt(table: Table, index: u32): usize {
  return table.slots + ((<usize>(index & table.mask)) << 2);
}

function resize(table: Table, count: u32): bool {
  const old = table.slots;
  const bytes = (table.mask + 1) << 2;
  if (!setSlots(table, count)) return false;
  for (let at = old; at < old + bytes; at += 4) {
    const word = load<u32>(at);
    if (word != 0) place(table, word);
  }
  free(old, bytes);
  return true;
}

function slotOf(table: Table, item: u32): u32 {
  const hash = hashOf(table, item);
  const word = wordOf(table, item, hash);
  let index = hash;
  while (load<u32>(slotAt(table, index)) != word) {
    assert(load<u32>(slotAt(table, index)) != 0);
    index++;
  }
  return index;
}

/** Moves those slots back that probing would no longer find behind a free slot at `gap`. */
function closeGap(table: Table, gap: u32): void {
  for (let index = gap + 1; ; index++) {
    const word = load<u32>(slotAt(table, index));
    if (word == 0) break;
    if (((index - hashOf(table, word)) & table.mask) < index - gap) continue;
    store<u32>(slotAt(table, gap), word);
    gap = index;
  }
  store<u32>(slotAt(table, gap), 0);
}
