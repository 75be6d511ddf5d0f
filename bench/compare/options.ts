import { Command, Option } from "commander";
import { SCENARIOS } from "../load/scenarios.ts";
import { allBrokers } from "./brokers.ts";
import { parseOut, parseRounds, parseSeconds } from "./option-values.ts";

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: readonly string[];
  readonly all: boolean;
  readonly brokers?: readonly string[];
  readonly modules: string;
  readonly out: string;
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
