import { FRAME_END } from "../../assembly/shared/status.ts";
import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { publishChunk } from "./support/chunk.ts";
import { compare, printHead } from "./support/suite.ts";
import { filter, sizes, topics } from "./support/workload.ts";

const PACKETS = 1000;
const CACHED = 8192;

function frameAll(core: Core, chunk: Uint8Array): void {
  core.load(chunk);
  for (let from = 0; ; from = core.consumed) {
    core.frame(from, 4, 1 << 20);
    if (core.status === FRAME_END) return;
  }
}

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

printHead(
  "The route cache: chunks of 1,000 PUBLISH packets; operations are packets (core: framed as well) or look-ups (JS: of a string that is there already).",
);
for (const filters of sizes()) {
  const core = Core.create();
  const trie = new MapTrie();
  const cache = new MapCache(trie);
  for (let i = 0; i < filters; i++) {
    core.subscribe(Buffer.from(filter(i)), i);
    trie.add(filter(i), i);
  }
  const hot = topics(PACKETS, filters);
  const cold = Array.from({ length: 50 }, (_, chunk) =>
    Array.from({ length: PACKETS }, (_, i) => `site${i % 100}/device${chunk}/cold${i}`),
  );
  const hotChunk = publishChunk(hot);
  const coldChunks = cold.map(publishChunk);
  const other = Buffer.from("some/other/filter");
  let turn = 0;
  let sink = 0;
  const lookUp = (names: readonly string[]) => {
    for (const name of names) sink += cache.routes(name).length;
  };
  compare(`${filters} filters, hits`, PACKETS, [
    { name: "core", run: () => frameAll(core, hotChunk) },
    { name: "JS Map", run: () => lookUp(hot) },
  ]);
  compare(`${filters} filters, a subscription came before each chunk`, PACKETS, [
    {
      name: "core",
      run: () => {
        core.unsubscribe(core.subscribe(other, 0));
        frameAll(core, hotChunk);
      },
    },
    {
      name: "JS Map",
      run: () => {
        cache.clear();
        lookUp(hot);
      },
    },
  ]);
  compare(`${filters} filters, misses: 50,000 topic names in turn`, PACKETS, [
    { name: "core", run: () => frameAll(core, coldChunks[turn++ % coldChunks.length] ?? hotChunk) },
    { name: "JS Map", run: () => lookUp(cold[turn++ % cold.length] ?? hot) },
  ]);
  if (sink === 0) throw new Error("nothing was matched");
}
