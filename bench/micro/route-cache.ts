import { Core } from "../../src/wasm/core.ts";
import { KnownTopic } from "../../src/wasm/known-topic.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { publishChunk } from "./support/chunk.ts";
import type { MicroBenchmark } from "./support/comparison.ts";
import { frameAll } from "./support/frame-all.ts";
import { filter, topics } from "./support/workload.ts";

const PACKETS = 1000;
const CACHED = 8192;

/** The baseline: a Map that is emptied when it is full. */
class MapCache {
  readonly #routes = new Map<string, number[]>();
  readonly #trie: MapTrie;

  constructor(trie: MapTrie) {
    this.#trie = trie;
  }

  routes(topic: string): number[] {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    if (this.#routes.size === CACHED) this.clear();
    const routes = this.#trie.match(topic);
    this.#routes.set(topic, routes);
    return routes;
  }

  clear(): void {
    this.#routes.clear();
  }
}

export const routeCache: MicroBenchmark = {
  id: "route-cache",
  title:
    "a PUBLISH of a chunk of 1,000, each with a topic name of its own (core: framed as well; JS: the string is there already)",
  hasSizes: true,
  *comparisons(size) {
    const core = Core.create();
    const trie = new MapTrie();
    const cache = new MapCache(trie);
    for (let i = 0; i < size; i++) {
      core.subscribe(Buffer.from(filter(i)), i + 1);
      trie.add(filter(i), i);
    }
    const hot = topics(PACKETS, size);
    const cold = Array.from({ length: 50 }, (_, chunk) =>
      Array.from({ length: PACKETS }, (_, i) => `site${i % 100}/device${chunk}/cold${i}`),
    );
    const hotChunk = publishChunk(hot);
    const coldChunks = cold.map(publishChunk);
    const known = hot.map((name) => new KnownTopic(Buffer.from(name)));
    const other = Buffer.from("some/other/filter");
    let turn = 0;
    let sink = 0;
    const lookUp = (names: readonly string[]) => {
      for (const name of names) sink += cache.routes(name).length;
    };
    const jsMap = { name: "JS Map of strings", run: () => lookUp(hot) };
    yield {
      title: `${size} filters, all in the cache`,
      operations: PACKETS,
      contenders: [{ name: "core", run: () => void frameAll(core, hotChunk) }, jsMap],
    };
    yield {
      title: `${size} filters, all in the cache, behind topic aliases (not framed)`,
      operations: PACKETS,
      contenders: [
        {
          name: "core",
          run: () => {
            for (const topic of known) if (core.matchKnown(topic) === 0) sink += core.matchCount;
          },
        },
        jsMap,
      ],
    };
    yield {
      title: `${size} filters, a subscription came before each chunk`,
      operations: PACKETS,
      contenders: [
        {
          name: "core",
          run: () => {
            core.unsubscribe(core.subscribe(other, 0));
            frameAll(core, hotChunk);
          },
        },
        {
          name: "JS Map of strings, emptied",
          run: () => {
            cache.clear();
            lookUp(hot);
          },
        },
      ],
    };
    yield {
      title: `${size} filters, 50,000 topic names in turn`,
      operations: PACKETS,
      contenders: [
        { name: "core", run: () => void frameAll(core, coldChunks[turn++ % coldChunks.length] ?? hotChunk) },
        { name: "JS Map of strings", run: () => lookUp(cold[turn++ % cold.length] ?? hot) },
      ],
    };
    if (sink === 0) throw new Error("nothing was matched");
  },
};
