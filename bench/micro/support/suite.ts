import { cpus } from "node:os";
import { basename } from "node:path";
import Benchmark from "benchmark";

export interface Contender {
  readonly name: string;
  /** Does `operations` of what is measured. */
  readonly run: () => void;
}

const SECONDS = 1;

function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function line(name: string, perSecond: number, first: number, margin: number): string {
  const columns = [number(perSecond).padStart(14), `${number(1e9 / perSecond)} ns`.padStart(14)];
  return `  ${name.padEnd(44)}${columns.join("")}${`${(perSecond / first).toFixed(2)}×`.padStart(9)}  ±${margin.toFixed(1)} %`;
}

/** Machine, versions and command, in front of all figures. */
export function printHead(what: string): void {
  const [cpu] = cpus();
  console.log(`${what}\n${cpu?.model ?? "unknown CPU"}, Node ${process.versions.node}, V8 ${process.versions.v8}`);
  console.log(`$ node dist/bench/micro/${basename(process.argv[1] ?? "")} ${process.argv.slice(2).join(" ")}\n`);
}

/** Runs the contenders one after the other, and prints operations per second and the ratio to the first one. */
export function compare(title: string, operations: number, contenders: readonly Contender[]): void {
  console.log(title);
  let first = 0;
  for (const { name, run } of contenders) {
    const benchmark = new Benchmark(name, run, { maxTime: SECONDS, minSamples: 10 });
    benchmark.run();
    if (benchmark.error !== undefined) throw benchmark.error;
    const perSecond = (benchmark.hz ?? 0) * operations;
    first ||= perSecond;
    console.log(line(name, perSecond, first, benchmark.stats?.rme ?? 0));
  }
  console.log();
}
