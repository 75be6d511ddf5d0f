import { allocate } from "../pool";
import { OUT_OF_MEMORY } from "../shared/status";
import { validateTopicFilter, validateTopicName } from "../topic";
import { addChild, findChild, removeChild } from "./children";
import { isHeld } from "./cursors";
import {
  createEntries,
  createEntry,
  Entries,
  entriesAt,
  entryAt,
  firstOf,
  freeEntry,
  isEntry,
  linkEntry,
  MANY,
  unlinkEntry,
} from "./entries";
import { filterDepth, filterMulti, isPlus, Level, splitFilter, splitLevel } from "./levels";
import { createNode, freeNode, Node, parentOf } from "./nodes";
import { reserveStamp } from "./stamps";
import { addToTable, createTable, findInTable, removeFromTable, Table } from "./table";

/**
 * A trie of topic filters, or of topic names. `#` has no node: its entries hang at the node in front of it, which makes `a/#` match `a`.
 *
 *     +------+----------------+-------+---------+-------+-------+-------+
 *     | root | generation u64 | edges | entries | pairs | nodes | named |   root: a node, in front of the trie's address; generation: counts inserts
 *     +------+----------------+-------+---------+-------+-------+-------+   and removals; pairs: the entries that stand at crowded places;
 *                                                                           nodes: how many, without the root; named: 1 in a trie of topic names
 */
@unmanaged
export class Trie {
  generation: u64;
  edges: Table;
  entries: Entries;
  pairs: Table;
  nodes: u32;
  named: u32;
}

export function rootOf(trie: Trie): usize {
  return changetype<usize>(trie) - offsetof<Node>();
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
  const root = allocate(offsetof<Node>() + offsetof<Trie>());
  const edges = createTable(changetype<Entries>(0));
  const entries = createEntries();
  const pairs = createTable(changetype<Entries>(entries));
  if (root == 0 || edges == 0 || entries == 0 || pairs == 0) return 0;
  memory.fill(root, 0, offsetof<Node>() + offsetof<Trie>());
  const at = root + offsetof<Node>();
  const trie = changetype<Trie>(at);
  trie.edges = changetype<Table>(edges);
  trie.entries = changetype<Entries>(entries);
  trie.pairs = changetype<Table>(pairs);
  trie.named = named;
  return at;
}

/** The entry of a target at a filter, made when there is none; or a negative status. O(levels), and 4 bytes for each target up to the largest. */
export function insertFilter(trie: Trie, at: usize, length: u32, target: u32): i32 {
  return reserveStamp(target) ? insertTarget(trie, at, length, target) : -OUT_OF_MEMORY;
}

/** The same with any target, in a trie that `matchFlags` is never asked about. */
export function insertTarget(trie: Trie, at: usize, length: u32, target: u32): i32 {
  const status = validateTopicFilter(at, length);
  return status != 0 ? -status : insertSplit(trie, at, length, target);
}

/** The entry at a topic name, made when there is none; or a negative status. O(levels). */
export function insertName(trie: Trie, at: usize, length: u32): i32 {
  const status = validateTopicName(at, length);
  return status != 0 ? -status : insertSplit(trie, at, length, 0);
}

/** The entry of a target at a filter, or 0. O(levels), whatever the number of targets. */
export function findTarget(trie: Trie, at: usize, length: u32, target: u32): u32 {
  const place = findPlace(trie, at, length);
  return place == 0 ? 0 : findAt(trie, place, target);
}

/** The first entry at exactly this filter or topic name, or 0. */
export function findEntry(trie: Trie, at: usize, length: u32): u32 {
  const place = findPlace(trie, at, length);
  return place == 0 ? 0 : firstOf(entriesAt(place));
}

/** Removes an entry; nothing happens when there is no such entry. O(levels), whatever the number of entries beside it. */
export function removeEntry(trie: Trie, id: u32): void {
  if (!isEntry(trie.entries, id)) return;
  if ((entriesAt(entryAt(trie.entries, id).place) & MANY) != 0) removeFromTable(trie.pairs, id);
  const node = unlinkEntry(trie.entries, id);
  freeEntry(trie.entries, id);
  trie.generation++;
  prune(trie, node);
}

/** Frees this node and those above it as far as they are empty. */
export function prune(trie: Trie, at: usize): void {
  while (at != rootOf(trie)) {
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

function insertSplit(trie: Trie, at: usize, length: u32, target: u32): i32 {
  splitFilter(at, length);
  const node = reachNode(trie, filterDepth);
  if (node == 0) return -OUT_OF_MEMORY;
  const place = <u32>node | filterMulti;
  const known = findAt(trie, place, target);
  if (known != 0) return <i32>known;
  const id = createEntry(trie.entries, place, target);
  if (id == 0 || !addPair(trie, id)) {
    if (id != 0) freeEntry(trie.entries, id);
    prune(trie, node);
    return -OUT_OF_MEMORY;
  }
  linkEntry(trie.entries, id);
  trie.generation++;
  return <i32>id;
}

/** Puts an entry that is going to be at a crowded place in the table of those; false out of memory. */
function addPair(trie: Trie, id: u32): bool {
  const first = entriesAt(entryAt(trie.entries, id).place);
  return first == 0 || addToTable(trie.pairs, (first & MANY) != 0 ? 0 : first, id);
}

/** The place of a filter or topic name, or 0. */
function findPlace(trie: Trie, at: usize, length: u32): u32 {
  const status = trie.named != 0 ? validateTopicName(at, length) : validateTopicFilter(at, length);
  if (status != 0) return 0;
  splitFilter(at, length);
  const node = findNode(trie, filterDepth);
  return node == 0 ? 0 : <u32>node | filterMulti;
}

function findAt(trie: Trie, place: u32, target: u32): u32 {
  const first = entriesAt(place);
  if ((first & MANY) != 0) return findInTable(trie.pairs, place, target);
  return first != 0 && entryAt(trie.entries, first).target == target ? first : 0;
}

/** The node at the first `depth` levels of the last split, or 0. */
function findNode(trie: Trie, depth: u32): usize {
  let at = rootOf(trie);
  for (let index: u32 = 0; index < depth && at != 0; index++) at = childAt(trie, at, splitLevel(index));
  return at;
}

/** The same, made where it is missing; 0, and nothing left of it, out of memory. */
function reachNode(trie: Trie, depth: u32): usize {
  let at = rootOf(trie);
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
