import { readFileSync } from "node:fs";

/** Whether there is /proc. */
export const HAS_PROC = process.platform === "linux";

/** The unit of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/<pid>/stat behind the command name, which may itself hold blanks and parentheses. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** User and system time of a process with all its threads, in seconds, from the text of /proc/<pid>/stat. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
}

export function cpuSeconds(pid: number): number {
  return parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, "utf8"));
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
