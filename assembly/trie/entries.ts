import { allocate, free } from "../pool";
import { Node } from "./nodes";

const PAGE_BYTES: u32 = 65536;
const PAGE_SHIFT: u32 = 12;
const PAGE_ENTRIES: u32 = 1 << PAGE_SHIFT;
const FIRST_PAGES: u32 = 16;

/**
 * An entry: one target at one filter. Its identity is a small integer above 0, used again once it is freed.
 *
 *     +--------+------+------+----------+   place: the address of its node, plus 1 for `#` below that node; 0 when it is free
 *     | target | place| next | previous |   next, previous: its neighbours at this place; next of a free entry: the next free one
 *     +--------+------+------+----------+   16 bytes
 */
@unmanaged
export class Entry {
  target: u32;
  place: u32;
  next: u32;
  previous: u32;
}

/**
 * The entries of one trie, in pages of 4,096 that never move and are never given back.
 *
 *     +-----------+----------+-----+-----------+-------+
 *     | directory | capacity | top | firstFree | count |   directory: the address of each page; capacity in pages;
 *     +-----------+----------+-----+-----------+-------+   top: no entry from there on was ever used
 */
@unmanaged
export class Entries {
  directory: usize;
  capacity: u32;
  top: u32;
  firstFree: u32;
  count: u32;
}

/** Bytes of all pages that hold no entry. */
let spare: u64 = 0;

export function spareEntryBytes(): u64 {
  return spare;
}

/** False when out of memory. */
export function initializeEntries(entries: Entries): bool {
  entries.capacity = FIRST_PAGES;
  entries.top = 1;
  entries.firstFree = 0;
  entries.count = 0;
  entries.directory = allocate(FIRST_PAGES * 4);
  if (entries.directory == 0) return false;
  memory.fill(entries.directory, 0, FIRST_PAGES * 4);
  return true;
}

export function entryAt(entries: Entries, id: u32): Entry {
  const page = <usize>load<u32>(entries.directory + ((<usize>(id >> PAGE_SHIFT)) << 2));
  return changetype<Entry>(page + ((<usize>(id & (PAGE_ENTRIES - 1))) << 4));
}

export function isEntry(entries: Entries, id: u32): bool {
  return id > 0 && id < entries.top && entryAt(entries, id).place != 0;
}

/** An entry that is linked to nothing, or 0 out of memory. */
export function createEntry(entries: Entries, target: u32): u32 {
  let id = entries.firstFree;
  if (id != 0) entries.firstFree = entryAt(entries, id).next;
  else {
    id = entries.top;
    if (!reservePage(entries, id >> PAGE_SHIFT)) return 0;
    entries.top = id + 1;
  }
  entryAt(entries, id).target = target;
  entries.count++;
  spare -= offsetof<Entry>();
  return id;
}

export function freeEntry(entries: Entries, id: u32): void {
  const entry = entryAt(entries, id);
  entry.place = 0;
  entry.next = entries.firstFree;
  entries.firstFree = id;
  entries.count--;
  spare += offsetof<Entry>();
}

/** Puts the entry in front of those at its place. */
export function linkEntry(entries: Entries, id: u32, node: Node, multi: bool): void {
  const entry = entryAt(entries, id);
  const next = multi ? node.multiEntries : node.entries;
  entry.place = <u32>changetype<usize>(node) | <u32>multi;
  entry.next = next;
  entry.previous = 0;
  if (next != 0) entryAt(entries, next).previous = id;
  setFirst(entry, id);
}

/** Takes the entry from its place and answers the node there. */
export function unlinkEntry(entries: Entries, id: u32): usize {
  const entry = entryAt(entries, id);
  if (entry.next != 0) entryAt(entries, entry.next).previous = entry.previous;
  if (entry.previous != 0) entryAt(entries, entry.previous).next = entry.next;
  else setFirst(entry, entry.next);
  return <usize>(entry.place & ~1);
}

function setFirst(entry: Entry, id: u32): void {
  const node = changetype<Node>(<usize>(entry.place & ~1));
  if ((entry.place & 1) != 0) node.multiEntries = id;
  else node.entries = id;
}

function reservePage(entries: Entries, page: u32): bool {
  if (page >= entries.capacity && !growDirectory(entries)) return false;
  const slot = entries.directory + ((<usize>page) << 2);
  if (load<u32>(slot) != 0) return true;
  const at = allocate(PAGE_BYTES);
  store<u32>(slot, <u32>at);
  if (at == 0) return false;
  spare += PAGE_BYTES;
  return true;
}

function growDirectory(entries: Entries): bool {
  const bytes = entries.capacity * 4;
  const directory = allocate(bytes * 2);
  if (directory == 0) return false;
  memory.copy(directory, entries.directory, bytes);
  memory.fill(directory + bytes, 0, bytes);
  free(entries.directory, bytes);
  entries.directory = directory;
  entries.capacity *= 2;
  return true;
}
