import { ConfigError } from "../config/source/problem.ts";

const EXIT_USAGE = 2;

/** Runs what reads a configuration; where that cannot be used, tells what is wrong with it. @returns the exit code */
export async function orProblems(action: () => number | Promise<number>): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_USAGE;
  }
}
