import { Node, PINNED } from "./nodes";

/**
 * A walk over the topic names in a trie that match a filter. Between two calls it holds one node, the last one visited; all else follows
 * from parent pointers, so that anything else may come and go.
 *
 *     +------+------+-------+--------+-------+------+------+----------+--------+-------------+
 *     | trie | node | depth | levels | multi | size | next | previous | Level… | filter byte…|
 *     +------+------+-------+--------+-------+------+------+----------+--------+-------------+
 *
 * node: 0 when the walk is over; depth: of that node, the root having 0; levels: of the filter, without `#`; multi: 1 with `#`;
 * size: of all this in bytes; next, previous: its neighbours among all cursors.
 */
@unmanaged
export class Cursor {
  trie: usize;
  node: usize;
  depth: u32;
  levels: u32;
  multi: u32;
  size: u32;
  next: usize;
  previous: usize;
}

let first: usize = 0;

export function linkCursor(cursor: Cursor): void {
  cursor.next = first;
  cursor.previous = 0;
  if (first != 0) changetype<Cursor>(first).previous = changetype<usize>(cursor);
  first = changetype<usize>(cursor);
}

export function unlinkCursor(cursor: Cursor): void {
  const next = cursor.next;
  const previous = cursor.previous;
  if (next != 0) changetype<Cursor>(next).previous = previous;
  if (previous != 0) changetype<Cursor>(previous).next = next;
  else first = next;
}

/** Whether a cursor stands at a node: O(1) where none ever stood, O(cursors) where one did. */
export function isHeld(node: Node): bool {
  if ((node.origin & PINNED) == 0) return false;
  for (let at = first; at != 0; at = changetype<Cursor>(at).next) {
    if (changetype<Cursor>(at).node == changetype<usize>(node)) return true;
  }
  return false;
}
