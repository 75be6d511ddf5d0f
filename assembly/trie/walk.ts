import { allocate, free } from "../pool";
import { MAX_WALK_ENTRIES } from "../shared/results";
import { OUT_OF_MEMORY } from "../shared/status";
import { DOLLAR, validateTopicFilter } from "../topic";
import { findChild, firstChildOf, nextSibling } from "./children";
import { Cursor, linkCursor, unlinkCursor } from "./cursors";
import { copyLevels, filterDepth, filterMulti, isPlus, Level, levelOf, splitFilter } from "./levels";
import { Node, PINNED, parentOf } from "./nodes";
import { prune, rootOf, Trie } from "./trie";

/** Nodes that one call visits at most, in preorder, for each entry that it may give. */
const NODES_PER_ENTRY: u32 = 16;

export function cursorOf(id: u32): Cursor {
  return changetype<Cursor>((<usize>id) << 4);
}

/** Where `nextEntries` puts the entries. */
export const walkOutput: usize = memory.data(MAX_WALK_ENTRIES * 4);

/**
 * A cursor in front of the first topic name, or a negative status. The cursor is its address in units of 16 bytes, which is
 * positive wherever it lies.
 */
export function openCursor(trie: Trie, at: usize, length: u32): i32 {
  const status = validateTopicFilter(at, length);
  if (status != 0) return -status;
  splitFilter(at, length);
  const count = filterDepth + filterMulti;
  const levelBytes = count * offsetof<Level>();
  const size = <u32>(offsetof<Cursor>() + levelBytes) + length;
  const block = allocate(size);
  if (block == 0) return -OUT_OF_MEMORY;
  const cursor = changetype<Cursor>(block);
  cursor.trie = changetype<usize>(trie);
  cursor.node = rootOf(trie);
  cursor.depth = 0;
  cursor.multi = filterMulti;
  cursor.levels = filterDepth;
  cursor.size = size;
  linkCursor(cursor);
  const copy = block + offsetof<Cursor>() + levelBytes;
  memory.copy(copy, at, length);
  copyLevels(block + offsetof<Cursor>(), count);
  for (let index: u32 = 0; index < count; index++) levelAt(cursor, index).at += copy - at;
  return <i32>(<u32>block >> 4);
}

/**
 * Gives at most `maximum` further entries, the first of each topic name, and answers how many. The walk is over when
 * `walkIsOver`, not when it answers 0: a call visits a bounded number of nodes.
 */
export function nextEntries(cursor: Cursor, maximum: u32): u32 {
  const start = cursor.node;
  const wanted = min<u32>(maximum, MAX_WALK_ENTRIES);
  let count: u32 = 0;
  for (let budget = wanted * NODES_PER_ENTRY; budget > 0 && count < wanted && cursor.node != 0; budget--) {
    step(cursor);
    if (cursor.node == 0 || cursor.depth < cursor.levels) continue;
    const node = changetype<Node>(cursor.node);
    if (node.entries == 0 || isHidden(cursor, node)) continue;
    store<u32>(walkOutput + ((<usize>count) << 2), node.entries);
    count++;
  }
  if (cursor.node != 0) changetype<Node>(cursor.node).origin |= PINNED;
  if (start != 0) prune(trieOf(cursor), start);
  return count;
}

export function walkIsOver(cursor: Cursor): bool {
  return cursor.node == 0;
}

export function closeCursor(id: u32): void {
  const cursor = cursorOf(id);
  unlinkCursor(cursor);
  if (cursor.node != 0) prune(trieOf(cursor), cursor.node);
  free(changetype<usize>(cursor), cursor.size);
}

function trieOf(cursor: Cursor): Trie {
  return changetype<Trie>(cursor.trie);
}

function levelAt(cursor: Cursor, index: u32): Level {
  return levelOf(changetype<usize>(cursor) + offsetof<Cursor>(), index);
}

/** Goes to the next node that matches the filter as far as it reaches. */
function step(cursor: Cursor): void {
  const child = firstChild(cursor);
  if (child != 0) {
    cursor.node = child;
    cursor.depth++;
    return;
  }
  let node = changetype<Node>(cursor.node);
  for (; cursor.depth > 0; cursor.depth--) {
    const next = nextSibling(node);
    if (next != 0 && takesAllBelow(cursor, cursor.depth - 1)) {
      cursor.node = next;
      return;
    }
    node = changetype<Node>(parentOf(node));
  }
  cursor.node = 0;
}

function firstChild(cursor: Cursor): usize {
  const node = changetype<Node>(cursor.node);
  if (isHidden(cursor, node)) return 0;
  if (takesAllBelow(cursor, cursor.depth)) return firstChildOf(node);
  if (cursor.depth >= cursor.levels) return 0;
  return findChild(trieOf(cursor).edges, cursor.node, levelAt(cursor, cursor.depth));
}

/** Whether the filter takes every child of a node at this depth. */
function takesAllBelow(cursor: Cursor, depth: u32): bool {
  return depth < cursor.levels ? isPlus(levelAt(cursor, depth)) : cursor.multi != 0;
}

/** Whether the node starts with `$` where the filter starts with a wildcard. [MQTT-4.7.2-1] */
function isHidden(cursor: Cursor, node: Node): bool {
  return (node.head & 0xff) == DOLLAR && parentOf(node) == rootOf(trieOf(cursor)) && takesAllBelow(cursor, 0);
}
