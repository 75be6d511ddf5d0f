import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Processes } from "../load/processes.ts";
import type { Job, Outcome } from "./jobs.ts";

/** What a benchmark is run with. */
export interface Stage {
  readonly processes: Processes;
  readonly seconds: number;
  print(text: string): void;
}

/** The longest that a job may take. */
const JOB_SECONDS = 180;
const GENERATOR = fileURLToPath(new URL("./generator.js", import.meta.url));

/** Lends an empty directory. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "ternmq-bench-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export async function perform({ processes }: Stage, job: Job): Promise<Outcome> {
  const args = [GENERATOR, JSON.stringify(job)];
  return JSON.parse(await processes.output("generator", process.execPath, args, JOB_SECONDS));
}

/** Calls `look` every so many milliseconds while something is done. */
export async function watching<T>(millis: number, look: () => void, done: Promise<T>): Promise<T> {
  const timer = setInterval(look, millis);
  try {
    return await done;
  } finally {
    clearInterval(timer);
  }
}
