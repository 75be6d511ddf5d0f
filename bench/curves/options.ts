import { Command, InvalidArgumentError, Option } from "commander";
import { allBrokers } from "../compare/brokers.ts";
import { parseOut, parseRounds, parseSeconds } from "../compare/option-values.ts";
import { BROKERS } from "../load/brokers/all.ts";
import { CURVES, type Curve, chosenCurves } from "./curves.ts";

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: readonly string[];
  readonly at?: readonly number[];
  readonly brokers: readonly string[];
  readonly out: string;
}

const VALUES = new Set(CURVES.flatMap(({ points }) => points.map(({ x }) => x)));

function parseValue(text: string, before: readonly number[] = []): number[] {
  const value = Number(text);
  if (text.trim() !== "" && VALUES.has(value)) return [...before, value];
  const allowed = [...VALUES].sort((one, other) => one - other).join(", ");
  throw new InvalidArgumentError(`No curve has such a point; there are ${allowed}.`);
}

function checkPoints(command: Command, { only, at }: Options): Curve[] {
  const curves = chosenCurves(only, at);
  const missing = only?.find((id) => !curves.some((curve) => curve.id === id));
  if (missing !== undefined) command.error(`error: the curve '${missing}' has none of the points of --at`);
  return curves;
}

/** @throws {CommanderError} after having told what is wrong, or what was asked for (--help) */
export function parseOptions(argv: readonly string[]): { options: Options; curves: Curve[] } {
  const command = new Command("npm run bench:curves --")
    .description("How the cost of a message grows with payload, receivers, connections and subscriptions.")
    .option("--rounds <number>", "how often everything is measured", parseRounds, 1)
    .option("--seconds <number>", "length of a measured window", parseSeconds, 1)
    .addOption(new Option("--only <curve...>", "measure these curves").choices(CURVES.map(({ id }) => id)))
    .option("--at <value...>", "measure these points of the curves (--only payload --at 64 1024)", parseValue)
    .addOption(
      new Option("--brokers <name...>", "run these brokers, where they are found")
        .choices(allBrokers(".").map(({ name }) => name))
        .default(BROKERS.map(({ name }) => name)),
    )
    .option("--out <path>", "where the results go: <path>.md, <path>.json and <path>.svg", parseOut, "curves")
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv);
  const options = command.opts<Options>();
  return { options, curves: checkPoints(command, options) };
}
