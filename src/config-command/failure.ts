import { ConfigError } from "../config/source/problem.ts";

const EXIT_USAGE = 2;

/** Runs what reads a configuration; where that cannot be used, tells what is wrong with it. @returns the exit code */
export function orProblems(action: () => number): number {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_USAGE;
  }
}
