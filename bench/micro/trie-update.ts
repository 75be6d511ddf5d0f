import { Qlobber } from "qlobber";
import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { compare, printHead } from "./support/suite.ts";
import { filter, sizes } from "./support/workload.ts";

const UPDATES = 1000;

printHead("Subscribing 1,000 filters and unsubscribing them again, beside others; operations are pairs.");
for (const filters of sizes()) {
  const core = Core.create();
  const trie = new MapTrie();
  const qlobber = new Qlobber<number>({ separator: "/", wildcard_one: "+", wildcard_some: "#" });
  for (let i = 0; i < filters; i++) {
    core.subscribe(Buffer.from(filter(i)), i);
    trie.add(filter(i), i);
    qlobber.add(filter(i), i);
  }
  const added = Array.from({ length: UPDATES }, (_, i) => filter(filters + i));
  const bytes = added.map((each) => Buffer.from(each));
  const entries = new Uint32Array(UPDATES);
  compare(`${filters} filters`, UPDATES, [
    {
      name: "core",
      run: () => {
        bytes.forEach((each, i) => {
          entries[i] = core.subscribe(each, i);
        });
        for (const entry of entries) core.unsubscribe(entry);
      },
    },
    {
      name: "JS Map trie",
      run: () => {
        added.forEach((each, i) => {
          trie.add(each, i);
        });
        added.forEach((each, i) => {
          trie.remove(each, i);
        });
      },
    },
    {
      name: "qlobber",
      run: () => {
        added.forEach((each, i) => {
          qlobber.add(each, i);
        });
        added.forEach((each, i) => {
          qlobber.remove(each, i);
        });
      },
    },
  ]);
}
