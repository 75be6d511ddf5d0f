import { SubscriptionTable } from "../../src/delivery/subscription-table.ts";
import { TopicMatcher } from "../../src/matcher/index.ts";
import { Core } from "../../src/wasm/core.ts";
import { MapTrie } from "./baselines/map-trie.ts";

const NAME_WIDTH = 60;
const OPTIONS = { qos: 1, noLocal: false, retainAsPublished: false };

/** Adds the i-th of many, and keeps those before. */
type Insertion = (i: number) => void;

/** Something that grows, made anew for each round. */
interface Growing {
  readonly name: string;
  create(): Insertion;
}

/** Microseconds of CPU time of insertions. */
interface Stall {
  readonly worst: number;
  readonly rare: number;
  readonly mean: number;
}

const GROWING: readonly Growing[] = [
  { name: "core: dev/<n>/state", create: () => subscriptions((i) => `dev/${i}/state`) },
  { name: "core: <n> subscribers of each of 1,000 filters", create: () => subscriptions((i) => `dev/${i % 1000}`) },
  { name: "core: retained topic names", create: retained },
  { name: "TopicMatcher: dev/<n>/state", create: matcher },
  { name: "what the broker keeps beside the filter", create: table },
  { name: "JS Map trie: dev/<n>/state", create: mapTrie },
];

function subscriptions(filter: (i: number) => string): Insertion {
  const core = Core.create();
  return (i) => void core.subscribe(Buffer.from(filter(i)), i + 1);
}

function retained(): Insertion {
  const core = Core.create();
  return (i) => void core.retain(Buffer.from(`dev/${i}/state`));
}

function matcher(): Insertion {
  const matcher = new TopicMatcher();
  return (i) => void matcher.add(`dev/${i}/state`, i);
}

function table(): Insertion {
  const table = new SubscriptionTable();
  const list = { target: 1, first: 0, count: 0 };
  return (i) => {
    table.add(list, i + 1);
    table.setOptions(i + 1, OPTIONS, undefined);
  };
}

function mapTrie(): Insertion {
  const trie = new MapTrie();
  return (i) => trie.add(`dev/${i}/state`, i);
}

/**
 * How long single insertions take: of several rounds the one with the shortest of all worst ones. CPU time, the garbage collector's included, as
 * on a busy machine a timer would show mostly how long others had the core.
 */
export function printStalls(sizes: readonly number[], rounds: number): void {
  console.log("stalls: microseconds of CPU time that one insertion takes, while it grows from nothing");
  const columns = ["mean", "p99.99", "worst"].map((each) => each.padStart(10)).join("");
  for (const size of sizes) {
    console.log(`  ${`${size} of them`.padEnd(NAME_WIDTH - 2)}${columns}`);
    for (const growing of GROWING) printStall(growing, size, rounds);
  }
  console.log();
}

function printStall({ name, create }: Growing, size: number, rounds: number): void {
  let best: Stall = { worst: Number.POSITIVE_INFINITY, rare: 0, mean: 0 };
  for (let round = 0; round < rounds; round++) {
    const stall = measure(create(), size);
    if (stall.worst < best.worst) best = stall;
  }
  const columns = [best.mean.toFixed(1), best.rare, best.worst].map((each) => String(each).padStart(10)).join("");
  console.log(`    ${name.padEnd(NAME_WIDTH - 4)}${columns}`);
}

function measure(insert: Insertion, size: number): Stall {
  const took = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const before = process.cpuUsage();
    insert(i);
    const { user, system } = process.cpuUsage(before);
    took[i] = user + system;
  }
  took.sort();
  const mean = took.reduce((sum, each) => sum + each, 0) / size;
  return { worst: took.at(-1) ?? 0, rare: took[Math.floor(size * 0.9999)] ?? 0, mean };
}
