import { cpus } from "node:os";
import Benchmark from "benchmark";
import type { Comparison, Contender, MicroBenchmark } from "./comparison.ts";

const NAME_WIDTH = 54;

export interface Effort {
  /** Of each contender, all rounds together. */
  readonly seconds: number;
  /** In which the contenders take turns, so that a busy machine is busy for all of them. */
  readonly rounds: number;
}

function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Machine, versions and command, in front of all figures. */
export function printHead(): void {
  const [cpu] = cpus();
  console.log(`${cpu?.model ?? "unknown CPU"}, Node ${process.versions.node}, V8 ${process.versions.v8}`);
  console.log(`$ npm run bench:micro -- ${process.argv.slice(2).join(" ")}\n`);
  const columns = ["ops/s".padStart(14), "ns/op".padStart(10), "ratio".padStart(8)].join("");
  console.log(`${"".padEnd(NAME_WIDTH)}${columns}\n`);
}

/** Runs one benchmark; each line: operations a second (median of the rounds), nanoseconds, and how many times as fast ours is. */
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
  const rates = contenders.map((): number[] => []);
  for (let round = 0; round < effort.rounds; round++) {
    contenders.forEach((contender, i) => {
      rates[i]?.push(rate(contender, effort.seconds / effort.rounds) * operations);
    });
  }
  const medians = rates.map(median);
  contenders.forEach(({ name }, i) => {
    const perSecond = medians[i] ?? 0;
    const ratio = i === 0 ? "" : `${((medians[0] ?? 0) / perSecond).toFixed(2)}×`;
    const columns = [figure(perSecond).padStart(14), figure(1e9 / perSecond).padStart(10), ratio.padStart(8)].join("");
    console.log(`    ${name.padEnd(NAME_WIDTH - 4)}${columns}`);
  });
}

/** Runs a second. */
function rate({ name, run }: Contender, maxTime: number): number {
  const benchmark = new Benchmark(name, run, { maxTime, minSamples: 3 });
  benchmark.run();
  if (benchmark.error !== undefined) throw benchmark.error;
  return benchmark.hz ?? 0;
}
