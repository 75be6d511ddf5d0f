import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import type { MicroBenchmark } from "./support/comparison.ts";

const FILTERS = ["#", "site7/#", "+/device5/state", "+/+/state", "+/+/missing"];

export const retainedWalk: MicroBenchmark = {
  id: "retained-walk",
  title:
    "all topic names that a filter matches (core: 1,024 a step, as it gives control back between steps; JS: one list)",
  hasSizes: true,
  *comparisons(size) {
    const core = Core.create();
    const trie = new MapTrie();
    for (let i = 0; i < size; i++) {
      const name = `site${i % 100}/device${Math.floor(i / 100)}/${i % 2 === 0 ? "state" : "temperature"}`;
      core.retain(Buffer.from(name));
      trie.add(name, i);
    }
    const out = new Uint32Array(1024);
    const walk = (filter: Uint8Array) => {
      const cursor = core.openWalk(filter);
      do core.walk(cursor, out);
      while (!core.walkFinished);
      core.closeWalk(cursor);
    };
    for (const filter of FILTERS) {
      const bytes = Buffer.from(filter);
      yield {
        title: `${size} topic names, filter ${filter}`,
        operations: 1,
        contenders: [
          { name: "core", run: () => walk(bytes) },
          { name: "JS Map trie", run: () => void trie.find(filter) },
        ],
      };
    }
  },
};
