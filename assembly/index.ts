/** core.wasm: framing and routing for the broker. */
import { reserveBuffer } from "./buffer";
import { initializeCalls } from "./calls";
import { chunkBuffer, frameChunk, initializeFrame } from "./frame";
import { result } from "./result";
import { initializeRoutes, routeAgain, routeKnown, routesAt, routesCount, routesFlags, routesSlot } from "./routes";
import { OUT_OF_MEMORY } from "./shared/status";
import { initializeStamps } from "./trie/stamps";
import { createTrie, Trie } from "./trie/trie";

export {
  argumentReserve,
  bytesInUse,
  checkUtf8,
  resultAddress,
  textOf as trieText,
  trieEntries,
  trieMatch,
  trieNodes,
  walkNext,
} from "./calls";
export { recordsAddress } from "./frame";
export { routesPosition } from "./routes";
export { limitLevels, validateTopicFilter as checkTopicFilter, validateTopicName as checkTopicName } from "./topic";
export {
  createNameTrie as trieCreate,
  findEntry as trieFind,
  findTarget as trieFindTarget,
  insertFilter as trieInsert,
  insertName as trieInsertName,
  removeEntry as trieRemove,
} from "./trie/trie";
export { closeCursor as walkClose, openCursor as walkOpen } from "./trie/walk";

let routing: Trie = changetype<Trie>(0);

/** Call it first and once, with 64 random bits: 0 or OUT_OF_MEMORY. */
export function initialize(seedLow: u32, seedHigh: u32): i32 {
  if (!initializeCalls(seedLow, seedHigh) || !initializeFrame() || !initializeRoutes() || !initializeStamps())
    return OUT_OF_MEMORY;
  routing = changetype<Trie>(createTrie());
  return changetype<usize>(routing) != 0 ? 0 : OUT_OF_MEMORY;
}

/** The trie in which `frame` matches. */
export function subscriptions(): usize {
  return changetype<usize>(routing);
}

/** Where the host writes a chunk of `length` bytes for `frame`, what was there being lost; 0 out of memory. */
export function inputReserve(length: u32): usize {
  return reserveBuffer(chunkBuffer(), length);
}

/** Frames the chunk's bytes `from` to `length`: the number of records. See shared/records.ts, shared/results.ts and shared/status.ts. */
export function frame(from: u32, length: u32, version: u32, maximumPacketSize: u32): u32 {
  return frameChunk(from, length, version, maximumPacketSize, routing);
}

/**
 * Matches a topic name by the route cache: 0 or a status. The result struct says what `trieMatch` says; the routes stay as long as the records
 * of the last `frame`.
 */
export function routesOf(at: usize, length: u32): i32 {
  result.routeCount = 0;
  const status = routeKnown(routing, at, length);
  if (status == 0) tellRoutes();
  return status;
}

/** The slot that the routes of the last `routesOf` are in, 0 for none. With its `routesPosition` it gives the same routes again. */
export function routesPlace(): usize {
  return routesSlot;
}

/** Gives what `routesOf` gave, in less time; false when the routes have changed or are gone since. */
export function routesAgain(slot: usize, position: f64): bool {
  if (!routeAgain(routing, slot, position)) return false;
  tellRoutes();
  return true;
}

function tellRoutes(): void {
  result.routes = <u32>(routesAt >> 2);
  result.routeCount = routesCount;
  result.routeFlags = routesFlags;
}
