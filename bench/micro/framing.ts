import { Core } from "../../src/wasm/core.ts";
import { frameChunk } from "./baselines/js-framer.ts";
import { isTopicName, isTopicNameByLoop } from "./baselines/js-validate.ts";
import { MapTrie } from "./baselines/map-trie.ts";
import { publishChunk } from "./support/chunk.ts";
import type { MicroBenchmark } from "./support/comparison.ts";
import { frameAll } from "./support/frame-all.ts";
import { filter, topics } from "./support/workload.ts";

const PACKETS = 1000;

/** What the baseline does with each topic name, but for framing it. */
type Handle = (bytes: Buffer, start: number, end: number) => void;

export const framing: MicroBenchmark = {
  id: "framing",
  title: "a PUBLISH of a chunk of 1,000 (QoS 0, 256 topic names): framed, its topic validated and matched",
  hasSizes: true,
  *comparisons(size) {
    const core = Core.create();
    const trie = new MapTrie();
    const cache = new Map<string, number[]>();
    for (let i = 0; i < size; i++) {
      core.subscribe(Buffer.from(filter(i)), i + 1);
      trie.add(filter(i), i);
    }
    const names = topics(256, size);
    const chunk = publishChunk(Array.from({ length: PACKETS }, (_, i) => names[i % names.length] ?? ""));
    let sink = 0;
    const each = (handle: Handle) => () => void frameChunk(chunk, handle);
    const matchCached: Handle = (bytes, start, end) => {
      const topic = bytes.toString("latin1", start, end);
      let routes = cache.get(topic);
      if (routes === undefined) {
        routes = trie.match(topic);
        cache.set(topic, routes);
      }
      sink += routes.length;
    };
    yield {
      title: `${size} filters, ${PACKETS} packets`,
      operations: PACKETS,
      contenders: [
        {
          name: "core: all of it in one call",
          run: () => {
            sink += frameAll(core, chunk);
          },
        },
        {
          name: "JS: framed only",
          run: each((_, start, end) => {
            sink += end - start;
          }),
        },
        {
          name: "JS: framed and validated by a loop",
          run: each((bytes, start, end) => {
            sink += isTopicNameByLoop(bytes, start, end) ? 1 : 0;
          }),
        },
        { name: "JS: framed, matched by a Map of strings as cache", run: each(matchCached) },
        {
          name: "JS: framed, validated, matched by the Map of strings",
          run: each((bytes, start, end) => {
            if (isTopicNameByLoop(bytes, start, end)) matchCached(bytes, start, end);
          }),
        },
        {
          name: "JS: framed, validated by isUtf8, matched by a Map trie",
          run: each((bytes, start, end) => {
            if (isTopicName(bytes, start, end)) sink += trie.match(bytes.toString("latin1", start, end)).length;
          }),
        },
      ],
    };
    if (sink === 0) throw new Error("nothing was matched");
  },
};
