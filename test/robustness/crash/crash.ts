import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../support/random.ts";
import { BrokerProcess } from "./broker-process.ts";
import { type Cast, createCast } from "./cast.ts";
import { load } from "./load.ts";
import { checkRetained } from "./retained.ts";
import { settle } from "./settle.ts";
import { Trial } from "./trial.ts";

/** Rounds after which all has to have arrived. */
const ROUNDS_TO_SETTLE = 5;

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Of the broker, beside those that name its directory and ports. */
  readonly args: readonly string[];
  /** The broker, if it is not the one that users run. */
  readonly command?: readonly string[];
}

async function crash(cast: Cast, broker: BrokerProcess): Promise<void> {
  await broker.kill();
  await Promise.all([...cast.publishers, ...cast.subscribers, ...cast.visitors].map(({ closed }) => closed));
  await broker.start();
}

async function run(trial: Trial, broker: BrokerProcess, rounds: number): Promise<void> {
  const cast = createCast(trial);
  const retained = cast.streams.filter(({ isRetained }) => isRetained);
  await broker.start();
  while (trial.round < rounds && !trial.hasFaults) {
    trial.round++;
    await load(trial, cast, broker.port);
    await crash(cast, broker);
    await checkRetained(trial, broker.port, retained);
    const isLast = trial.round === rounds;
    if (isLast || trial.round % ROUNDS_TO_SETTLE === 0) await settle(trial, cast, broker.port);
  }
}

export interface CrashReport {
  /** Of the first round that has any; the data directory is left then. Empty: there are none, and it is removed. */
  readonly faults: string;
  /** Messages that a PUBACK or PUBREC came for. */
  readonly acknowledged: number;
  /** Messages that subscribers got, several for each that was published. */
  readonly handedOn: number;
}

/** Kills a broker again and again while clients are busy, and starts it on the same data directory. */
export async function crashTest({ rounds, seed, args, command }: CrashOptions): Promise<CrashReport> {
  const directory = mkdtempSync(join(tmpdir(), "ternmq-crash-"));
  const trial = new Trial(new Random(seed));
  const broker = new BrokerProcess(trial, ["--data-dir", directory, ...args], command);
  try {
    await run(trial, broker, rounds);
  } catch (error) {
    trial.fault(String(error));
  } finally {
    await broker.kill();
  }
  const { acknowledged, handedOn, hasFaults, report } = trial;
  if (hasFaults) return { faults: `seed ${seed}, data directory ${directory}\n${report}`, acknowledged, handedOn };
  rmSync(directory, { recursive: true });
  return { faults: "", acknowledged, handedOn };
}
