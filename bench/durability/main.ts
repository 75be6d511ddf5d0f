import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { cleanUpAtExit, exitAtSignals } from "../load/clean-up.ts";
import { choosePinning, type Pinning, Processes } from "../load/processes.ts";
import { machineText } from "../load/report.ts";
import { OFFLINE, ONLINE, runAcknowledged } from "./acknowledged.ts";
import { BROKERS, type DurableBroker } from "./brokers.ts";
import { runQos0 } from "./qos0.ts";
import { runReplay } from "./replay.ts";
import type { Stage } from "./stage.ts";
import { runStartUp } from "./start-up.ts";

interface Options {
  readonly only?: readonly string[];
  readonly broker?: readonly string[];
  readonly seconds: number;
}

type Benchmark = (stage: Stage, brokers: readonly DurableBroker[]) => Promise<boolean>;

const SECONDS_MAX = 600;
const WRONG_USAGE = 2;

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  online: (stage, brokers) => runAcknowledged(stage, brokers, ONLINE),
  offline: (stage, brokers) => runAcknowledged(stage, brokers, OFFLINE),
  replay: runReplay,
  start: runStartUp,
  qos0: runQos0,
};

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It has to be a number from 1 to ${SECONDS_MAX}.`);
}

function parseOptions(argv: readonly string[]): Options {
  const command = new Command("npm run bench:durability --")
    .description("What it costs to keep what was acknowledged, level by level, beside Mosquitto when it is installed.")
    .addOption(new Option("--only <benchmark...>", "run these benchmarks").choices(Object.keys(BENCHMARKS)))
    .addOption(new Option("--broker <name...>", "run on these alone").choices(BROKERS.map(({ name }) => name)))
    .option("--seconds <number>", "length of a measured window", parseSeconds, 4)
    .allowExcessArguments(false)
    .exitOverride();
  return command.parse(argv).opts<Options>();
}

function pinningText(pinning: Pinning): string {
  if ("unpinned" in pinning) return `none: ${pinning.unpinned}`;
  return `broker, the thread of its store included, on core ${pinning.broker}; load generator on core ${pinning.generator} (taskset)`;
}

function settingText(brokers: readonly DurableBroker[], pinning: Pinning): string {
  return [
    `command   ${["npm run bench:durability --", ...process.argv.slice(2)].join(" ")}`,
    `machine   ${machineText()}, Node.js ${process.versions.node}`,
    `pinning   ${pinningText(pinning)}`,
    ...brokers.map(({ name, promise, version }) => `${name.padEnd(10)}${version()}; ${promise}`),
  ].join("\n");
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv);
  if (process.platform !== "linux") {
    process.stderr.write("error: the figures come from /proc, which only Linux has\n");
    return 1;
  }
  const pinning = choosePinning();
  const processes = new Processes(pinning);
  cleanUpAtExit(processes);
  exitAtSignals();
  const print = (text: string) => void process.stdout.write(text);
  const stage: Stage = { processes, seconds: options.seconds, print };
  const isWanted = ({ name, version }: DurableBroker) =>
    (options.broker?.includes(name) ?? true) && version() !== undefined;
  const brokers = BROKERS.filter(isWanted);
  print(`${settingText(brokers, pinning)}\n`);
  let isWell = true;
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (!(options.only?.includes(name) ?? true)) continue;
    print(`\n== ${name}\n`);
    isWell = (await run(stage, brokers)) && isWell;
  }
  return isWell ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
}
