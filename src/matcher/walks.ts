import { MAX_WALK_ENTRIES } from "../../assembly/shared/results.ts";
import type { Engine } from "./engine.ts";

/** Calls `visit` with the first entry of each filter or topic name of a trie; its text stands in the argument meanwhile. */
export function forEachText(engine: Engine, trie: number, visit: (entry: number, length: number) => void): void {
  const { exports } = engine;
  let rest = exports.trieEntries(trie);
  for (let first = 1; rest > 0; first++) {
    const length = exports.entryText(trie, first);
    if (length === 0) continue;
    for (let entry = first; entry !== 0; entry = exports.entryNext(trie, entry)) rest--;
    visit(first, length);
  }
}

/** The ids at the filter of which `first` is the first entry. */
export function idsFrom(engine: Engine, first: number): Uint32Array {
  const { exports, filters } = engine;
  const ids: number[] = [];
  for (let entry = first; entry !== 0; entry = exports.entryNext(filters, entry))
    ids.push(exports.entryTarget(filters, entry));
  return Uint32Array.from(ids);
}

export function filterEntries(engine: Engine): [filter: string, ids: Uint32Array][] {
  const entries: [string, Uint32Array][] = [];
  forEachText(engine, engine.filters, (first, length) => entries.push([engine.text(length), idsFrom(engine, first)]));
  return entries;
}

export function storedTopics(engine: Engine): string[] {
  const topics: string[] = [];
  forEachText(engine, engine.topics, (_, length) => topics.push(engine.text(length)));
  return topics;
}

/** Walks a cursor to its end, or until there are `limit` topic names, and closes it. */
export function findTopics(engine: Engine, cursor: number, limit: number): string[] {
  const { exports, topics } = engine;
  const found: string[] = [];
  while (found.length < limit) {
    const count = exports.walkNext(cursor, Math.min(MAX_WALK_ENTRIES, limit - found.length));
    for (let i = 0; i < count; i++) found.push(engine.text(exports.entryText(topics, engine.walked(i))));
    if (engine.walkIsOver) break;
  }
  exports.walkClose(cursor);
  return found;
}
