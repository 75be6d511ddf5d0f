import { createListIn, growList, List } from "../list";
import { allocate } from "../pool";
import { Node } from "./nodes";

const PAGE_BYTES: u32 = 65536;
const PAGE_SHIFT: u32 = 12;
const PAGE_ENTRIES: u32 = 1 << PAGE_SHIFT;

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
 *     +------+-----+-----------+------+
 *     | List | top | firstFree | live |   List: the address of each page; top: no entry from there on was ever used; live: how many there are
 *     +------+-----+-----------+------+
 */
@unmanaged
export class Entries extends List {
  top: u32;
  firstFree: u32;
  live: u32;
}

/**
 * What a node says of the entries at a place: 0, or the first one, with MANY when there are more or were more: those stand in a table by
 * their targets (see trie.ts). Who finds the only entry has no need to look at it.
 */
export const MANY: u32 = 1 << 31;

/** Bytes of all pages that hold no entry. */
let spare: u32 = 0;

export function spareEntryBytes(): u32 {
  return spare;
}

/** No entries yet, or 0 out of memory. */
export function createEntries(): usize {
  const at = createListIn(offsetof<Entries>());
  if (at == 0) return 0;
  const entries = changetype<Entries>(at);
  entries.top = 1;
  entries.firstFree = 0;
  entries.live = 0;
  return at;
}

export function entryAt(entries: Entries, id: u32): Entry {
  const page = <usize>load<u32>(entries.at + ((<usize>(id >> PAGE_SHIFT)) << 2));
  return changetype<Entry>(page + ((<usize>(id & (PAGE_ENTRIES - 1))) << 4));
}

export function isEntry(entries: Entries, id: u32): bool {
  return id > 0 && id < entries.top && entryAt(entries, id).place != 0;
}

/** An entry of a place that is not linked there, or 0 out of memory. */
export function createEntry(entries: Entries, place: u32, target: u32): u32 {
  let id = entries.firstFree;
  if (id != 0) entries.firstFree = entryAt(entries, id).next;
  else {
    id = entries.top;
    if (id >> PAGE_SHIFT == entries.count && !addPage(entries)) return 0;
    entries.top = id + 1;
  }
  const entry = entryAt(entries, id);
  entry.target = target;
  entry.place = place;
  entries.live++;
  spare -= offsetof<Entry>();
  return id;
}

export function freeEntry(entries: Entries, id: u32): void {
  const entry = entryAt(entries, id);
  entry.place = 0;
  entry.next = entries.firstFree;
  entries.firstFree = id;
  entries.live--;
  spare += offsetof<Entry>();
}

/** The first of what a node says, or 0. */
export function firstOf(word: u32): u32 {
  return word & ~MANY;
}

/** What the node says of the entries at a place. */
export function entriesAt(place: u32): u32 {
  return load<u32>(wordAt(place));
}

/** Puts the entry in front of those at its place. */
export function linkEntry(entries: Entries, id: u32): void {
  const entry = entryAt(entries, id);
  const next = firstOf(entriesAt(entry.place));
  entry.next = next;
  entry.previous = 0;
  if (next != 0) entryAt(entries, next).previous = id;
  store<u32>(wordAt(entry.place), next != 0 ? id | MANY : id);
}

/** Takes the entry from its place and answers the node there. */
export function unlinkEntry(entries: Entries, id: u32): usize {
  const entry = entryAt(entries, id);
  const next = entry.next;
  const previous = entry.previous;
  if (next != 0) entryAt(entries, next).previous = previous;
  if (previous != 0) entryAt(entries, previous).next = next;
  else store<u32>(wordAt(entry.place), next != 0 ? next | MANY : 0);
  return <usize>(entry.place & ~1);
}

/** Where the node says of the entries at a place. */
function wordAt(place: u32): usize {
  const field = offsetof<Node>("entries") + (place & 1) * (offsetof<Node>("multiEntries") - offsetof<Node>("entries"));
  return <usize>(place & ~1) + field;
}

function addPage(pages: List): bool {
  if (pages.count == pages.capacity && !growList(pages)) return false;
  const at = allocate(PAGE_BYTES);
  if (at == 0) return false;
  store<u32>(pages.at + ((<usize>pages.count) << 2), <u32>at);
  pages.count++;
  spare += PAGE_BYTES;
  return true;
}
