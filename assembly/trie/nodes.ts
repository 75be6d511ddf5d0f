import { allocate, free } from "../pool";
import { clearWords, sameBytes } from "../words";
import { INLINE_BYTES, Level } from "./levels";

/**
 * A node stands for one level of at least one filter. Its address is its identity.
 *
 *     +----------+-------------+---------------+-------------+-------------+
 *     | head u64 | tail u32    | length u32    | parent      | plusChild   |
 *     +----------+-------------+---------------+-------------+-------------+
 *     | firstChild | nextSibling | previousSibling | entries | multiEntries | pins |   48 bytes
 *     +------------+-------------+-----------------+---------+--------------+------+
 *
 * - head, tail, length: the bytes of the level as in Level; above INLINE_BYTES, tail is the address of a copy of all of them.
 * - plusChild: the node of `+` below this one; it is no sibling of the other children.
 * - entries, multiEntries: first entry of the filter that ends here, and of that with `/#` behind it (which has no node).
 * - pins: cursors that stand here; a pinned node stays even when it is empty.
 */
@unmanaged
export class Node {
  head: u64;
  tail: u32;
  length: u32;
  parent: usize;
  plusChild: usize;
  firstChild: usize;
  nextSibling: usize;
  previousSibling: usize;
  entries: u32;
  multiEntries: u32;
  pins: u32;
}

/** A node of this level, linked to nothing; 0 out of memory. */
export function createNode(level: Level): usize {
  const at = allocate(offsetof<Node>());
  if (at == 0) return 0;
  clearWords(at, offsetof<Node>());
  const node = changetype<Node>(at);
  node.head = level.head;
  node.tail = level.tail;
  node.length = level.length;
  if (level.length <= INLINE_BYTES) return at;
  const copy = allocate(level.length);
  if (copy == 0) {
    free(at, offsetof<Node>());
    return 0;
  }
  memory.copy(copy, level.at, level.length);
  node.tail = <u32>copy;
  return at;
}

export function freeNode(node: Node): void {
  if (node.length > INLINE_BYTES) free(node.tail, node.length);
  free(changetype<usize>(node), offsetof<Node>());
}

/** Where the bytes of the node's level are. */
export function nodeBytes(node: Node): usize {
  return node.length > INLINE_BYTES ? <usize>node.tail : changetype<usize>(node);
}

/** Whether this node is the child of `parent` at this level. */
export function isChildAt(node: Node, parent: usize, level: Level): bool {
  if (node.parent != parent || node.head != level.head || node.length != level.length) return false;
  if (level.length > INLINE_BYTES) return sameBytes(node.tail, level.at, level.length);
  return node.tail == level.tail;
}

export function isEmpty(node: Node): bool {
  return (node.entries | node.multiEntries | node.pins | <u32>node.firstChild | <u32>node.plusChild) == 0;
}

/** Puts a new node in front of its siblings, or in the place of the parent's `+`. */
export function linkNode(node: Node, parent: Node, plus: bool): void {
  node.parent = changetype<usize>(parent);
  const at = changetype<usize>(node);
  if (plus) {
    parent.plusChild = at;
    return;
  }
  const next = parent.firstChild;
  node.nextSibling = next;
  if (next != 0) changetype<Node>(next).previousSibling = at;
  parent.firstChild = at;
}

export function unlinkNode(node: Node): void {
  const parent = changetype<Node>(node.parent);
  if (parent.plusChild == changetype<usize>(node)) {
    parent.plusChild = 0;
    return;
  }
  const next = node.nextSibling;
  const previous = node.previousSibling;
  if (next != 0) changetype<Node>(next).previousSibling = previous;
  if (previous != 0) changetype<Node>(previous).nextSibling = next;
  else parent.firstChild = next;
}
