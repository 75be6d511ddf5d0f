import { Qlobber } from "qlobber";
import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import type { MicroBenchmark } from "./support/comparison.ts";
import { filter } from "./support/workload.ts";

const UPDATES = 1000;

export const update: MicroBenchmark = {
  id: "update",
  title: "a filter inserted and removed again, 1,000 at a time beside those that stay",
  hasSizes: true,
  *comparisons(size) {
    const core = Core.create();
    const trie = new MapTrie();
    const qlobber = new Qlobber<number>({ separator: "/", wildcard_one: "+", wildcard_some: "#" });
    for (let i = 0; i < size; i++) {
      core.subscribe(Buffer.from(filter(i)), i + 1);
      trie.add(filter(i), i);
      qlobber.add(filter(i), i);
    }
    const added = Array.from({ length: UPDATES }, (_, i) => filter(size + i));
    const bytes = added.map((each) => Buffer.from(each));
    const entries = new Uint32Array(UPDATES);
    yield {
      title: `${size} filters`,
      operations: UPDATES,
      contenders: [
        {
          name: "core",
          run: () => {
            bytes.forEach((each, i) => {
              entries[i] = core.subscribe(each, i + 1);
            });
            for (const entry of entries) core.unsubscribe(entry);
          },
        },
        {
          name: "JS Map trie",
          run: () => {
            for (const each of added) trie.add(each, -1);
            for (const each of added) trie.remove(each, -1);
          },
        },
        {
          name: "qlobber",
          run: () => {
            for (const each of added) qlobber.add(each, -1);
            for (const each of added) qlobber.remove(each, -1);
          },
        },
      ],
    };
  },
};
