import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Processes } from "../processes.ts";
import type { Scenario, Transport } from "../scenarios.ts";

export interface RunningBroker {
  readonly pid: number;
  /** Of the listener for the transport that was asked for. */
  readonly port: number;
  /** How it ended without being told to; undefined: it has not. */
  failure(): string | undefined;
  stop(): Promise<void>;
}

/** A broker that the benchmark can start on a free port of the loopback interface. */
export interface BrokerKind {
  readonly name: string;
  /** What it is run with, as a report tells it: what it keeps and where, what is on and what is off. */
  readonly conditions: string;
  /** The version found on this machine; undefined when it is not installed. */
  version(): string | undefined;
  /** Why a scenario is not run on the version found here; undefined, or no such method: it is. */
  lacks?(scenario: Scenario): string | undefined;
  /** @param transport TCP unless told */
  start(processes: Processes, transport?: Transport): Promise<RunningBroker>;
}

const START_MILLIS = 60_000;
const STDERR_KEPT = 4_096;

/** The version number in what a command prints; undefined when there is no such command. */
export function versionIn(command: string, args: readonly string[]): string | undefined {
  const { stdout } = spawnSync(command, args, { encoding: "utf8" });
  return /\d+\.\d+\.\d+\S*/.exec(stdout ?? "")?.[0];
}

/** Keeps the last of what a process writes to stderr, and tells by it how the process ended; undefined: it has not. */
function watch(child: ChildProcess): () => string | undefined {
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-STDERR_KEPT);
  });
  return () => {
    const { exitCode, signalCode } = child;
    if (exitCode === null && signalCode === null) return undefined;
    return [`ended with ${signalCode ?? `code ${exitCode}`}`, errors.trim()].filter((part) => part !== "").join(": ");
  };
}

/** Rejects with the reason when the process ends or listens too late. */
async function startFailure(child: ChildProcess, end: () => string | undefined, signal: AbortSignal): Promise<never> {
  const ended = once(child, "close", { signal }).then(end);
  const late = wait(START_MILLIS, `did not listen within ${START_MILLIS / 1000} s`, { signal });
  throw new Error(await Promise.race([ended, late]));
}

/** Starts a broker; `listening` resolves with its port, and gives up when the signal is aborted. */
export async function startBroker(
  processes: Processes,
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  listening: (child: ChildProcess, signal: AbortSignal) => Promise<number>,
): Promise<RunningBroker> {
  const child = processes.start("broker", command, args);
  const failure = watch(child);
  const settled = new AbortController();
  const stop = () => processes.stop(child);
  try {
    const port = await Promise.race([listening(child, settled.signal), startFailure(child, failure, settled.signal)]);
    if (child.pid === undefined) throw new Error("has no process");
    return { pid: child.pid, port, failure, stop };
  } catch (error) {
    await stop();
    throw new Error(`${name} ${error instanceof Error ? error.message : error}`);
  } finally {
    settled.abort();
  }
}
