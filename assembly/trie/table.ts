import { finishWords } from "../hash";
import { createListIn, growList, List } from "../list";
import { allocate, free } from "../pool";
import { Entries, entryAt } from "./entries";
import { hashLevel } from "./levels";
import { Node, nodeBytes, nodeLength, parentOf } from "./nodes";

const SEGMENT_BYTES: u32 = 4096;
/** Slots of a segment: all of it but its head. */
const SLOTS: u32 = SEGMENT_BYTES / 4 - 2;
const MOST: u32 = SLOTS - SLOTS / 4;
const FEW: u32 = SLOTS / 4;
/** Bits of a hash for the directory: room for more nodes and entries than memory can hold. */
const MAX_DEPTH: u32 = 20;
/** Of the slot of an edge: nodes are multiples of 32. */
export const TAG_MASK: u32 = 31;
const PLACE_FACTOR: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;

/**
 * A hash table of nodes by parent and level, or of entries by place and target. It holds no keys and reads them where they stand. It
 * consists of segments (extendible hashing): one that gets full is split in two, each with the items that agree in one more bit of
 * their hash, and no other is touched, so that no insertion has more to do than what one segment holds. The directory leads to the
 * segment for the lowest bits of a hash; one that was split less often than others stands in it several times.
 *
 *     Table
 *     +-----------+------+---------+
 *     | directory | mask | entries |   mask: of the directory; entries: where the entries are, 0 in a table of nodes
 *     +-----------+------+---------+
 *
 *     directory, 4 bytes each        Segment                          slot: 4 bytes, 0 when free
 *     +---------+---------+---+      +-------+-------+-------+---+     +---------------------+-----+
 *     | segment | segment | … | ---> | count | depth | slot  | … |     | node: upper 27 bits | tag |   tag: of the hash
 *     +---------+---------+---+      +-------+-------+-------+---+     +---------------------+-----+
 *                                                                      | entry                     |
 *     hash   63      44       39           23       0                  +---------------------------+
 *            +--------+--------+------------+-------+
 *            | segment| tag    | first slot |       |     depth: bits in which the items of the segment agree
 *            +--------+--------+------------+-------+
 *
 * Within a segment: open addressing with linear probing, freed by shifting back. A segment is split above a load of 0.75; two that were one are
 * joined below 0.25.
 */
@unmanaged
export class Table extends List {
  mask: u32;
  entries: Entries;
}

@unmanaged
class Segment {
  count: u32;
  depth: u32;
}

/** A table of entries, or of nodes where `entries` is 0; 0 out of memory. */
export function createTable(entries: Entries): usize {
  const at = createListIn(offsetof<Table>());
  const segment = createSegment(0);
  if (at == 0 || segment == 0) return 0;
  const table = changetype<Table>(at);
  table.count = 1;
  table.mask = 0;
  table.entries = entries;
  store<u32>(table.at, <u32>segment);
  return at;
}

/** A hash of a place in the trie and of what tells a key from others there, which is finished. */
export function hashPlace(place: usize, key: u64): u64 {
  return key + <u64>place * PLACE_FACTOR;
}

export function tagOf(hash: u64): u32 {
  return <u32>(hash >> 39) & TAG_MASK;
}

/** The slots of the segment of a hash. */
export function slotsOf(table: Table, hash: u64): usize {
  return slotsIn(segmentOf(table, hash));
}

/** The slot of a hash in a segment whose slots start at `slots`, where probing starts. */
export function firstSlot(slots: usize, hash: u64): usize {
  return slots + ((<usize>(((<u32>(hash >> 23) & 0xffff) * SLOTS) >> 16)) << 2);
}

export function nextSlot(slots: usize, at: usize): usize {
  at += 4;
  return at == slots + SLOTS * 4 ? slots : at;
}

/** The entry of a target at a place, or 0; of a table of entries. */
export function findInTable(table: Table, place: u32, target: u32): u32 {
  const hash = hashPlace(place, finishWords(target));
  const slots = slotsOf(table, hash);
  let at = firstSlot(slots, hash);
  while (true) {
    const word = load<u32>(at);
    if (word == 0) return 0;
    const entry = entryAt(table.entries, word);
    if (entry.place == place && entry.target == target) return word;
    at = nextSlot(slots, at);
  }
}

/** The hash of what is in a slot, or is going to be. */
function hashOf(table: Table, item: u32): u64 {
  if (changetype<usize>(table.entries) != 0) {
    const entry = entryAt(table.entries, item);
    return hashPlace(entry.place, finishWords(entry.target));
  }
  const node = changetype<Node>(<usize>(item & ~TAG_MASK));
  return hashPlace(parentOf(node), hashLevel(nodeBytes(node), nodeLength(node)));
}

/** Adds a node or an entry, and `first` with it unless that is 0; false, and nothing done, out of memory. */
export function addToTable(table: Table, first: u32, item: u32): bool {
  if (first != 0 && !add(table, first)) return false;
  if (add(table, item)) return true;
  if (first != 0) removeFromTable(table, first);
  return false;
}

export function removeFromTable(table: Table, item: u32): void {
  const hash = hashOf(table, item);
  const word = wordOf(table, item, hash);
  const segment = segmentOf(table, hash);
  const slots = slotsIn(segment);
  let at = firstSlot(slots, hash);
  while (load<u32>(at) != word) {
    assert(load<u32>(at) != 0);
    at = nextSlot(slots, at);
  }
  store<u32>(at, 0);
  segment.count--;
  // Probing would not find those behind the gap.
  while (true) {
    at = nextSlot(slots, at);
    if (load<u32>(at) == 0) break;
    addAgain(table, segment, at);
  }
  join(table, hash);
}

function add(table: Table, item: u32): bool {
  const hash = hashOf(table, item);
  while (segmentOf(table, hash).count == MOST) if (!split(table, hash)) return false;
  place(table, wordOf(table, item, hash), hash);
  return true;
}

function place(table: Table, word: u32, hash: u64): void {
  const segment = segmentOf(table, hash);
  const slots = slotsIn(segment);
  let at = firstSlot(slots, hash);
  while (load<u32>(at) != 0) at = nextSlot(slots, at);
  store<u32>(at, word);
  segment.count++;
}

/** What stands in the slot of an item. */
function wordOf(table: Table, item: u32, hash: u64): u32 {
  return changetype<usize>(table.entries) != 0 ? item : item | tagOf(hash);
}

/** Puts what is in a slot where it belongs now. */
function addAgain(table: Table, segment: Segment, at: usize): void {
  const word = load<u32>(at);
  if (word == 0) return;
  store<u32>(at, 0);
  segment.count--;
  place(table, word, hashOf(table, word));
}

/** An empty segment, or 0 out of memory. */
function createSegment(depth: u32): usize {
  const at = allocate(SEGMENT_BYTES);
  if (at == 0) return 0;
  memory.fill(at, 0, SEGMENT_BYTES);
  changetype<Segment>(at).depth = depth;
  return at;
}

function segmentOf(table: Table, hash: u64): Segment {
  return changetype<Segment>(<usize>load<u32>(table.at + ((<usize>(<u32>(hash >> 44) & table.mask)) << 2)));
}

function slotsIn(segment: Segment): usize {
  return changetype<usize>(segment) + offsetof<Segment>();
}

/** Enters a segment in the directory wherever hashes agree with this one in as many bits as the segment's do. */
function enter(table: Table, segment: Segment, hash: u64): void {
  const step = (<u32>1) << segment.depth;
  for (let index = <u32>(hash >> 44) & (step - 1); index <= table.mask; index += step) {
    store<u32>(table.at + ((<usize>index) << 2), <u32>changetype<usize>(segment));
  }
}

function split(table: Table, hash: u64): bool {
  const segment = segmentOf(table, hash);
  const depth = segment.depth;
  if (depth == MAX_DEPTH || (table.mask >> depth == 0 && !extendDirectory(table))) return false;
  const other = createSegment(depth + 1);
  if (other == 0) return false;
  segment.depth = depth + 1;
  enter(table, changetype<Segment>(other), hash ^ ((<u64>1) << (44 + depth)));
  // Behind a free slot, and round to it: so none is put where probing will not find it later.
  const slots = slotsIn(segment);
  let free = slots;
  while (load<u32>(free) != 0) free = nextSlot(slots, free);
  for (let at = nextSlot(slots, free); at != free; at = nextSlot(slots, at)) addAgain(table, segment, at);
  return true;
}

/** Joins the segment of a hash with the one that it was split from, as often as both are nearly empty. */
function join(table: Table, hash: u64): void {
  while (true) {
    const segment = segmentOf(table, hash);
    const depth = segment.depth;
    if (depth == 0) return;
    const other = segmentOf(table, hash ^ ((<u64>1) << (43 + depth)));
    if (other.depth != depth || segment.count + other.count >= FEW) return;
    segment.depth = depth - 1;
    enter(table, segment, hash);
    const slots = slotsIn(other);
    for (let at = slots; at < slots + SLOTS * 4; at += 4) addAgain(table, other, at);
    free(changetype<usize>(other), SEGMENT_BYTES);
  }
}

/** Doubles the directory; false, and the table as it was, out of memory. */
function extendDirectory(table: Table): bool {
  const count = table.count;
  if (count == table.capacity && !growList(table)) return false;
  memory.copy(table.at + ((<usize>count) << 2), table.at, count << 2);
  table.count = count * 2;
  table.mask = count * 2 - 1;
  return true;
}
