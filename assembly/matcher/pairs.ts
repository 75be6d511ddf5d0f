import { entryAt } from "../trie/entries";
import { hashPlace, Table } from "../trie/table";
import { Trie } from "../trie/trie";

/** A set of (topic filter, id): a trie whose targets are any 32-bit ids, and a table that finds the entry of (place, id). */
@unmanaged
export class Matcher {
  trie: Trie;
  pairs: Table;
}

/** The entry of an id at a place, or 0. */
export function findPair(matcher: Matcher, place: u32, id: u32): u32 {
  const pairs = matcher.pairs;
  let index = hashPlace(place, id);
  while (true) {
    const value = load<u32>(pairs.slots + ((<usize>(index & pairs.mask)) << 2));
    if (value == 0) return 0;
    const entry = entryAt(pairs.entries, value);
    if (entry.place == place && entry.target == id) return value;
    index++;
  }
}
