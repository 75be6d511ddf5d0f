import type { Matching } from "./contenders.ts";

const ROUND_MICROSECONDS = 50_000;
const ROUNDS = 15;

/**
 * Matches per second of this process' CPU time (garbage collection included) in the best of some rounds, the one that other programs
 * on the machine disturbed least.
 */
export function matchesPerSecond({ count }: Matching, topics: readonly string[]): number {
  let next = 0;
  let sink = 0;
  const cpuMicroseconds = (matches: number) => {
    const before = process.cpuUsage();
    for (let i = 0; i < matches; i++) {
      sink += count(topics[next] ?? "");
      next = next + 1 < topics.length ? next + 1 : 0;
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  let matches = 1;
  while (cpuMicroseconds(matches) < ROUND_MICROSECONDS) matches *= 2;
  const rounds = Array.from({ length: ROUNDS }, () => cpuMicroseconds(matches));
  if (sink === 0) throw new Error("nothing was matched");
  return (matches * 1e6) / Math.min(...rounds);
}
