import { closeSync, openSync, writeFileSync } from "node:fs";
import { cleanUpAtExit, exitAtSignals } from "./clean-up.ts";
import type { Options } from "./options.ts";
import { choosePinning, type Pinning, Processes } from "./processes.ts";
import { Progress } from "./progress.ts";
import { failed, machineText, type Run, type Setting, settingText, tableHead, tableRow, toJson } from "./report.ts";
import { type Scenario, scenariosAt } from "./scenarios.ts";
import { BenchError, running, type Subjects, startedHere } from "./subjects.ts";

function pinningText(pinning: Pinning): string {
  if ("unpinned" in pinning) return `none: ${pinning.unpinned}`;
  return `broker on core ${pinning.broker}, load generator on core ${pinning.generator} (taskset)`;
}

/** Where the broker runs is not for the benchmark to say. */
function pinningOf({ target, generators }: Options): Pinning {
  return target === undefined ? choosePinning(generators) : { unpinned: "the broker was there before" };
}

function settingOf(options: Options, { versions, hasProcess }: Subjects, pinning: Pinning, command: string): Setting {
  return {
    command,
    machine: machineText(),
    node: process.versions.node,
    brokers: versions,
    pinning: pinningText(pinning),
    generators: options.generators,
    warmupSeconds: options.warmup,
    seconds: options.seconds,
    hasProcess,
  };
}

/** The scenarios asked for. A target says itself what goes over a WebSocket. */
function chosen({ only, target, ...sizes }: Options): Scenario[] {
  const isChosen = ({ id, transport }: Scenario) =>
    only?.includes(id) ?? (target === undefined || transport === undefined);
  return scenariosAt(sizes).filter(isChosen);
}

/** Writes the table as it comes, a head for each kind of scenario. */
class Table {
  readonly #print: (text: string) => void;
  readonly #hasProcess: boolean;
  #kind = "";
  #peer: Run | undefined;

  constructor(print: (text: string) => void, hasProcess: boolean) {
    this.#print = print;
    this.#hasProcess = hasProcess;
  }

  add(run: Run): void {
    const { kind, id } = run.scenario;
    if (kind !== this.#kind) this.#print(`\n${tableHead(run.scenario, this.#hasProcess)}\n`);
    if (id !== this.#peer?.scenario.id) this.#peer = undefined;
    this.#print(`${tableRow(run, this.#peer, this.#hasProcess)}\n`);
    this.#kind = kind;
    this.#peer ??= run;
  }
}

async function runAll(
  options: Options,
  { subjects, hasProcess }: Subjects,
  processes: Processes,
  print: (text: string) => void,
) {
  const { seconds, warmup, generators } = options;
  const times = { seconds, warmupSeconds: warmup, generators };
  const scenarios = chosen(options);
  const progress = new Progress(process.stderr, scenarios.length * subjects.length);
  const table = new Table(print, hasProcess);
  const runs: Run[] = [];
  for (const scenario of scenarios) {
    for (const subject of subjects) {
      const what = `${scenario.title}: ${subject.name}`;
      const run = await progress.during(what, subject.run(processes, scenario, times));
      table.add(run);
      runs.push(run);
    }
  }
  return runs;
}

/** That a file cannot be written is not to be found out when all is measured. */
function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new BenchError(`the results cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

async function perform(options: Options, command: string): Promise<number> {
  const isJsonOnly = options.json === true;
  if (typeof options.json === "string") checkWritable(options.json);
  const print = (text: string) => void (isJsonOnly || process.stdout.write(text));
  const subjects = options.target === undefined ? startedHere(options) : await running(options, options.target);
  const pinning = pinningOf(options);
  const setting = settingOf(options, subjects, pinning, command);
  const processes = new Processes(pinning);
  cleanUpAtExit(processes);
  exitAtSignals();
  print(`${settingText(setting)}\n`);
  const runs = await runAll(options, subjects, processes, print);
  const json = toJson(setting, runs);
  if (isJsonOnly) process.stdout.write(json);
  else if (typeof options.json === "string") writeFileSync(options.json, json);
  return runs.some(failed) ? 1 : 0;
}

/**
 * Runs the benchmark. Resolves with the exit code: 1 where a run failed, or a broker lost, repeated or refused something.
 * @param command as it was given, for whoever repeats it
 */
export async function bench(options: Options, command: string): Promise<number> {
  try {
    return await perform(options, command);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    process.stderr.write(`ternmq: ${error.message}\n`);
    return 1;
  }
}
