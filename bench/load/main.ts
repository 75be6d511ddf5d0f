import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { BROKERS } from "./brokers/all.ts";
import type { BrokerKind } from "./brokers/broker-kind.ts";
import { choosePinning, type Pinning, Processes } from "./processes.ts";
import { failed, machineText, type Run, type Setting, settingText, tableHead, tableRow, toJson } from "./report.ts";
import { runScenario, WARMUP_SECONDS } from "./run.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

interface Options {
  readonly only?: readonly string[];
  readonly broker?: string;
  readonly seconds: number;
  readonly json?: string;
}

const SECONDS_MAX = 600;
const WRONG_USAGE = 2;

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It has to be a number from 0.1 to ${SECONDS_MAX}.`);
}

function parseOptions(argv: readonly string[]): Options {
  const command = new Command("npm run bench --")
    .description("Load on a freshly started broker, scenario by scenario, beside Mosquitto when it is installed.")
    .addOption(new Option("--only <scenario...>", "run these scenarios").choices(SCENARIOS.map(({ id }) => id)))
    .addOption(new Option("--broker <name>", "run on this broker alone").choices(BROKERS.map(({ name }) => name)))
    .option("--seconds <number>", "length of the measured window", parseSeconds, 4)
    .option("--json <file>", "write the results there as well")
    .allowExcessArguments(false)
    .exitOverride();
  return command.parse(argv).opts<Options>();
}

/** The brokers asked for that are installed, and what the report says of each one asked for. */
function findBrokers(options: Options): { kinds: BrokerKind[]; versions: Record<string, string> } {
  const kinds: BrokerKind[] = [];
  const versions: Record<string, string> = {};
  for (const kind of BROKERS) {
    if (options.broker !== undefined && options.broker !== kind.name) continue;
    const version = kind.version();
    if (version !== undefined) kinds.push(kind);
    versions[kind.name] = version ?? "(not installed: no figures)";
  }
  return { kinds, versions };
}

function pinningText(pinning: Pinning): string {
  if ("unpinned" in pinning) return `none: ${pinning.unpinned}`;
  return `broker on core ${pinning.broker}, load generator on core ${pinning.generator} (taskset)`;
}

function settingOf(options: Options, brokers: Record<string, string>, pinning: Pinning): Setting {
  return {
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
    machine: machineText(),
    node: process.versions.node,
    brokers,
    pinning: pinningText(pinning),
    warmupSeconds: WARMUP_SECONDS,
    seconds: options.seconds,
  };
}

async function runAll(processes: Processes, kinds: readonly BrokerKind[], options: Options): Promise<Run[]> {
  const runs: Run[] = [];
  const chosen = (scenario: Scenario) => options.only?.includes(scenario.id) ?? true;
  for (const scenario of SCENARIOS.filter(chosen)) {
    let peer: Run | undefined;
    for (const kind of kinds) {
      const run = await runScenario(processes, kind, scenario, options.seconds);
      process.stdout.write(`${tableRow(run, peer)}\n`);
      runs.push(run);
      peer ??= run;
    }
  }
  return runs;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv);
  if (process.platform !== "linux") {
    process.stderr.write("error: the figures come from /proc, which only Linux has\n");
    return 1;
  }
  const { kinds, versions } = findBrokers(options);
  if (kinds.length === 0) {
    process.stderr.write(`error: not installed: ${Object.keys(versions).join(", ")}\n`);
    return 1;
  }
  const pinning = choosePinning();
  const processes = new Processes(pinning);
  process.once("exit", () => processes.killAll());
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  const setting = settingOf(options, versions, pinning);
  process.stdout.write(`${settingText(setting)}\n\n${tableHead()}\n`);
  const runs = await runAll(processes, kinds, options);
  if (options.json !== undefined) writeFileSync(options.json, toJson(setting, runs));
  return runs.some(failed) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
}
