import { HASH, SLASH } from "../topic";
import { entryAt } from "./entries";
import { Node, nodeBytes, nodeLength, parentOf } from "./nodes";
import { rootOf, Trie } from "./trie";

/** The target of an entry, which has to be one. */
export function entryTarget(trie: Trie, id: u32): u32 {
  return entryAt(trie.entries, id).target;
}

/** The next entry at the same filter, or 0. */
export function entryNext(trie: Trie, id: u32): u32 {
  return entryAt(trie.entries, id).next;
}

/** Writes the filter or topic name of an entry, which has to be one, and answers its length. Writes up to 1 byte past its end. */
export function writeText(trie: Trie, id: u32, to: usize): u32 {
  const place = entryAt(trie.entries, id).place;
  const root = rootOf(trie);
  const multi = place & 1;
  const last = <usize>(place - multi);
  let length = multi * 2;
  for (let at = last; at != root; at = parentOf(changetype<Node>(at))) length += nodeLength(changetype<Node>(at)) + 1;
  // From the end, with a slash behind each level.
  let end = to + length;
  if (multi != 0) {
    end -= 2;
    store<u8>(end, HASH);
  }
  for (let at = last; at != root; at = parentOf(changetype<Node>(at))) {
    const levelLength = nodeLength(changetype<Node>(at));
    store<u8>(--end, SLASH);
    end -= levelLength;
    memory.copy(end, nodeBytes(changetype<Node>(at)), levelLength);
  }
  return length - 1;
}
