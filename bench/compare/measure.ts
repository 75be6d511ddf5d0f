import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Processes } from "../load/processes.ts";
import { Progress } from "../load/progress.ts";
import { runScenario } from "../load/run.ts";
import type { Round } from "./comparison.ts";
import { leftText, runRounds, type Step } from "./rounds.ts";

/** Ends everything with this process, and removes what brokers that could not stop in order leave in their folders. */
export function cleanUpAtExit(processes: Processes): void {
  const folder = mkdtempSync(join(tmpdir(), "ternmq-compare-"));
  process.env.TMPDIR = folder;
  process.once("exit", () => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

/**
 * Makes all runs, with a line on the terminal that tells which, and what is left.
 * @param seconds length of a measured window
 */
export function measureSteps(processes: Processes, steps: readonly Step[], seconds: number): Promise<Round[]> {
  const progress = new Progress(process.stderr, steps.length);
  const begun = performance.now();
  return runRounds(steps, (step) => {
    const { round, scenario, kind } = step;
    const left = leftText(steps.indexOf(step), steps.length, (performance.now() - begun) / 1000);
    const what = [`round ${round}`, left, `${scenario.title}: ${kind.name}`].filter((part) => part !== "").join(", ");
    return progress.during(what, runScenario(processes, kind, scenario, seconds));
  });
}
