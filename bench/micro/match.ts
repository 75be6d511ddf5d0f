import { Qlobber } from "qlobber";
import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { publishChunk } from "./support/chunk.ts";
import type { Comparison, MicroBenchmark } from "./support/comparison.ts";
import { frameAll } from "./support/frame-all.ts";
import { FLEET, PLANT, type Workload } from "./support/workload.ts";

export const match: MicroBenchmark = {
  id: "match",
  title: "one of up to 4,096 topic names matched, no cache",
  hasSizes: true,
  *comparisons(size) {
    yield compare(FLEET, size);
    yield compare(PLANT, size);
  },
};

function compare(workload: Workload, size: number): Comparison {
  const core = Core.create();
  const trie = new MapTrie();
  const qlobber = new Qlobber<number>({ separator: "/", wildcard_one: "+", wildcard_some: "#" });
  const before = core.statistics.bytesInUse;
  for (let i = 0; i < size; i++) {
    core.subscribe(Buffer.from(workload.filter(i)), i + 1);
    trie.add(workload.filter(i), i);
    qlobber.add(workload.filter(i), i);
  }
  const { bytesInUse, subscriptionNodes, subscriptionEntries } = core.statistics;
  // A name that comes again would be in the cache.
  const names = [...new Set(workload.topics(4096, size))];
  const bytes = names.map((name) => Buffer.from(name));
  const chunk = publishChunk(names);
  const other = Buffer.from("some/other/filter");
  const copiedIn = (name: Buffer) => (core.match(name) === 0 ? core.matchCount : 0);
  const matches = (bytes.reduce((sum, name) => sum + copiedIn(name), 0) / names.length).toFixed(1);
  const perFilter = `${((bytesInUse - before) / size).toFixed(0)} bytes and ${(subscriptionNodes / size).toFixed(2)} nodes a filter`;
  if (subscriptionEntries !== size) throw new Error(`${subscriptionEntries} filters instead of ${size}`);
  const inChunk = () => {
    // All that was cached is void.
    core.unsubscribe(core.subscribe(other, 0));
    return frameAll(core, chunk);
  };
  const text = (name: Buffer) => name.toString("latin1");
  return {
    title: `${size} filters of a ${workload.name}, ${matches} matches; core: ${perFilter}`,
    operations: names.length,
    contenders: [
      { name: "core: of a chunk, framed in one call, none in its cache", run: () => expectMatches(inChunk()) },
      { name: "core: one call each, the name copied in", run: () => matchAll(bytes, copiedIn) },
      { name: "JS Map trie, of strings", run: () => matchAll(names, (name) => trie.match(name).length) },
      { name: "JS Map trie, of bytes", run: () => matchAll(bytes, (name) => trie.match(text(name)).length) },
      { name: "qlobber, of strings", run: () => matchAll(names, (name) => qlobber.match(name).length) },
      { name: "qlobber, of bytes", run: () => matchAll(bytes, (name) => qlobber.match(text(name)).length) },
    ],
  };
}

function matchAll<T>(names: readonly T[], count: (name: T) => number): void {
  let matches = 0;
  for (const name of names) matches += count(name);
  expectMatches(matches);
}

function expectMatches(matches: number): void {
  if (matches === 0) throw new Error("nothing was matched");
}
