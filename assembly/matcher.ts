/** matcher.wasm: topic filters with ids, and stored topic names, for embedding. docs/matcher-abi.md describes it. */
import { initializeCalls } from "./calls";
import { OUT_OF_MEMORY } from "./shared/status";

export { argumentReserve, bytesInUse, entryText, resultAddress, trieEntries, trieNodes, walkNext } from "./calls";
export { matchIds as matcherMatch } from "./matcher/match";
export {
  addId as matcherAdd,
  clearMatcher as matcherClear,
  matcherTrie,
  removeId as matcherRemove,
} from "./matcher/matcher";
export { validateTopicFilter as checkTopicFilter, validateTopicName as checkTopicName } from "./topic";
export { entryNext, entryTarget } from "./trie/read";
export {
  createNameTrie as trieCreate,
  createTrie as matcherCreate,
  findEntry as trieFind,
  findTarget as matcherFind,
  insertName as trieInsertName,
  removeEntry as trieRemove,
} from "./trie/trie";
export { closeCursor as walkClose, openCursor as walkOpen } from "./trie/walk";

/** Call it first and once, with 64 random bits: 0 or OUT_OF_MEMORY. */
export function initialize(seedLow: u32, seedHigh: u32): i32 {
  return initializeCalls(seedLow, seedHigh) ? 0 : OUT_OF_MEMORY;
}
