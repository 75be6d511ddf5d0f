import { allocate } from "../pool";
import { OUT_OF_MEMORY } from "../shared/status";
import { validateTopicFilter } from "../topic";
import { entryAt, isEntry } from "../trie/entries";
import { addToTable, createTable, removeFromTable, reserveSlots, Table } from "../trie/table";
import { createTrie, findEntry, insertTarget, removeEntry, Trie } from "../trie/trie";
import { findPair, Matcher } from "./pairs";

/** An empty matcher, or 0 out of memory. */
export function createMatcher(): usize {
  const at = allocate(offsetof<Matcher>());
  const trie = createTrie();
  if (at == 0 || trie == 0) return 0;
  const pairs = createTable(changetype<Trie>(trie).entries);
  changetype<Matcher>(at).trie = changetype<Trie>(trie);
  changetype<Matcher>(at).pairs = changetype<Table>(pairs);
  return pairs != 0 ? at : 0;
}

/** The trie of its filters, which only the functions here may change. */
export function matcherTrie(matcher: Matcher): usize {
  return changetype<usize>(matcher.trie);
}

/** Adds an id at a filter: 1, 0 when it is there already, or a negative status. O(levels). */
export function addId(matcher: Matcher, at: usize, length: u32, id: u32): i32 {
  if (findId(matcher, at, length, id) != 0) return 0;
  if (!reserveSlots(matcher.pairs)) return -OUT_OF_MEMORY;
  const entry = insertTarget(matcher.trie, at, length, id);
  if (entry < 0) return entry;
  addToTable(matcher.pairs, entry);
  return 1;
}

/** Removes an id from a filter: 1, 0 when it is not there, or a negative status. O(levels), whatever the number of ids. */
export function removeId(matcher: Matcher, at: usize, length: u32, id: u32): i32 {
  const status = validateTopicFilter(at, length);
  if (status != 0) return -status;
  const entry = findId(matcher, at, length, id);
  if (entry == 0) return 0;
  remove(matcher, entry);
  return 1;
}

/** The entry of an id at a filter, or 0. */
export function findId(matcher: Matcher, at: usize, length: u32, id: u32): u32 {
  const first = findEntry(matcher.trie, at, length);
  return first == 0 ? 0 : findPair(matcher, entryAt(matcher.trie.entries, first).place, id);
}

/** Removes all; what stays allocated is used again. */
export function clearMatcher(matcher: Matcher): void {
  const entries = matcher.trie.entries;
  for (let entry: u32 = 1; entries.count != 0; entry++) {
    if (isEntry(entries, entry)) remove(matcher, entry);
  }
}

function remove(matcher: Matcher, entry: u32): void {
  removeFromTable(matcher.pairs, entry);
  removeEntry(matcher.trie, entry);
}
