import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a reload ended, for the command that asked for it: a file in the data directory, replaced as a whole each time. */

const NAME = "reload.json";
const OWNER_ONLY = 0o600;

export interface Outcome {
  readonly isReloaded: boolean;
  /** What needs a restart, or what was wrong. */
  readonly messages: readonly string[];
}

export function writeOutcome(directory: string, outcome: Outcome): void {
  const path = join(directory, NAME);
  writeFileSync(`${path}.new`, `${JSON.stringify(outcome)}\n`, { mode: OWNER_ONLY });
  renameSync(`${path}.new`, path);
}

/** Which file it is: another one for each reload. Undefined: there was none yet. */
export function outcomeId(directory: string): string | undefined {
  const found = statSync(join(directory, NAME), { throwIfNoEntry: false, bigint: true });
  return found && `${found.ino} ${found.mtimeNs}`;
}

export function readOutcome(directory: string): Outcome {
  return JSON.parse(readFileSync(join(directory, NAME), "utf8")) as Outcome;
}
