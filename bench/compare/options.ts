import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { SCENARIOS } from "../load/scenarios.ts";
import { allBrokers } from "./brokers.ts";

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: readonly string[];
  readonly all: boolean;
  readonly brokers?: readonly string[];
  readonly modules: string;
  readonly out: string;
}

const ROUNDS_MAX = 100;
const SECONDS_MIN = 0.1;
const SECONDS_MAX = 600;

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= ROUNDS_MAX) return rounds;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${ROUNDS_MAX}.`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= SECONDS_MIN && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It has to be a number from ${SECONDS_MIN} to ${SECONDS_MAX}.`);
}

/** Looks now: that nothing can be written there is not to be found out when all is measured. */
function parseOut(path: string): string {
  const folder = dirname(path);
  if (path.endsWith("/")) throw new InvalidArgumentError("The name of the files is missing behind the last slash.");
  try {
    accessSync(folder, constants.W_OK);
    return path;
  } catch {
    throw new InvalidArgumentError(`${folder} is not a folder that can be written.`);
  }
}

/** @throws {CommanderError} after having told what is wrong, or what was asked for (--help) */
export function parseOptions(argv: readonly string[]): Options {
  const names = allBrokers(".").map(({ name }) => name);
  return new Command("npm run bench:compare --")
    .description("The load benchmark on every broker that is found here, in rounds, as a table, a chart and JSON.")
    .option("--rounds <number>", "how often everything is measured", parseRounds, 3)
    .option("--seconds <number>", "length of a measured window", parseSeconds, 3)
    .addOption(
      new Option("--only <scenario...>", "run these scenarios (default: those of the README)").choices(
        SCENARIOS.map(({ id }) => id),
      ),
    )
    .addOption(
      new Option("--all", "run every scenario, which takes about half an hour").default(false).conflicts("only"),
    )
    .addOption(new Option("--brokers <name...>", "run these brokers (default: all that are found)").choices(names))
    .option("--modules <folder>", "where packages of npm (aedes) are looked for", ".")
    .option("--out <path>", "where the results go: <path>.md, <path>.json and <path>.svg", parseOut, "compare")
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv)
    .opts<Options>();
}
