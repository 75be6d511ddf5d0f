import { writeFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { Result } from "./comparison.ts";
import type { Measured } from "./measure.ts";
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

/** Where the results go, without an ending: those of runs that were interrupted do not take the place of whole ones. */
export function placeOf(out: string, { interrupted }: Measured): string {
  return interrupted === undefined ? out : `${out}-interrupted`;
}

/**
 * Writes and prints what was found.
 * @param place of the files, without their endings
 * @returns the exit code: 1 where nothing was found
 */
export function hand(place: string, files: Documents, results: readonly Result[], { interrupted }: Measured): number {
  if (interrupted !== undefined) process.stderr.write(`interrupted: ${interrupted.text}\n`);
  const hasFigures = results.some(({ rounds }) => rounds > 0);
  if (interrupted === undefined || hasFigures) {
    const written = Object.entries(files).map(([ending, text]) => write(`${place}.${ending}`, text));
    process.stdout.write(files.md);
    process.stderr.write(`written: ${written.join(", ")}\n`);
  }
  return interrupted?.exitCode ?? (hasFigures ? 0 : 1);
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
