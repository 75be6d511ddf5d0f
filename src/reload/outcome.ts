import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a reload ended, for the command that asked for it: a file in the data directory, replaced as a whole each time. */

const NAME = "reload.json";
const OWNER_ONLY = 0o600;

export interface Outcome {
  /** When the broker began to read, in milliseconds since 1970: of what was written later it knows nothing. */
  readonly startedAt: number;
  readonly isReloaded: boolean;
  /** What needs a restart, or what was wrong. */
  readonly messages: readonly string[];
}

export function writeOutcome(directory: string, outcome: Outcome): void {
  const path = join(directory, NAME);
  writeFileSync(`${path}.new`, `${JSON.stringify(outcome)}\n`, { mode: OWNER_ONLY });
  renameSync(`${path}.new`, path);
}

/** Undefined: there was none yet, or a power cut left nothing of it. */
export function readOutcome(directory: string): Outcome | undefined {
  const path = join(directory, NAME);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Outcome;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
