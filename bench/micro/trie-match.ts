import { Qlobber } from "qlobber";
import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { compare, printHead } from "./support/suite.ts";
import { filter, sizes, topics } from "./support/workload.ts";

const MATCHES = 4096;

printHead("Matching 4,096 distinct topic names without any cache; operations are matches.");
for (const filters of sizes()) {
  const core = Core.create();
  const trie = new MapTrie();
  const qlobber = new Qlobber<number>({ separator: "/", wildcard_one: "+", wildcard_some: "#" });
  const before = core.statistics.bytesInUse;
  for (let i = 0; i < filters; i++) {
    core.subscribe(Buffer.from(filter(i)), i);
    trie.add(filter(i), i);
    qlobber.add(filter(i), i);
  }
  const perFilter = (core.statistics.bytesInUse - before) / filters;
  const nodes = core.statistics.subscriptionNodes / filters;
  const names = topics(MATCHES, filters);
  const bytes = names.map((name) => Buffer.from(name));
  let sink = 0;
  compare(`${filters} filters; core: ${perFilter.toFixed(0)} bytes and ${nodes.toFixed(2)} nodes a filter`, MATCHES, [
    {
      name: "core: validate, match (one call each)",
      run: () => {
        for (const name of bytes) {
          core.match(name);
          sink += core.matchCount;
        }
      },
    },
    {
      name: "JS Map trie",
      run: () => {
        for (const name of names) sink += trie.match(name).length;
      },
    },
    {
      name: "qlobber",
      run: () => {
        for (const name of names) sink += qlobber.match(name).length;
      },
    },
  ]);
  if (sink === 0) throw new Error("nothing was matched");
}
