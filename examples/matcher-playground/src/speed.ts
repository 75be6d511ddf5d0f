import { TopicMatcher } from "ternmq/matcher";
import { MapTrie } from "../../../bench/micro/baselines/map-trie.ts";
import { filter, topics } from "../../../bench/micro/support/workload.ts";

export interface Speed {
  readonly name: string;
  readonly matchesPerSecond: number;
  readonly addMilliseconds: number;
}

export interface SpeedReport {
  readonly speeds: readonly Speed[];
  /** Topic names for which both found the same. */
  readonly topics: number;
}

interface Contender {
  readonly name: string;
  readonly matcher: TopicMatcher | MapTrie;
  /** How many filters match, found in the cheapest way. */
  readonly count: (topic: string) => number;
}

const TOPICS = 4096;
const ROUNDS = 9;
const ROUND_MILLISECONDS = 60;

/** Fills both with so many filters, lets them find the same and measures them. Blocks for some seconds: use it in a worker. */
export function measureSpeed(filters: number): SpeedReport {
  const trie = new MapTrie();
  const matcher = new TopicMatcher();
  const out = new Uint32Array(filters);
  try {
    return compare(filters, [
      { name: "ternmq/matcher", matcher, count: (topic) => matcher.match(topic, out) },
      { name: "JavaScript Map trie", matcher: trie, count: (topic) => trie.match(topic).length },
    ]);
  } finally {
    matcher.free();
  }
}

function compare(filters: number, contenders: readonly Contender[]): SpeedReport {
  const names = topics(TOPICS, filters);
  const addMilliseconds = contenders.map((each) => fill(each, filters));
  checkSame(contenders, names);
  const best = contenders.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [k, each] of contenders.entries()) best[k] = Math.max(best[k] ?? 0, runRound(each, names));
  }
  const speeds = contenders.map(({ name }, k) => ({
    name,
    matchesPerSecond: best[k] ?? 0,
    addMilliseconds: addMilliseconds[k] ?? 0,
  }));
  return { speeds, topics: names.length };
}

function fill({ matcher }: Contender, filters: number): number {
  const texts = Array.from({ length: filters }, (_, i) => filter(i));
  const start = performance.now();
  for (const [i, text] of texts.entries()) matcher.add(text, i);
  return performance.now() - start;
}

function checkSame(contenders: readonly Contender[], names: readonly string[]): void {
  for (const topic of names) {
    const found = contenders.map(({ matcher }) =>
      Array.from(matcher.match(topic))
        .sort((a, b) => a - b)
        .join(),
    );
    if (new Set(found).size > 1) throw new Error(`they do not find the same for ${topic}: ${found.join(" and ")}`);
  }
}

/** One round, in matches per second. */
function runRound({ count }: Contender, names: readonly string[]): number {
  const start = performance.now();
  let matches = 0;
  let milliseconds = 0;
  while (milliseconds < ROUND_MILLISECONDS) {
    for (const topic of names) count(topic);
    matches += names.length;
    milliseconds = performance.now() - start;
  }
  return (matches / milliseconds) * 1000;
}
