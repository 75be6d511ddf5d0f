import type { BrokerKind } from "../load/brokers/broker-kind.ts";
import type { Run } from "../load/report.ts";
import type { Scenario } from "../load/scenarios.ts";
import type { Round } from "./comparison.ts";

/** One run that is to be made. */
export interface Step {
  /** From 1 on. */
  readonly round: number;
  readonly scenario: Scenario;
  readonly kind: BrokerKind;
}

/**
 * All runs in their order. In each round a scenario is run on every broker before the next one begins, so that what is compared was measured
 * within the same seconds; each round another broker is the first.
 */
export function plan(rounds: number, scenarios: readonly Scenario[], kinds: readonly BrokerKind[]): Step[] {
  return Array.from({ length: rounds }, (_, index) => {
    const first = index % kinds.length;
    const rotated = [...kinds.slice(first), ...kinds.slice(0, first)];
    return scenarios.flatMap((scenario) => rotated.map((kind) => ({ round: index + 1, scenario, kind })));
  }).flat();
}

/** Makes the runs, one after the other. */
export async function runRounds(steps: readonly Step[], run: (step: Step) => Promise<Run>): Promise<Round[]> {
  const rounds: Run[][] = [];
  for (const step of steps) {
    const round = rounds[step.round - 1] ?? [];
    rounds[step.round - 1] = round;
    round.push(await run(step));
  }
  return rounds;
}

/** What is left to do, by the time that the steps took so far. */
export function leftText(done: number, all: number, seconds: number): string {
  if (done === 0) return "";
  const left = (seconds / done) * (all - done);
  return left < 90 ? `about ${Math.ceil(left)} s left` : `about ${Math.round(left / 60)} min left`;
}
