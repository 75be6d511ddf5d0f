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
