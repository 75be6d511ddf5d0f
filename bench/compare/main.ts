import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { CommanderError } from "commander";
import { choosePinning, Processes } from "../load/processes.ts";
import { SCENARIOS, type Scenario } from "../load/scenarios.ts";
import { findBrokers, kindsOf } from "./brokers.ts";
import { compare } from "./comparison.ts";
import { cleanUpAtExit, measureSteps } from "./measure.ts";
import { WRONG_USAGE } from "./option-values.ts";
import { type Options, parseOptions } from "./options.ts";
import { documents } from "./report.ts";
import { plan } from "./rounds.ts";
import { PEER, settingOf } from "./setting.ts";

/** The scenarios that are run unless others are asked for. */
const USUAL: readonly string[] = [
  ...["pairs-qos0", "pairs-qos0-1k", "pairs-qos1", "pairs-qos2", "fan-in", "fan-out", "fan-out-qos1"],
  ...["pairs-1", "pairs-500-1", "one-pair", "ws-pairs-qos0", "subscriptions", "connections"],
];

function scenariosOf({ only, all }: Options): Scenario[] {
  const wanted = only ?? USUAL;
  return SCENARIOS.filter(({ id }) => all || wanted.includes(id));
}

function write(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}

function refuse(reason: string): number {
  process.stderr.write(`error: ${reason}\n`);
  return 1;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv);
  if (process.platform !== "linux") return refuse("the figures come from /proc, which only Linux has");
  const pinning = choosePinning();
  const brokers = findBrokers(options.brokers, options.modules);
  const setting = settingOf("bench:compare", options, brokers, pinning);
  if (options.brokers !== undefined && setting.missing.length > 0)
    return refuse(`not found on this machine: ${setting.missing.join(", ")}`);
  const processes = new Processes(pinning);
  cleanUpAtExit(processes);
  const steps = plan(options.rounds, scenariosOf(options), kindsOf(brokers));
  const rounds = await measureSteps(processes, steps, options.seconds);
  const results = compare(rounds, PEER);
  const files = await documents(basename(options.out), setting, results, rounds);
  const written = Object.entries(files).map(([ending, text]) => write(`${options.out}.${ending}`, text));
  process.stdout.write(files.md);
  process.stderr.write(`written: ${written.join(", ")}\n`);
  return results.some((result) => result.rounds > 0) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
}
