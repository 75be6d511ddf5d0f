import { readdirSync, readFileSync } from "node:fs";

/** Whether there is /proc. */
export const HAS_PROC = process.platform === "linux";

/** The unit of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/<pid>/stat behind the command name, which may itself hold blanks and parentheses. */
const FIRST_TICKS = 11;
const LAST_TICKS = 14;

/**
 * User and system time of a process with all its threads, and of its children that have ended and were waited for, in seconds,
 * from the text of /proc/<pid>/stat.
 */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(FIRST_TICKS, LAST_TICKS + 1).map(Number);
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}

export function cpuSeconds(pid: number): number {
  return parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Whether an error of a look into /proc says that the process has ended. */
export function hasEnded(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH";
}

/** The processes that a process started and that still run. */
function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return lists.flatMap((list) => list.split(" ").filter((child) => child !== "")).map(Number);
  } catch (error) {
    if (hasEnded(error)) return [];
    throw error;
  }
}

/** All processes that a process started, directly or not. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** A line of /proc/<pid>/status that is a size, in bytes. */
function statusBytes(pid: number, name: string): number {
  return (
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])
  );
}

/** The most resident memory the process ever had, in bytes. */
export function peakResidentBytes(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** Resident memory without mapped files, which the kernel can drop at any time. */
export function anonymousBytes(pid: number): number {
  return statusBytes(pid, "RssAnon");
}

/** Bytes that all threads of the process had written to disks, from the text of /proc/<pid>/io; without what was deleted before it got there. */
export function parseWrittenBytes(io: string): number {
  const line = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1]);
  return line("write_bytes") - line("cancelled_write_bytes");
}

export function writtenBytes(pid: number): number {
  return parseWrittenBytes(readFileSync(`/proc/${pid}/io`, "utf8"));
}

/** The cores this process may run on, from the text of a list as "0-2,5". */
export function parseCores(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

export function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return list === undefined ? [] : parseCores(list);
}

/** How many files the process may have open, from the text of /proc/<pid>/limits. */
export function parseOpenFiles(limits: string): number {
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits) ?? [];
  return soft === undefined || soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

export function openFilesAllowed(pid: number): number {
  return parseOpenFiles(readFileSync(`/proc/${pid}/limits`, "utf8"));
}
