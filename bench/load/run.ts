import { fileURLToPath } from "node:url";
import type { BrokerKind, RunningBroker } from "./brokers/broker-kind.ts";
import { type Job, loopback, type Measurement, type Target } from "./job.ts";
import { kindOf } from "./kinds/all.ts";
import type { Processes } from "./processes.ts";
import type { Run } from "./report.ts";
import type { Scenario } from "./scenarios.ts";

/** How a scenario is run. */
export interface Times {
  /** Of the measured window, where a scenario has one. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Threads that make the load. */
  readonly generators: number;
}

/** A broker that runs, whoever started it. */
export interface Runner {
  readonly target: Target;
  /** Undefined: its process is not known, or elsewhere. */
  readonly pid: number | undefined;
  /** It goes on to live: nothing is to be left in it. */
  readonly cleanUp: boolean;
}

export const WARMUP_SECONDS = 1;
const DRAIN_SECONDS = 5;
const GENERATOR = fileURLToPath(new URL("./generator.js", import.meta.url));

export function timesOf(seconds: number): Times {
  return { seconds, warmupSeconds: WARMUP_SECONDS, generators: 1 };
}

/** One scenario in a generator process of its own. */
export async function measureOn(
  processes: Processes,
  { target, pid, cleanUp }: Runner,
  scenario: Scenario,
  times: Times,
): Promise<Measurement> {
  const known = pid === undefined ? {} : { brokerPid: pid };
  const job: Job = { scenario, target, ...known, ...times, drainSeconds: DRAIN_SECONDS, cleanUp };
  const limit = kindOf(scenario).limitSeconds(scenario, cleanUp) + times.warmupSeconds + times.seconds + DRAIN_SECONDS;
  const output = await processes.output("generator", process.execPath, [GENERATOR], limit, JSON.stringify(job));
  return JSON.parse(output);
}

/** One scenario on a broker that was started here. */
export function measure(
  processes: Processes,
  { port, pid }: RunningBroker,
  scenario: Scenario,
  times: Times,
): Promise<Measurement> {
  return measureOn(processes, { target: loopback(port, scenario.transport), pid, cleanUp: false }, scenario, times);
}

/** A run whose failure is part of what it tells. */
export async function runOf(scenario: Scenario, broker: string, measuring: Promise<Measurement>): Promise<Run> {
  try {
    return { scenario, broker, measured: await measuring };
  } catch (error) {
    return { scenario, broker, error: error instanceof Error ? error.message : String(error) };
  }
}

async function startAndMeasure(processes: Processes, kind: BrokerKind, scenario: Scenario, times: Times) {
  const broker = await kind.start(processes, scenario.transport);
  try {
    return await measure(processes, broker, scenario, times);
  } catch (error) {
    const failure = broker.failure();
    throw failure === undefined ? error : new Error(`${kind.name} ${failure}`);
  } finally {
    await broker.stop();
  }
}

/**
 * One scenario on a broker started for it alone: the peak of its memory then belongs to this scenario, and neither heap
 * nor compiled code is shaped by the one before. For the same reason the generator is a new process.
 */
export function runScenario(
  processes: Processes,
  kind: BrokerKind,
  scenario: Scenario,
  seconds: number,
  times: Times = timesOf(seconds),
): Promise<Run> {
  return runOf(scenario, kind.name, startAndMeasure(processes, kind, scenario, times));
}
