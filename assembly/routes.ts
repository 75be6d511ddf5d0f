import { hashBytes } from "./hash";
import { createList, List } from "./list";
import { allocate } from "./pool";
import { validateTopicName } from "./topic";
import { matchFlags, matchTopic } from "./trie/match";
import { Trie } from "./trie/trie";
import { copyWords, sameBytes } from "./words";

const SETS: u32 = 4096;
const ARENA_BYTES: u32 = 1 << 22;
/** A list reaches into the half of the arena that the next calls overwrite when it is further behind the head than this. */
const REACH: u64 = ARENA_BYTES / 2;
const LARGEST: u32 = ARENA_BYTES / 8;

/** What `routeTopic` answers when the routes fit the arena only in the next call of `frame`. */
export const ROUTES_LATER: i32 = -1;

/**
 * The route cache: topic name → list of entries, in fixed memory. A topic name has two slots to be in.
 *
 *     Slot
 *     +----------+----------------+--------------+--------+-------+-------+
 *     | hash u64 | generation u64 | position u64 | length | count | flags |   48 bytes; length: of the topic name in bytes;
 *     +----------+----------------+--------------+--------+-------+-------+   count: routes; generation: of the trie
 *
 *     arena, a ring                                   position & (ARENA_BYTES - 1)
 *     +--------------------------------------------------+-------------+------------+---------+-------------------+
 *     | …                                                | u32 route…  | topic name | padding | …                 |
 *     +--------------------------------------------------+-------------+------------+---------+-------------------+
 *
 * Positions only grow, so what lies at one is overwritten once the head is ARENA_BYTES further. A call of `frame` appends at
 * most half of the arena and takes what is more than half of it behind the head for a miss: no record of a call can lose its list.
 */
@unmanaged
class Slot {
  hash: u64;
  generation: u64;
  position: u64;
  length: u32;
  count: u32;
  flags: u32;
}

const SLOT_BYTES: u32 = 48;

let slots: usize = 0;
let arena: usize = 0;
let head: u64 = ARENA_BYTES;
let callStart: u64 = ARENA_BYTES;
/** For those that are too many for the arena: of the packets of a chunk, and of a topic that is known. */
let chunkList: List = changetype<List>(0);
let knownList: List = changetype<List>(0);
let list: List = changetype<List>(0);

/** Where the routes of the last `routeTopic` or `routeAgain` are. */
export let routesAt: usize = 0;
export let routesCount: u32 = 0;
export let routesFlags: u32 = 0;
/** Whether they are not in the arena but in a list, where they stay only until it is used again. */
export let routesAreLarge: bool = false;
/** The slot that they are in; 0 when they are in a list. */
export let routesSlot: usize = 0;

/** False when out of memory. */
export function initializeRoutes(): bool {
  slots = allocate(SETS * 2 * SLOT_BYTES);
  arena = allocate(ARENA_BYTES);
  chunkList = changetype<List>(createList());
  knownList = changetype<List>(createList());
  if (slots == 0 || arena == 0 || changetype<usize>(chunkList) == 0 || changetype<usize>(knownList) == 0) return false;
  memory.fill(slots, 0, SETS * 2 * SLOT_BYTES);
  return true;
}

/** Begins a call of `frame`: no earlier record is needed any longer. */
export function beginRoutes(): void {
  callStart = head;
}

/** Validates and matches the topic name of a packet: 0, ROUTES_LATER, or the status that refuses it. */
export function routeTopic(trie: Trie, topic: usize, length: u32): i32 {
  list = chunkList;
  return route(trie, topic, length);
}

/** The same outside of `frame`, whose records stay valid: 0 or the status that refuses it. */
export function routeKnown(trie: Trie, topic: usize, length: u32): i32 {
  list = knownList;
  routesSlot = 0;
  const status = route(trie, topic, length);
  return status == ROUTES_LATER ? giveList() : status;
}

/** Where in the ring the routes of the slot are; for `routeAgain`. */
export function routesPosition(): f64 {
  return routesSlot == 0 ? 0 : <f64>changetype<Slot>(routesSlot).position;
}

/** How many times the ring had turned when they were put there; 0 when they are in a list. Their place in it belongs to one topic name in a lap. */
export function routesLap(): u32 {
  return routesSlot == 0 ? 0 : <u32>(changetype<Slot>(routesSlot).position / ARENA_BYTES);
}

/** Gives the routes once more that were in this slot at this position; false when they are not valid any more. */
export function routeAgain(trie: Trie, at: usize, position: f64): bool {
  const slot = changetype<Slot>(at);
  if (slot.position != <u64>position || slot.generation != trie.generation || head - slot.position > REACH)
    return false;
  takeRoutes(slot);
  return true;
}

function route(trie: Trie, topic: usize, length: u32): i32 {
  const hash = hashBytes(topic, length);
  const first = slots + <usize>((<u32>hash & (SETS - 1)) * 2 * SLOT_BYTES);
  const known = isTopic(first, hash, topic, length)
    ? first
    : isTopic(first + SLOT_BYTES, hash, topic, length)
      ? first + SLOT_BYTES
      : 0;
  if (known != 0 && changetype<Slot>(known).generation == trie.generation) return takeRoutes(changetype<Slot>(known));
  if (known == 0) {
    const status = validateTopicName(topic, length);
    if (status != 0) return status;
  }
  const status = matchTopic(trie, list, topic, length);
  if (status != 0) return status;
  return keepRoutes(changetype<Slot>(known != 0 ? known : olderSlot(first)), trie.generation, hash, topic, length);
}

function isTopic(at: usize, hash: u64, topic: usize, length: u32): bool {
  const slot = changetype<Slot>(at);
  if (slot.hash != hash || slot.length != length || head - slot.position > REACH) return false;
  return sameBytes(arenaAt(slot.position) + ((<usize>slot.count) << 2), topic, length);
}

function takeRoutes(slot: Slot): i32 {
  routesAt = arenaAt(slot.position);
  routesCount = slot.count;
  routesFlags = slot.flags;
  routesAreLarge = false;
  routesSlot = changetype<usize>(slot);
  return 0;
}

function keepRoutes(slot: Slot, generation: u64, hash: u64, topic: usize, length: u32): i32 {
  const bytes = list.count * 4 + ((length + 7) & ~7); // as far as copyWords writes
  if (bytes > LARGEST) return giveList();
  const position = fitArena(bytes);
  if (position + bytes - callStart > REACH) return ROUTES_LATER;
  head = position + bytes;
  slot.hash = hash;
  slot.generation = generation;
  slot.position = position;
  slot.length = length;
  slot.count = list.count;
  slot.flags = matchFlags();
  const at = arenaAt(position);
  copyWords(at, list.at, list.count * 4);
  copyWords(at + ((<usize>list.count) << 2), topic, length);
  return takeRoutes(slot);
}

function giveList(): i32 {
  routesAt = list.at;
  routesCount = list.count;
  routesFlags = matchFlags();
  routesAreLarge = true;
  routesSlot = 0;
  return 0;
}

/** The first position from the head on where so many bytes are contiguous. */
function fitArena(bytes: u32): u64 {
  const rest = ARENA_BYTES - (<u32>head & (ARENA_BYTES - 1));
  return bytes <= rest ? head : head + rest;
}

function olderSlot(first: usize): usize {
  const second = first + SLOT_BYTES;
  return changetype<Slot>(first).position <= changetype<Slot>(second).position ? first : second;
}

function arenaAt(position: u64): usize {
  return arena + (<usize>position & (ARENA_BYTES - 1));
}
