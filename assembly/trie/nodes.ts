import { allocate, free } from "../pool";
import { sameBytes } from "../words";
import { Level } from "./levels";

/** In `origin`: the level is long; a cursor stands here or did. */
const LONG: u32 = 1;
export const PINNED: u32 = 2;
const FLAGS: u32 = LONG | PINNED;
/** In `children`: they stand in the table of edges. */
export const HASHED: u32 = 1;

/**
 * A node stands for one level of at least one filter or topic name. Its address, a multiple of 32, is its identity. Topic names have no
 * wildcards, and only they are walked, so the last two words are one thing in a trie of filters and another in one of names.
 *
 *     +----------+----------+------------+--------------+-------------+---------------------------+--------------------------------+
 *     | head u64 | tail u32 | origin u32 | children u32 | entries u32 | plusChild or nextSibling  | multiEntries or previousSibling|
 *     +----------+----------+------------+--------------+-------------+---------------------------+--------------------------------+
 *
 * - head, tail: the bytes of the level as in Level, which holds no zero byte. Of a long level, tail is where its length (u32) and
 *   all of its bytes are.
 * - origin: the parent, and in its low bits LONG and PINNED. While a cursor stands at a node it stays even when it is empty.
 * - children: without HASHED, the only child, or 0. With it, of a filter the number of children times 2, of a name the first child.
 * - entries, multiEntries: entries of the filter that ends here, and of that with `/#` behind it (which has no node): see entries.ts.
 * - plusChild: the node of `+` below this one; it is none of its children.
 */
@unmanaged
export class Node {
  head: u64;
  tail: u32;
  origin: u32;
  children: u32;
  entries: u32;
  plusChild: u32;
  multiEntries: u32;
}

/** A node of this level below a parent, which does not know of it yet; 0 out of memory. */
export function createNode(level: Level, parent: usize): usize {
  const at = allocate(offsetof<Node>());
  if (at == 0) return 0;
  const node = changetype<Node>(at);
  node.head = level.head;
  node.tail = level.tail;
  node.origin = <u32>parent | level.isLong;
  node.children = 0;
  node.entries = 0;
  node.plusChild = 0;
  node.multiEntries = 0;
  if (level.isLong == 0) return at;
  const copy = allocate(level.length + 4);
  if (copy == 0) {
    free(at, offsetof<Node>());
    return 0;
  }
  store<u32>(copy, level.length);
  memory.copy(copy + 4, level.at, level.length);
  node.tail = <u32>copy;
  return at;
}

export function freeNode(node: Node): void {
  if ((node.origin & LONG) != 0) free(node.tail, load<u32>(node.tail) + 4);
  free(changetype<usize>(node), offsetof<Node>());
}

export function parentOf(node: Node): usize {
  return <usize>(node.origin & ~FLAGS);
}

/** Where the bytes of the node's level are. */
export function nodeBytes(node: Node): usize {
  return (node.origin & LONG) != 0 ? <usize>node.tail + 4 : changetype<usize>(node);
}

export function nodeLength(node: Node): u32 {
  if ((node.origin & LONG) != 0) return load<u32>(node.tail);
  return 12 - <u32>(node.tail != 0 ? clz<u32>(node.tail) >> 3 : 4 + (clz<u64>(node.head) >> 3));
}

/** Whether this node is the child of `parent` at this level. */
export function isChildAt(node: Node, parent: usize, level: Level): bool {
  if (node.head != level.head || (node.origin & ~PINNED) != (<u32>parent | level.isLong)) return false;
  if (level.isLong == 0) return node.tail == level.tail;
  return load<u32>(node.tail) == level.length && sameBytes(node.tail + 4, level.at, level.length);
}
