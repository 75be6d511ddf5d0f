import { writeFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { Result } from "./comparison.ts";
import type { Documents } from "./report.ts";

const WRONG_USAGE = 2;

/** Returns the exit code of a program that cannot begin. */
export function refuse(reason: string): number {
  process.stderr.write(`error: ${reason}\n`);
  return 1;
}

function write(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}

/**
 * Writes and prints what was found.
 * @param out path of the files, without their endings
 * @returns the exit code: 1 where nothing was found
 */
export function hand(out: string, files: Documents, results: readonly Result[]): number {
  const written = Object.entries(files).map(([ending, text]) => write(`${out}.${ending}`, text));
  process.stdout.write(files.md);
  process.stderr.write(`written: ${written.join(", ")}\n`);
  return results.some(({ rounds }) => rounds > 0) ? 0 : 1;
}

/** Runs a program whose arguments commander reads, and sets the exit code. */
export async function runProgram(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  }
}
