import { setTimeout as wait } from "node:timers/promises";
import { Histogram } from "./histogram.ts";
import type { Measurement } from "./job.ts";
import type { TimedJob } from "./make-part.ts";
import { faultTexts, type Part } from "./part.ts";
import { sum } from "./pooled.ts";
import { makeParts } from "./threads.ts";
import { memoryNow, ownCpuSeconds, usageOf, usedBetween } from "./usage.ts";

function all<T>(parts: readonly Part[], call: (part: Part) => Promise<T>): Promise<T[]> {
  return Promise.all(parts.map(call));
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
