import { HASH, SLASH } from "../topic";
import { entryAt } from "./entries";
import { Node, nodeBytes, nodeLength, parentOf } from "./nodes";
import { Trie } from "./trie";

/** The target of an entry, which has to be one. */
export function entryTarget(trie: Trie, id: u32): u32 {
  return entryAt(trie.entries, id).target;
}

/** The next entry at the same filter, or 0. */
export function entryNext(trie: Trie, id: u32): u32 {
  return entryAt(trie.entries, id).next;
}

/** Writes the filter or topic name of an entry, which has to be one, and answers its length. */
export function writeText(trie: Trie, id: u32, to: usize): u32 {
  const entry = entryAt(trie.entries, id);
  const root = changetype<usize>(trie.root);
  const last = <usize>(entry.place & ~1);
  let separators: u32 = entry.place & 1;
  let length: u32 = separators;
  for (let at = last; at != root; at = parentOf(changetype<Node>(at))) {
    length += nodeLength(changetype<Node>(at)) + separators;
    separators = 1;
  }
  let end = to + length;
  if ((entry.place & 1) != 0) store<u8>(--end, HASH);
  for (let at = last; at != root; at = parentOf(changetype<Node>(at))) {
    const node = changetype<Node>(at);
    if (end != to + length || at != last) store<u8>(--end, SLASH);
    end -= nodeLength(node);
    memory.copy(end, nodeBytes(node), nodeLength(node));
  }
  return length;
}
