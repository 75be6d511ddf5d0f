import type { BrokerKind } from "../load/brokers/broker-kind.ts";
import { failed, type Run } from "../load/report.ts";
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

/** After so long a failure is not tried again. */
const PATIENCE_MILLIS = 60_000;

export function nameOf({ scenario, kind }: Step): string {
  return `${scenario.id} ${kind.name}`;
}

/** What took long to fail fails in the rounds to come without being run: a broker that hangs in a scenario would take most of the time. */
export function notAgain(run: (step: Step) => Promise<Run>, patience = PATIENCE_MILLIS): (step: Step) => Promise<Run> {
  const given = new Map<string, Run>();
  return async (step) => {
    const before = given.get(nameOf(step));
    if (before !== undefined) return before;
    const begun = performance.now();
    const made = await run(step);
    if (failed(made) && performance.now() - begun >= patience) given.set(nameOf(step), made);
    return made;
  };
}

/**
 * Makes the runs, one after the other. What a broker lacks something for is in the rounds without being run.
 * @param run resolves with undefined when no more are to be made
 */
export async function runRounds(
  steps: readonly Step[],
  run: (step: Step) => Promise<Run | undefined>,
): Promise<Round[]> {
  const rounds: Run[][] = [];
  for (const step of steps) {
    const { scenario, kind } = step;
    const notRun = kind.lacks?.(scenario);
    const made = notRun === undefined ? await run(step) : { scenario, broker: kind.name, notRun };
    if (made === undefined) break;
    const round = rounds[step.round - 1] ?? [];
    rounds[step.round - 1] = round;
    round.push(made);
  }
  return rounds;
}
