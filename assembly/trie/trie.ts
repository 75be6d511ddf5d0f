import { allocate } from "../pool";
import { OUT_OF_MEMORY } from "../shared/status";
import { validateTopicFilter, validateTopicName } from "../topic";
import { addChild, findChild, removeChild } from "./children";
import { isHeld } from "./cursors";
import {
  createEntry,
  Entries,
  firstOf,
  freeEntry,
  initializeEntries,
  isEntry,
  linkEntry,
  unlinkEntry,
} from "./entries";
import { isHash, isPlus, Level, splitLevel, splitLevels } from "./levels";
import { createNode, freeNode, Node, parentOf } from "./nodes";
import { reserveStamp } from "./stamps";
import { createTable, Table } from "./table";

/**
 * A trie of topic filters, or of topic names. `#` has no node: its entries hang at the node in front of it, which makes `a/#` match `a`.
 *
 *     +----------------+------+-------+---------+-------+-------+
 *     | generation u64 | root | edges | entries | nodes | named |   generation: counts inserts and removals; nodes: how many, without
 *     +----------------+------+-------+---------+-------+-------+   the root; named: 1 in a trie of topic names
 */
@unmanaged
export class Trie {
  generation: u64;
  root: Node;
  edges: Table;
  entries: Entries;
  nodes: u32;
  named: u32;
}

/** An empty trie of topic filters, or 0 out of memory. */
export function createTrie(): usize {
  return createTrieOf(0);
}

/** An empty trie of topic names, which can be walked and not matched; or 0 out of memory. */
export function createNameTrie(): usize {
  return createTrieOf(1);
}

function createTrieOf(named: u32): usize {
  const at = allocate(offsetof<Trie>());
  const root = allocate(offsetof<Node>());
  const edges = createTable(changetype<Entries>(0));
  const entries = allocate(offsetof<Entries>());
  if (at == 0 || root == 0 || edges == 0 || entries == 0) return 0;
  memory.fill(root, 0, offsetof<Node>());
  const trie = changetype<Trie>(at);
  trie.generation = 0;
  trie.root = changetype<Node>(root);
  trie.edges = changetype<Table>(edges);
  trie.entries = changetype<Entries>(entries);
  trie.nodes = 0;
  trie.named = named;
  return initializeEntries(trie.entries) ? at : 0;
}

/** Adds a target at a filter: the new entry, or a negative status. O(levels), and 4 bytes for each target up to the largest. */
export function insertFilter(trie: Trie, at: usize, length: u32, target: u32): i32 {
  const status = validateTopicFilter(at, length);
  if (status != 0) return -status;
  return reserveStamp(target) ? insertLevels(trie, splitLevels(at, length), target) : -OUT_OF_MEMORY;
}

/** The same with any target, in a trie that `matchFlags` is never asked about. */
export function insertTarget(trie: Trie, at: usize, length: u32, target: u32): i32 {
  const status = validateTopicFilter(at, length);
  return status != 0 ? -status : insertLevels(trie, splitLevels(at, length), target);
}

/** The entry at a topic name, which is made when there is none; or a negative status. O(levels). */
export function insertName(trie: Trie, at: usize, length: u32): i32 {
  const status = validateTopicName(at, length);
  if (status != 0) return -status;
  const count = splitLevels(at, length);
  const node = findNode(trie, count);
  if (node != 0 && changetype<Node>(node).entries != 0) return <i32>changetype<Node>(node).entries; // the only one
  return insertLevels(trie, count, 0);
}

/** The first entry at exactly this filter or topic name, or 0. */
export function findEntry(trie: Trie, at: usize, length: u32): u32 {
  const status = trie.named != 0 ? validateTopicName(at, length) : validateTopicFilter(at, length);
  if (status != 0) return 0;
  const count = splitLevels(at, length);
  const multi = isHash(splitLevel(count - 1));
  const found = findNode(trie, count - <u32>multi);
  if (found == 0) return 0;
  const node = changetype<Node>(found);
  return firstOf(multi ? node.multiEntries : node.entries);
}

/** Removes an entry; nothing happens when there is no such entry. O(levels), whatever the number of entries beside it. */
export function removeEntry(trie: Trie, id: u32): void {
  if (!isEntry(trie.entries, id)) return;
  const node = unlinkEntry(trie.entries, id);
  freeEntry(trie.entries, id);
  trie.generation++;
  prune(trie, node);
}

/** Frees this node and those above it as far as they are empty. */
export function prune(trie: Trie, at: usize): void {
  while (at != changetype<usize>(trie.root)) {
    const node = changetype<Node>(at);
    if ((node.entries | node.children) != 0) return;
    if (trie.named != 0 ? isHeld(node) : (node.plusChild | node.multiEntries) != 0) return;
    const parent = parentOf(node);
    if (changetype<Node>(parent).plusChild == <u32>at) changetype<Node>(parent).plusChild = 0;
    else removeChild(trie.edges, at, trie.named != 0);
    freeNode(node);
    trie.nodes--;
    at = parent;
  }
}

function insertLevels(trie: Trie, count: u32, target: u32): i32 {
  const id = createEntry(trie.entries, target);
  if (id == 0) return -OUT_OF_MEMORY;
  const multi = isHash(splitLevel(count - 1));
  const node = reachNode(trie, count - <u32>multi);
  if (node == 0) {
    freeEntry(trie.entries, id);
    return -OUT_OF_MEMORY;
  }
  linkEntry(trie.entries, id, changetype<Node>(node), multi);
  trie.generation++;
  return <i32>id;
}

/** The node at the first `depth` levels of the last split, or 0. */
function findNode(trie: Trie, depth: u32): usize {
  let at = changetype<usize>(trie.root);
  for (let index: u32 = 0; index < depth && at != 0; index++) at = childAt(trie, at, splitLevel(index));
  return at;
}

/** The same, made where it is missing; 0, and nothing left of it, out of memory. */
function reachNode(trie: Trie, depth: u32): usize {
  let at = changetype<usize>(trie.root);
  for (let index: u32 = 0; index < depth; index++) {
    const level = splitLevel(index);
    let child = childAt(trie, at, level);
    if (child == 0) child = makeChild(trie, at, level);
    if (child == 0) {
      prune(trie, at);
      return 0;
    }
    at = child;
  }
  return at;
}

function childAt(trie: Trie, parent: usize, level: Level): usize {
  return isPlus(level) ? <usize>changetype<Node>(parent).plusChild : findChild(trie.edges, parent, level);
}

function makeChild(trie: Trie, parent: usize, level: Level): usize {
  const at = createNode(level, parent);
  if (at == 0) return 0;
  if (isPlus(level)) changetype<Node>(parent).plusChild = <u32>at;
  else if (!addChild(trie.edges, at, trie.named != 0)) {
    freeNode(changetype<Node>(at));
    return 0;
  }
  trie.nodes++;
  return at;
}
