import { cpus } from "node:os";
import Benchmark from "benchmark";
import type { Comparison, Contender, MicroBenchmark } from "./comparison.ts";

const NAME_WIDTH = 60;
/** Short enough to have the core alone now and then on a busy machine. */
const SAMPLE_SECONDS = 0.005;

export interface Effort {
  /** Of each contender, all rounds together. */
  readonly seconds: number;
  /** In which the contenders take turns, so that all have their share of quiet moments. */
  readonly rounds: number;
}

function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}

/** Machine, versions and command, in front of all figures. */
export function printHead(): void {
  const [cpu] = cpus();
  console.log(`${cpu?.model ?? "unknown CPU"}, Node ${process.versions.node}, V8 ${process.versions.v8}`);
  console.log(`$ npm run bench:micro -- ${process.argv.slice(2).join(" ")}\n`);
  const columns = ["ops/s".padStart(14), "ns/op".padStart(10), "ratio".padStart(8)].join("");
  console.log(`${"".padEnd(NAME_WIDTH)}${columns}\n`);
}

/**
 * Runs one benchmark; each line: operations a second, nanoseconds, and how many times as fast ours is. Of all samples it takes the best: what
 * else the machine does only ever makes one slower.
 */
export function printBenchmark(
  { id, title, hasSizes, comparisons }: MicroBenchmark,
  sizes: readonly number[],
  effort: Effort,
): void {
  console.log(`${id}: ${title}`);
  for (const size of hasSizes ? sizes : sizes.slice(0, 1)) {
    for (const comparison of comparisons(size)) printComparison(comparison, effort);
  }
  console.log();
}

function printComparison({ title, operations, contenders }: Comparison, effort: Effort): void {
  console.log(`  ${title}`);
  const best = contenders.map(() => 0);
  for (let round = 0; round < effort.rounds; round++) {
    contenders.forEach((contender, i) => {
      best[i] = Math.max(best[i] ?? 0, rate(contender, effort.seconds / effort.rounds) * operations);
    });
  }
  contenders.forEach(({ name }, i) => {
    const perSecond = best[i] ?? 0;
    const ratio = i === 0 ? "" : `${((best[0] ?? 0) / perSecond).toFixed(2)}×`;
    const columns = [figure(perSecond).padStart(14), figure(1e9 / perSecond).padStart(10), ratio.padStart(8)].join("");
    console.log(`    ${name.padEnd(NAME_WIDTH - 4)}${columns}`);
  });
}

/** Runs a second, in the shortest sample. */
function rate({ name, run }: Contender, maxTime: number): number {
  const benchmark = new Benchmark(name, run, { maxTime, minTime: SAMPLE_SECONDS, minSamples: 3 });
  benchmark.run();
  if (benchmark.error !== undefined) throw benchmark.error;
  return 1 / Math.min(...(benchmark.stats?.sample ?? []));
}
