import { fileURLToPath } from "node:url";
import type { BrokerKind, RunningBroker } from "./brokers/broker-kind.ts";
import type { Job, Measurement } from "./driver.ts";
import { peakResidentBytes } from "./proc-stats.ts";
import type { Processes } from "./processes.ts";
import type { Run } from "./report.ts";
import type { Scenario } from "./scenarios.ts";

export const WARMUP_SECONDS = 1;
const DRAIN_SECONDS = 5;

/** Allowed for starting and connecting. */
const CONNECT_SECONDS = 20;
const GENERATOR = fileURLToPath(new URL("./generator.js", import.meta.url));

/** One scenario on a broker that runs. */
export async function measure(
  processes: Processes,
  { port, pid }: RunningBroker,
  scenario: Scenario,
  seconds: number,
): Promise<Measurement> {
  const times = { warmupSeconds: WARMUP_SECONDS, seconds, drainSeconds: DRAIN_SECONDS };
  const job: Job = { scenario, port, brokerPid: pid, ...times };
  const limit = CONNECT_SECONDS + WARMUP_SECONDS + seconds + DRAIN_SECONDS;
  return JSON.parse(await processes.output("generator", process.execPath, [GENERATOR, JSON.stringify(job)], limit));
}

/**
 * One scenario on a broker started for it alone: the peak of its memory then belongs to this scenario, and neither heap
 * nor compiled code is shaped by the one before. For the same reason the generator is a new process.
 */
export async function runScenario(
  processes: Processes,
  kind: BrokerKind,
  scenario: Scenario,
  seconds: number,
): Promise<Run> {
  try {
    const broker = await kind.start(processes);
    try {
      const measurement = await measure(processes, broker, scenario, seconds);
      return {
        scenario,
        broker: kind.name,
        measured: { ...measurement, peakResidentBytes: peakResidentBytes(broker.pid) },
      };
    } finally {
      await broker.stop();
    }
  } catch (error) {
    return { scenario, broker: kind.name, error: error instanceof Error ? error.message : String(error) };
  }
}
