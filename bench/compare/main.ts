import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { CommanderError } from "commander";
import type { BrokerKind } from "../load/brokers/broker-kind.ts";
import { choosePinning, type Pinning, Processes } from "../load/processes.ts";
import { Progress } from "../load/progress.ts";
import { machineText } from "../load/report.ts";
import { runScenario, WARMUP_SECONDS } from "../load/run.ts";
import { SCENARIOS, type Scenario } from "../load/scenarios.ts";
import { allBrokers } from "./brokers.ts";
import { compare, type Round } from "./comparison.ts";
import { type Options, parseOptions } from "./options.ts";
import { documents } from "./report.ts";
import { leftText, plan, runRounds } from "./rounds.ts";
import type { Setting } from "./setting.ts";

/** The others are compared with it. */
const PEER = "mosquitto";
const WRONG_USAGE = 2;

/** The scenarios that are run unless others are asked for. */
const USUAL: readonly string[] = [
  ...["pairs-qos0", "pairs-qos0-1k", "pairs-qos1", "pairs-qos2", "fan-in", "fan-out", "fan-out-qos1"],
  ...["pairs-1", "pairs-500-1", "one-pair", "ws-pairs-qos0", "subscriptions", "connections"],
];

interface Found {
  readonly kind: BrokerKind;
  /** Undefined: it is not on this machine. */
  readonly version: string | undefined;
}

function findBrokers({ brokers, modules }: Options): Found[] {
  const asked = allBrokers(modules).filter(({ name }) => brokers?.includes(name) ?? true);
  return asked.map((kind) => ({ kind, version: kind.version() }));
}

function pinningText(pinning: Pinning): string {
  if ("unpinned" in pinning) return `nothing is pinned: ${pinning.unpinned}`;
  return `broker on core ${pinning.broker}, load generator on core ${pinning.generator} (taskset)`;
}

function settingOf({ rounds, seconds }: Options, found: readonly Found[], pinning: Pinning): Setting {
  const given = process.argv.slice(2);
  return {
    command: ["npm run bench:compare", ...(given.length > 0 ? ["--", ...given] : [])].join(" "),
    date: new Date().toISOString().slice(0, 10),
    machine: machineText(),
    node: process.versions.node,
    pinning: pinningText(pinning),
    rounds,
    warmupSeconds: WARMUP_SECONDS,
    seconds,
    peer: PEER,
    brokers: found.flatMap(({ kind: { name, conditions }, version }) =>
      version === undefined ? [] : [{ name, version, conditions }],
    ),
    missing: found.filter(({ version }) => version === undefined).map(({ kind }) => kind.name),
  };
}

/** Ends everything with this process, and removes what brokers that could not stop in order leave in their folders. */
function cleanUpAtExit(processes: Processes): void {
  const folder = mkdtempSync(join(tmpdir(), "ternmq-compare-"));
  process.env.TMPDIR = folder;
  process.once("exit", () => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

function scenariosOf({ only, all }: Options): Scenario[] {
  const wanted = only ?? USUAL;
  return SCENARIOS.filter(({ id }) => all || wanted.includes(id));
}

async function measure(options: Options, kinds: readonly BrokerKind[], processes: Processes): Promise<Round[]> {
  const steps = plan(options.rounds, scenariosOf(options), kinds);
  const progress = new Progress(process.stderr, steps.length);
  const begun = performance.now();
  return runRounds(steps, (step) => {
    const { round, scenario, kind } = step;
    const left = leftText(steps.indexOf(step), steps.length, (performance.now() - begun) / 1000);
    const what = [`round ${round}`, left, `${scenario.title}: ${kind.name}`].filter((part) => part !== "").join(", ");
    return progress.during(what, runScenario(processes, kind, scenario, options.seconds));
  });
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
  const brokers = findBrokers(options);
  const setting = settingOf(options, brokers, pinning);
  if (options.brokers !== undefined && setting.missing.length > 0)
    return refuse(`not found on this machine: ${setting.missing.join(", ")}`);
  const processes = new Processes(pinning);
  cleanUpAtExit(processes);
  const kinds = brokers.filter(({ version }) => version !== undefined).map(({ kind }) => kind);
  const rounds = await measure(options, kinds, processes);
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
