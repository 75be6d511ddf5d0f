/** matcher.wasm: topic tries alone, for embedding. */
import { initializeCalls } from "./calls";
import { OUT_OF_MEMORY } from "./shared/status";

export {
  argumentReserve,
  bytesInUse,
  checkUtf8,
  resultAddress,
  trieEntries,
  trieMatch,
  trieNodes,
  walkNext,
} from "./calls";
export { validateTopicFilter as checkTopicFilter, validateTopicName as checkTopicName } from "./topic";
export {
  createTrie as trieCreate,
  findEntry as trieFind,
  insertFilter as trieInsert,
  insertName as trieInsertName,
  removeEntry as trieRemove,
} from "./trie/trie";
export { closeCursor as walkClose, openCursor as walkOpen } from "./trie/walk";

/** Call it first and once, with 64 random bits: 0 or OUT_OF_MEMORY. */
export function initialize(seedLow: u32, seedHigh: u32): i32 {
  return initializeCalls(seedLow, seedHigh) ? 0 : OUT_OF_MEMORY;
}
