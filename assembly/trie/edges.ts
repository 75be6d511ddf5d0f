import { allocate, free } from "../pool";
import { hashLevel, Level } from "./levels";
import { isChildAt, Node, nodeBytes } from "./nodes";

const FIRST_SLOTS: u32 = 64;
const PARENT_FACTOR: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;
const TAG_FACTOR: u64 = ((<u64>0xd6e8feb8) << 32) | 0x6659fd93;

/**
 * The edges of one trie: an open-addressing hash table from (parent, level) to the child, linear probing, freed by shifting back.
 * It doubles above a load of 0.6 and halves below 0.15; both cost one pass over all slots.
 *
 *     Edges                        slot: 8 bytes, all zero when free
 *     +-------+------+-------+     +-----+------+
 *     | slots | mask | count |     | tag | node |   tag: hash of (parent, level); tag & mask is the slot where probing starts
 *     +-------+------+-------+     +-----+------+
 */
@unmanaged
export class Edges {
  slots: usize;
  mask: u32;
  count: u32;
}

/** False when out of memory. */
export function initializeEdges(edges: Edges): bool {
  edges.count = 0;
  edges.mask = FIRST_SLOTS - 1;
  edges.slots = createSlots(FIRST_SLOTS);
  return edges.slots != 0;
}

/** The child of `parent` at this level, compared byte by byte, or 0. [MQTT-4.7.3-4] [MQTT-4.7.3-4 of 3.1.1] */
export function findChild(edges: Edges, parent: usize, level: Level): usize {
  const slots = edges.slots;
  const mask = edges.mask;
  const tag = tagOf(parent, level.hash);
  let index = tag & mask;
  while (true) {
    const slot = slots + ((<usize>index) << 3);
    const node = <usize>load<u32>(slot, 4);
    if (node == 0) return 0;
    if (load<u32>(slot) == tag && isChildAt(changetype<Node>(node), parent, level)) return node;
    index = (index + 1) & mask;
  }
}

/** Adds a node that is linked to its parent; false when out of memory. */
export function addEdge(edges: Edges, node: Node, level: Level): bool {
  const slots = edges.mask + 1;
  if (<u64>(edges.count + 1) * 5 > <u64>slots * 3 && !resize(edges, slots * 2)) return false;
  place(edges.slots, edges.mask, tagOf(node.parent, level.hash), <u32>changetype<usize>(node));
  edges.count++;
  return true;
}

export function removeEdge(edges: Edges, node: Node): void {
  closeGap(edges, slotOf(edges, node));
  edges.count--;
  const slots = edges.mask + 1;
  // Out of memory it keeps the larger table.
  if (slots > FIRST_SLOTS && <u64>edges.count * 20 < <u64>slots * 3) resize(edges, slots / 2);
}

/** A hash of the place of a key in the trie and of what tells it from others there. */
export function tagOf(parent: usize, levelHash: u64): u32 {
  return <u32>(((levelHash ^ (<u64>parent * PARENT_FACTOR)) * TAG_FACTOR) >> 32);
}

function createSlots(count: u32): usize {
  if (count > 1 << 28) return 0;
  const slots = allocate(count << 3);
  if (slots != 0) memory.fill(slots, 0, (<usize>count) << 3);
  return slots;
}

function place(slots: usize, mask: u32, tag: u32, node: u32): void {
  let index = tag & mask;
  while (load<u32>(slots + ((<usize>index) << 3), 4) != 0) index = (index + 1) & mask;
  const slot = slots + ((<usize>index) << 3);
  store<u32>(slot, tag);
  store<u32>(slot, node, 4);
}

function resize(edges: Edges, count: u32): bool {
  const slots = createSlots(count);
  if (slots == 0) return false;
  const old = edges.slots;
  const bytes = (edges.mask + 1) << 3;
  const end = old + bytes;
  for (let slot = old; slot < end; slot += 8) {
    const node = load<u32>(slot, 4);
    if (node != 0) place(slots, count - 1, load<u32>(slot), node);
  }
  free(old, bytes);
  edges.slots = slots;
  edges.mask = count - 1;
  return true;
}

function slotOf(edges: Edges, node: Node): u32 {
  const mask = edges.mask;
  const at = <u32>changetype<usize>(node);
  let index = tagOf(node.parent, hashLevel(nodeBytes(node), node.length)) & mask;
  while (load<u32>(edges.slots + ((<usize>index) << 3), 4) != at) {
    assert(load<u32>(edges.slots + ((<usize>index) << 3), 4) != 0);
    index = (index + 1) & mask;
  }
  return index;
}

/** Moves those slots back that probing would no longer find behind a free slot at `gap`. */
function closeGap(edges: Edges, gap: u32): void {
  const slots = edges.slots;
  const mask = edges.mask;
  for (let index = (gap + 1) & mask; ; index = (index + 1) & mask) {
    const slot = slots + ((<usize>index) << 3);
    if (load<u32>(slot, 4) == 0) break;
    const home = load<u32>(slot) & mask;
    if (((index - home) & mask) < ((index - gap) & mask)) continue;
    store<u64>(slots + ((<usize>gap) << 3), load<u64>(slot));
    gap = index;
  }
  store<u64>(slots + ((<usize>gap) << 3), 0);
}
