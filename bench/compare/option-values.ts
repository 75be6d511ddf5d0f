import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { InvalidArgumentError } from "commander";

const ROUNDS_MAX = 100;
const SECONDS_MIN = 0.1;
const SECONDS_MAX = 600;

export function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= ROUNDS_MAX) return rounds;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${ROUNDS_MAX}.`);
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= SECONDS_MIN && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It has to be a number from ${SECONDS_MIN} to ${SECONDS_MAX}.`);
}

/** Looks now: that nothing can be written there is not to be found out when all is measured. */
export function parseOut(path: string): string {
  const folder = dirname(path);
  if (path.endsWith("/")) throw new InvalidArgumentError("The name of the files is missing behind the last slash.");
  try {
    accessSync(folder, constants.W_OK);
    return path;
  } catch {
    throw new InvalidArgumentError(`${folder} is not a folder that can be written.`);
  }
}
