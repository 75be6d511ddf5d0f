import { FRAME_END } from "../../assembly/shared/status.ts";
import { Core } from "../../src/wasm/core.ts";
import { frameChunk } from "./baselines/js-framer.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { publishChunk } from "./support/chunk.ts";
import { compare, printHead } from "./support/suite.ts";
import { filter, sizes, topics } from "./support/workload.ts";

const PACKETS = 1000;

function frameAll(core: Core, chunk: Uint8Array): number {
  core.load(chunk);
  let routes = 0;
  for (let from = 0; ; from = core.consumed) {
    const count = core.frame(from, 4, 1 << 20);
    for (let i = 0; i < count; i++) routes += core.records.routeCount(i);
    if (core.status === FRAME_END) return routes;
  }
}

printHead("Framing: a chunk of 1,000 PUBLISH packets (QoS 0) of 256 topic names; operations are packets.");
for (const filters of sizes()) {
  const core = Core.create();
  const trie = new MapTrie();
  const cache = new Map<string, number[]>();
  for (let i = 0; i < filters; i++) {
    core.subscribe(Buffer.from(filter(i)), i);
    trie.add(filter(i), i);
  }
  const names = topics(256, filters);
  const chunk = publishChunk(Array.from({ length: PACKETS }, (_, i) => names[i % names.length] ?? ""));
  let sink = 0;
  compare(`${filters} filters`, PACKETS, [
    {
      name: "core: frame, validate, match (cached)",
      run: () => {
        sink += frameAll(core, chunk);
      },
    },
    {
      name: "JS: frame only",
      run: () =>
        frameChunk(chunk, (_, topic, end) => {
          sink += end - topic;
        }),
    },
    {
      name: "JS: frame, topic string, match by Map cache",
      run: () =>
        frameChunk(chunk, (bytes, start, end) => {
          const topic = bytes.toString("latin1", start, end);
          let routes = cache.get(topic);
          if (routes === undefined) {
            routes = trie.match(topic);
            cache.set(topic, routes);
          }
          sink += routes.length;
        }),
    },
  ]);
  if (sink === 0) throw new Error("nothing was matched");
}
