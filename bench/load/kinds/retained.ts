import { setTimeout as wait } from "node:timers/promises";
import { share } from "../connection.ts";
import type { Job, Measurement, Target } from "../job.ts";
import { faultTexts } from "../part.ts";
import { RetainedReader } from "../retained-reader.ts";
import { RETAINED_PAYLOAD_BYTES, Retainer } from "../retainer.ts";
import type { RetainedScenario } from "../scenarios.ts";
import { memoryNow, ownCpuSeconds, usageOf, usedBetween } from "../usage.ts";
import { type Kind, patienceSeconds } from "./kind.ts";

/** Of nothing arriving after which the rest is not waited for. */
const SILENCE_MILLIS = 20_000;
const LOOK_MILLIS = 250;

async function retain(target: Target, count: number, payloadBytes: number): Promise<void> {
  const retainer = new Retainer(share(target, RETAINED_PAYLOAD_BYTES), count, payloadBytes);
  await retainer.retain();
  retainer.close();
}

/** Resolves when nothing has come for long. */
async function silence(reader: RetainedReader, signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  while (!signal.aborted && performance.now() - Math.max(begun, reader.lastAt) < SILENCE_MILLIS)
    await wait(LOOK_MILLIS);
}

async function untilRead(reader: RetainedReader): Promise<void> {
  const read = new AbortController();
  await Promise.race([reader.read(), silence(reader, read.signal)]);
  read.abort();
}

async function run({ scenario, target, brokerPid, cleanUp }: Job<RetainedScenario>): Promise<Measurement> {
  const { count } = scenario;
  const fillBegun = performance.now();
  await retain(target, count, RETAINED_PAYLOAD_BYTES);
  const storedPerSecond = (1000 * count) / (performance.now() - fillBegun);
  const reader = new RetainedReader(share(target, RETAINED_PAYLOAD_BYTES), count);
  await reader.open();
  const before = { at: performance.now(), usage: usageOf(brokerPid), own: ownCpuSeconds() };
  await untilRead(reader);
  const { received, firstAt, lastAt, twice } = reader;
  const seconds = (lastAt - before.at) / 1000;
  const used = usedBetween(before.usage, usageOf(brokerPid), received);
  const generatorCores = (ownCpuSeconds() - before.own) / seconds;
  reader.close();
  if (cleanUp) await retain(target, count, 0);
  const times = { seconds, count: received, perSecond: received / seconds, firstMillis: firstAt - before.at };
  const figures = { storedPerSecond, ...times, generatorCores, ...used, ...memoryNow(brokerPid) };
  return { figures, faults: faultTexts([{ "not delivered": count - received, "delivered twice": twice }]) };
}

export const retained: Kind<"retained"> = {
  unit: "msg",
  columns: [
    "storedPerSecond",
    "perSecond",
    "seconds",
    "firstMillis",
    "brokerCpuSeconds",
    "perCpuSecond",
    "peakResidentBytes",
    "residentBytes",
    "generatorCores",
  ],
  headline: "perCpuSecond",
  legend: `Retained messages of ${RETAINED_PAYLOAD_BYTES} bytes, one to a topic, stored with QoS 1 by one client, 1,000 under way (stored/s); then one SUBSCRIBE that matches
all of them, QoS 0: seconds until the last is there, first ms until the first, CPU s of that time.`,
  // What is taken back is as much as what was stored.
  limitSeconds: ({ count }, cleanUp) => patienceSeconds(1, cleanUp ? 2 * count : count),
  run,
};
