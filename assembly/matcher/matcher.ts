import { validateTopicFilter } from "../topic";
import { findTarget, insertTarget, removeEntry, Trie } from "../trie/trie";

/** A matcher is a trie of topic filters whose targets are ids. */

/** Its trie, which only the functions here may change. */
export function matcherTrie(matcher: Trie): usize {
  return changetype<usize>(matcher);
}

/** Adds an id at a filter: 1, 0 when it is there already, or a negative status. O(levels). */
export function addId(matcher: Trie, at: usize, length: u32, id: u32): i32 {
  const before = matcher.entries.live;
  const entry = insertTarget(matcher, at, length, id);
  return entry < 0 ? entry : <i32>(matcher.entries.live - before);
}

/** Removes an id from a filter: 1, 0 when it is not there, or a negative status. O(levels), whatever the number of ids. */
export function removeId(matcher: Trie, at: usize, length: u32, id: u32): i32 {
  const status = validateTopicFilter(at, length);
  if (status != 0) return -status;
  const entry = findTarget(matcher, at, length, id);
  removeEntry(matcher, entry);
  return <i32>(entry != 0);
}

/** Removes all; what stays allocated is used again. */
export function clearMatcher(matcher: Trie): void {
  for (let entry: u32 = 1; matcher.entries.live != 0; entry++) removeEntry(matcher, entry);
}
