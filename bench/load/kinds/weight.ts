import { setTimeout as wait } from "node:timers/promises";
import type { FigureName, Figures } from "../figures.ts";
import { memoryNow, ownCpuSeconds, usageOf, usedBetween } from "../usage.ts";

/** The columns of what is filled once and weighed. */
export const WEIGHT_COLUMNS: readonly FigureName[] = [
  "perSecond",
  "brokerCpuSeconds",
  "perCpuSecond",
  "bytesEach",
  "idleResidentBytes",
  "peakResidentBytes",
  "residentBytes",
  "generatorCores",
];

/** Has `count` things made in the broker, and looks at the time that takes, and after so many seconds of rest at what they weigh. */
export async function weigh(
  brokerPid: number | undefined,
  count: number,
  restSeconds: number,
  fill: () => Promise<void>,
): Promise<Figures> {
  const before = { at: performance.now(), usage: usageOf(brokerPid), own: ownCpuSeconds() };
  await fill();
  const seconds = (performance.now() - before.at) / 1000;
  const generatorCores = (ownCpuSeconds() - before.own) / seconds;
  const used = usedBetween(before.usage, usageOf(brokerPid), count);
  if (brokerPid !== undefined) await wait(restSeconds * 1000);
  const memory = { ...grown(before.usage?.residentBytes, brokerPid, count), ...memoryNow(brokerPid) };
  return { seconds, count, perSecond: count / seconds, generatorCores, ...used, ...memory };
}

function grown(idleResidentBytes: number | undefined, brokerPid: number | undefined, count: number) {
  const after = usageOf(brokerPid);
  if (idleResidentBytes === undefined || after === undefined) return {};
  return { idleResidentBytes, bytesEach: (after.residentBytes - idleResidentBytes) / count };
}
