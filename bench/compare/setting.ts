import type { Pinning } from "../load/processes.ts";
import { machineText } from "../load/report.ts";
import { WARMUP_SECONDS } from "../load/run.ts";
import type { FoundBroker } from "./brokers.ts";
import type { Measured } from "./measure.ts";

/** What a reader needs to judge the figures and to measure them again. */
export interface Setting {
  readonly command: string;
  /** ISO 8601, the day alone. */
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly pinning: string;
  readonly rounds: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** The broker that the others are compared with. */
  readonly peer: string;
  readonly brokers: readonly ComparedBroker[];
  /** Those that were not found on the machine. */
  readonly missing: readonly string[];
  /** How many of the runs were made; absent: all. */
  readonly interrupted?: string;
}

interface ComparedBroker {
  readonly name: string;
  readonly version: string;
  readonly conditions: string;
}

export function versionsText({ brokers, node }: Setting): string {
  return [...brokers.map(({ name, version }) => `${name} ${version}`), `Node.js ${node}`].join(", ");
}

export function methodText({ rounds, seconds, warmupSeconds }: Setting): string {
  return `${rounds === 1 ? "1 round" : `${rounds} rounds`} of ${seconds} s each after ${warmupSeconds} s of warm-up`;
}

/** The others are compared with it. */
export const PEER = "mosquitto";

function pinningText(pinning: Pinning): string {
  if ("unpinned" in pinning) return `nothing is pinned: ${pinning.unpinned}`;
  return `broker on core ${pinning.broker}, load generator on core ${pinning.generator} (taskset)`;
}

/** What a setting says of runs that did not get to their end. */
export function partOf({ interrupted }: Measured): Pick<Setting, "interrupted"> {
  return interrupted === undefined ? {} : { interrupted: interrupted.text };
}

/**
 * What is measured now.
 * @param script of npm, which was started with the arguments of this process
 */
export function settingOf(
  script: string,
  { rounds, seconds }: Pick<Setting, "rounds" | "seconds">,
  found: readonly FoundBroker[],
  pinning: Pinning,
): Setting {
  const given = process.argv.slice(2);
  return {
    command: [`npm run ${script}`, ...(given.length > 0 ? ["--", ...given] : [])].join(" "),
    date: new Date().toISOString().slice(0, 10),
    machine: machineText(),
    node: process.versions.node,
    pinning: pinningText(pinning),
    rounds,
    warmupSeconds: WARMUP_SECONDS,
    seconds,
    peer: PEER,
    brokers: found.flatMap(({ kind: { name, conditions }, version }) =>
      version === undefined ? [] : [{ name, version, conditions }],
    ),
    missing: found.filter(({ version }) => version === undefined).map(({ kind }) => kind.name),
  };
}
