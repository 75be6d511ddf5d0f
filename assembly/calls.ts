import { Buffer, createBuffer, reserveBuffer } from "./buffer";
import { seedHash } from "./hash";
import { createList, List } from "./list";
import { allocatedBytes, initializePool } from "./pool";
import { result } from "./result";
import { validateTopicName } from "./topic";
import { entryAt, isEntry, spareEntryBytes } from "./trie/entries";
import { matchFlags, matchTopic } from "./trie/match";
import { writeText } from "./trie/read";
import { Trie } from "./trie/trie";
import { cursorOf, nextEntries, walkIsOver, walkOutput } from "./trie/walk";
import { validateUtf8 } from "./utf8";

let argument: Buffer = changetype<Buffer>(0);
let list: List = changetype<List>(0);

/** Prepares what both modules need; false when out of memory. */
export function initializeCalls(seedLow: u32, seedHigh: u32): bool {
  initializePool();
  seedHash(seedLow, seedHigh);
  argument = changetype<Buffer>(createBuffer());
  list = changetype<List>(createList());
  return changetype<usize>(argument) != 0 && changetype<usize>(list) != 0;
}

/** The list in which the routes of a match stand. */
export function routeList(): List {
  return list;
}

export function resultAddress(): usize {
  return changetype<usize>(result);
}

/** Where the host may write `length` bytes (a topic name, a filter, a string) for the next call; 0 out of memory. */
export function argumentReserve(length: u32): usize {
  return reserveBuffer(argument, length);
}

/** Matches a topic name: 0 or a status. Routes, their count and flags are in the result struct, and stay until the next match. */
export function trieMatch(trie: Trie, at: usize, length: u32): i32 {
  result.routeCount = 0;
  result.routeFlags = 0;
  const refused = validateTopicName(at, length);
  if (refused != 0) return refused;
  const status = matchTopic(trie, list, at, length);
  if (status != 0) return status;
  result.routes = <u32>(list.at >> 2);
  result.routeCount = list.count;
  result.routeFlags = matchFlags();
  return 0;
}

/** Gives at most `maximum` further entries at `walk` of the result struct, and answers how many. */
export function walkNext(id: u32, maximum: u32): u32 {
  const cursor = cursorOf(id);
  const count = nextEntries(cursor, maximum);
  result.walk = <u32>(walkOutput >> 2);
  result.walkFinished = <u32>walkIsOver(cursor);
  return count;
}

export function trieEntries(trie: Trie): u32 {
  return trie.entries.live;
}

/** Writes the filter or topic name of an entry, which has to be one, to where arguments stand, and answers its length. */
export function textOf(trie: Trie, entry: u32): u32 {
  return writeText(trie, entry, argument.at);
}

/**
 * The same; 0 when there is no such entry, or it is not the first one at its filter. Going through 1, 2, 3 … until as many as there are
 * were met thus gives each filter once.
 */
export function entryText(trie: Trie, entry: u32): u32 {
  const isFirst = isEntry(trie.entries, entry) && entryAt(trie.entries, entry).previous == 0;
  return isFirst ? textOf(trie, entry) : 0;
}

/** Nodes, the root not counted. */
export function trieNodes(trie: Trie): u32 {
  return trie.nodes;
}

/** Bytes of all blocks in use; entries that are free do not count. */
export function bytesInUse(): f64 {
  return <f64>(allocatedBytes() - spareEntryBytes());
}

/** 0, or the status that refuses these bytes as a UTF-8 string of MQTT. */
export function checkUtf8(at: usize, length: u32): i32 {
  return validateUtf8(at, at + length);
}
