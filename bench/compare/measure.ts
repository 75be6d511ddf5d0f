import { FIGURES } from "../load/figures.ts";
import { kindOf } from "../load/kinds/all.ts";
import type { Processes } from "../load/processes.ts";
import { Progress } from "../load/progress.ts";
import { failed, type Run } from "../load/report.ts";
import { runScenario } from "../load/run.ts";
import { errorOf, type Round } from "./comparison.ts";
import { Estimate } from "./estimate.ts";
import { Interruption } from "./interruption.ts";
import { notAgain, runRounds, type Step } from "./rounds.ts";

export interface Measured {
  readonly rounds: readonly Round[];
  /** Absent: all was measured. */
  readonly interrupted?: { readonly text: string; readonly exitCode: number };
}

/** What a run found, in the words of the table. */
function foundText(run: Run): string {
  if (failed(run)) return `failed: ${errorOf(run)}`;
  const { headline, unit } = kindOf(run.scenario);
  const value = run.measured?.figures[headline];
  return value === undefined
    ? "too short to tell"
    : `${FIGURES[headline].text(value)} ${FIGURES[headline].title(unit)}`;
}

/**
 * Makes all runs, or those until a signal says that it is enough, and tells on standard error which, what they found, and what is left.
 * @param seconds length of a measured window
 */
export async function measureSteps(processes: Processes, steps: readonly Step[], seconds: number): Promise<Measured> {
  const wanted = steps.filter(({ scenario, kind }) => kind.lacks?.(scenario) === undefined);
  const progress = new Progress(process.stderr, wanted.length);
  const interruption = new Interruption(processes);
  const estimate = new Estimate(seconds);
  progress.note(`${wanted.length} runs, ${estimate.text(wanted)}; Ctrl-C ends them and keeps what was measured`);
  let made = 0;
  const make = notAgain(({ scenario, kind }) => {
    const what = `${estimate.text(wanted.slice(made))} left, ${scenario.title}: ${kind.name}`;
    return progress.during(what, runScenario(processes, kind, scenario, seconds));
  });
  const rounds = await runRounds(steps, async (step) => {
    if (interruption.exitCode !== undefined) return undefined;
    const begun = performance.now();
    const run = await make(step);
    if (interruption.exitCode !== undefined) return undefined;
    estimate.took(step, (performance.now() - begun) / 1000);
    const { round, scenario, kind } = step;
    progress.note(`${++made} of ${wanted.length}, round ${round}: ${scenario.title}: ${kind.name} ${foundText(run)}`);
    return run;
  });
  const { exitCode } = interruption;
  if (exitCode === undefined) return { rounds };
  return { rounds, interrupted: { text: `${made} of ${wanted.length} runs were made`, exitCode } };
}
