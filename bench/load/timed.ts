import { setTimeout as wait } from "node:timers/promises";
import { Histogram } from "./histogram.ts";
import type { Measurement } from "./job.ts";
import type { TimedJob } from "./make-part.ts";
import type { Faults, Part } from "./part.ts";
import { sum } from "./pooled.ts";
import { type Usage, usageOf } from "./proc-stats.ts";
import { makeParts } from "./threads.ts";

function all<T>(parts: readonly Part[], call: (part: Part) => Promise<T>): Promise<T[]> {
  return Promise.all(parts.map(call));
}

/** User and system time of all threads of this process, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function faultTexts(ofParts: readonly Faults[]): string[] {
  const kinds = new Set(ofParts.flatMap((faults) => Object.keys(faults)));
  const counted = [...kinds].map((kind) => [sum(ofParts, (faults) => faults[kind] ?? 0), kind] as const);
  return counted.filter(([count]) => count !== 0).map(([count, kind]) => `${count} ${kind}`);
}

/** What a broker's process used between two looks at it, while it did something `count` times; nothing where it is not known. */
export function usedBetween(before: Usage | undefined, after: Usage | undefined, count: number) {
  if (before === undefined || after === undefined) return {};
  const brokerCpuSeconds = after.cpuSeconds - before.cpuSeconds;
  const written =
    after.writtenBytes === undefined || before.writtenBytes === undefined
      ? {}
      : { brokerWrittenBytes: after.writtenBytes - before.writtenBytes };
  // The kernel counts in 10 ms: of less there is no rate.
  const rate = brokerCpuSeconds > 0 ? { perCpuSecond: count / brokerCpuSeconds } : {};
  return { brokerCpuSeconds, ...rate, ...written };
}

/** What the memory of a broker's process is and was at the most. */
export function memoryNow(pid: number | undefined) {
  const usage = usageOf(pid);
  return usage === undefined ? {} : { residentBytes: usage.residentBytes, peakResidentBytes: usage.peakResidentBytes };
}

/** Warms up, measures for the time of the job, and waits for what is under way then. */
export async function runTimed(job: TimedJob, threads: number): Promise<Measurement> {
  const parts = makeParts(job, threads);
  await all(parts, (part) => part.open());
  await all(parts, (part) => part.start());
  await wait(job.warmupSeconds * 1000);

  const beginnings = await all(parts, (part) => part.begin());
  const before = { at: performance.now(), usage: usageOf(job.brokerPid), own: ownCpuSeconds() };
  await wait(job.seconds * 1000);
  const seconds = (performance.now() - before.at) / 1000;
  const samples = await all(parts, (part) => part.end());
  const usage = usageOf(job.brokerPid);
  const generatorCores = (ownCpuSeconds() - before.own) / seconds;

  const faults = faultTexts(await all(parts, (part) => part.finish()));
  const latencies = new Histogram();
  for (const sample of samples) latencies.add(sample.latencies);
  const count = sum(samples, (sample) => sample.count) - sum(beginnings, (beginning) => beginning.count);
  const figures = {
    seconds,
    count,
    acknowledged:
      sum(samples, ({ acknowledged }) => acknowledged) - sum(beginnings, ({ acknowledged }) => acknowledged),
    perSecond: count / seconds,
    generatorCores,
    ...percentiles(latencies),
    ...usedBetween(before.usage, usage, count),
    ...memoryNow(job.brokerPid),
  };
  return { figures, faults };
}

function percentiles(latencies: Histogram) {
  return {
    p50Micros: latencies.percentile(0.5),
    p99Micros: latencies.percentile(0.99),
    p999Micros: latencies.percentile(0.999),
  };
}
