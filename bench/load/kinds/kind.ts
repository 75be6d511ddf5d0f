import type { FigureName } from "../figures.ts";
import type { Job, Measurement } from "../job.ts";
import type { Scenario } from "../scenarios.ts";

export type KindName = Scenario["kind"];
/** Of subscriptions and retained messages, of a slow broker; Mosquitto takes 13,000. */
const FILLED_A_SECOND = 5_000;
const CLIENTS_A_SECOND = 50;
const BASE_SECONDS = 30;

/** How long a broker is waited for that has to take so many clients, and so much more. */
export function patienceSeconds(clients: number, filled = 0): number {
  return BASE_SECONDS + clients / CLIENTS_A_SECOND + filled / FILLED_A_SECOND;
}

export type ScenarioOf<K extends KindName> = Extract<Scenario, { readonly kind: K }>;

/** A way of measuring, and how what it finds is told. */
export interface Kind<K extends KindName = KindName> {
  /** What is counted. */
  readonly unit: string;
  /** What the table shows, from left to right. */
  readonly columns: readonly FigureName[];
  /** By which brokers are compared. */
  readonly headline: FigureName;
  /** How to read the table. */
  readonly legend: string;
  /**
   * The longest that a scenario may take beside the measured window, in seconds: a broker that hangs is not waited for longer.
   * @param cleanUp whether nothing is to be left in the broker
   */
  limitSeconds(scenario: ScenarioOf<K>, cleanUp: boolean): number;
  run(job: Job<ScenarioOf<K>>): Promise<Measurement>;
}

/** The columns of what goes on for a time. */
export const TIMED_COLUMNS: readonly FigureName[] = [
  "perSecond",
  "brokerCpuSeconds",
  "perCpuSecond",
  "p50Micros",
  "p99Micros",
  "p999Micros",
  "peakResidentBytes",
  "residentBytes",
  "generatorCores",
];
