import { growList, List } from "../list";
import { ROUTES_OVERLAP } from "../shared/records";
import { OUT_OF_MEMORY } from "../shared/status";
import { DOLLAR } from "../topic";
import { findChild } from "./children";
import { Entries, entryAt, firstOf, MANY } from "./entries";
import { splitLevel, splitLevels } from "./levels";
import { Node } from "./nodes";
import { beginStamps, stamp } from "./stamps";
import { Table } from "./table";
import { rootOf, Trie } from "./trie";

/** Up to so many targets are compared with each other, which takes less than the stamps of targets that no cache holds. */
const FEW: u32 = 6;

let edges: Table = changetype<Table>(0);
let entries: Entries = changetype<Entries>(0);
let list: List = changetype<List>(0);
let depthOfTopic: u32 = 0;
let filters: u32 = 0;
let visited: u32 = 0;
let exhausted: bool = false;

/**
 * Puts the entries of all filters that match a valid topic name into the list: 0 or OUT_OF_MEMORY.
 * [MQTT-3.3.2-3] [MQTT-3.3.2-3 of 3.1.1]
 */
export function matchTopic(trie: Trie, target: List, at: usize, length: u32): i32 {
  edges = trie.edges;
  entries = trie.entries;
  list = target;
  list.count = 0;
  filters = 0;
  exhausted = false;
  depthOfTopic = splitLevels(at, length);
  const root = rootOf(trie);
  if (load<u8>(at) != DOLLAR) descend(root, 0);
  else {
    const child = findChild(edges, root, splitLevel(0)); // [MQTT-4.7.2-1] [MQTT-4.7.2-1 of 3.1.1]
    if (child != 0) descend(child, 1);
  }
  return exhausted ? OUT_OF_MEMORY : 0;
}

/** How many filters the last match found. */
export function matchedFilters(): u32 {
  return filters;
}

/** How many nodes all matches together have looked at; it starts again at 0 some time. */
export function visitedNodes(): u32 {
  return visited;
}

/** Flags of the last match: whether a target appears more than once. Entries of one filter have distinct targets. */
export function matchFlags(): u32 {
  if (filters < 2) return 0;
  return (list.count <= FEW ? hasTwice() : hasTwiceOfMany()) ? ROUTES_OVERLAP : 0;
}

/** Compares all targets with each other. */
function hasTwice(): bool {
  for (let i: u32 = 1; i < list.count; i++) {
    const target = targetAt(i);
    for (let j: u32 = 0; j < i; j++) if (targetAt(j) == target) return true;
  }
  return false;
}

function hasTwiceOfMany(): bool {
  beginStamps();
  for (let i: u32 = 0; i < list.count; i++) if (stamp(targetAt(i))) return true;
  return false;
}

function targetAt(index: u32): u32 {
  return entryAt(entries, load<u32>(list.at + ((<usize>index) << 2))).target;
}

/** Collects what matches at this node, which stands for the first `depth` levels, and below it. */
function descend(at: usize, depth: u32): void {
  while (at != 0) {
    // matcher.wasm, which is built for size, has nobody who asks.
    if (ASC_SHRINK_LEVEL == 0) visited++;
    const node = changetype<Node>(at);
    if (node.multiEntries != 0) collect(node.multiEntries);
    if (depth == depthOfTopic) {
      if (node.entries != 0) collect(node.entries);
      return;
    }
    // Before the other branch, so that a processor waits for the memory of both at once.
    const child = findChild(edges, at, splitLevel(depth));
    depth++;
    if (node.plusChild != 0) descend(<usize>node.plusChild, depth);
    at = child;
  }
}

/** Appends the entries at a place. */
function collect(place: u32): void {
  filters++;
  let id = firstOf(place);
  do {
    if (list.count == list.capacity && !growList(list)) {
      exhausted = true;
      return;
    }
    store<u32>(list.at + ((<usize>list.count) << 2), id);
    list.count++;
    if ((place & MANY) == 0) return;
    id = entryAt(entries, id).next;
  } while (id != 0);
}
