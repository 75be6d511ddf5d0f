import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { compare, printHead } from "./support/suite.ts";
import { sizes } from "./support/workload.ts";

const FILTERS = ["#", "site7/#", "+/device5/state", "+/+/state", "+/+/missing"];

printHead("Finding retained topic names by a filter, 1,024 a step; operations are walks.");
for (const count of sizes()) {
  const core = Core.create();
  const trie = new MapTrie();
  for (let i = 0; i < count; i++) {
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
    compare(`${count} topic names, filter ${filter}`, 1, [
      { name: "core: in steps", run: () => walk(bytes) },
      { name: "JS Map trie: one list", run: () => void trie.find(filter) },
    ]);
  }
}
