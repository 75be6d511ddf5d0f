import {
  cpuSeconds,
  descendantsOf,
  HAS_PROC,
  hasEnded,
  peakResidentBytes,
  residentBytes,
  writtenBytes,
} from "./proc-stats.ts";

/** What the processes of a broker used and use, in seconds and bytes. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Of several processes the sum of their peaks, which need not have been at the same time. */
  readonly peakResidentBytes: number;
  /** Absent for a process of somebody else. */
  readonly writtenBytes?: number;
}

const NOTHING: Usage = { cpuSeconds: 0, residentBytes: 0, peakResidentBytes: 0, writtenBytes: 0 };

function usageOfOne(pid: number): Usage {
  const memory = { residentBytes: residentBytes(pid), peakResidentBytes: peakResidentBytes(pid) };
  const usage = { cpuSeconds: cpuSeconds(pid), ...memory };
  try {
    return { ...usage, writtenBytes: writtenBytes(pid) };
  } catch (error) {
    // /proc/<pid>/io is for the owner of the process alone.
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    return usage;
  }
}

function usageOfDescendant(pid: number): Usage {
  try {
    return usageOfOne(pid);
  } catch (error) {
    if (hasEnded(error)) return NOTHING;
    throw error;
  }
}

function together(one: Usage, other: Usage): Usage {
  const written =
    one.writtenBytes === undefined || other.writtenBytes === undefined
      ? {}
      : { writtenBytes: one.writtenBytes + other.writtenBytes };
  return {
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    residentBytes: one.residentBytes + other.residentBytes,
    peakResidentBytes: one.peakResidentBytes + other.peakResidentBytes,
    ...written,
  };
}

/**
 * Of the process and all that it started. Undefined where there is no process to look at.
 * @throws {Error} when it has ended
 */
export function usageOf(pid: number | undefined): Usage | undefined {
  if (pid === undefined || !HAS_PROC) return undefined;
  try {
    return descendantsOf(pid).map(usageOfDescendant).reduce(together, usageOfOne(pid));
  } catch (error) {
    throw hasEnded(error) ? new Error("the process of the broker has ended") : error;
  }
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

/** User and system time of all threads of this process, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
