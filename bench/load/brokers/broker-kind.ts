import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Processes } from "../processes.ts";

/** What MQTT travels in: TCP alone, or a WebSocket on it. */
export type Transport = "tcp" | "ws";

export interface RunningBroker {
  readonly pid: number;
  /** Of the listener for the transport that was asked for. */
  readonly port: number;
  stop(): Promise<void>;
}

/** A broker that the benchmark can start on a free port of the loopback interface. */
export interface BrokerKind {
  readonly name: string;
  /** What it is run with, as a report tells it: what it keeps and where, what is on and what is off. */
  readonly conditions: string;
  /** The version found on this machine; undefined when it is not installed. */
  version(): string | undefined;
  /** @param transport TCP unless told; rejects where the broker is not run with it */
  start(processes: Processes, transport?: Transport): Promise<RunningBroker>;
}

const START_MILLIS = 60_000;
const STDERR_KEPT = 4_096;

/** The version number in what a command prints; undefined when there is no such command. */
export function versionIn(command: string, args: readonly string[]): string | undefined {
  const { stdout } = spawnSync(command, args, { encoding: "utf8" });
  return /\d+\.\d+\.\d+\S*/.exec(stdout ?? "")?.[0];
}

/** Rejects with the reason when the process ends or listens too late. */
async function failure(child: ChildProcess, name: string, signal: AbortSignal): Promise<never> {
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-STDERR_KEPT);
  });
  const ended = once(child, "exit", { signal }).then(() => `ended at once: ${errors.trim()}`);
  const late = wait(START_MILLIS, `did not listen within ${START_MILLIS / 1000} s`, { signal });
  throw new Error(`${name} ${await Promise.race([ended, late])}`);
}

/** Starts a broker; `listening` resolves with its port, and gives up when the signal is aborted. */
export async function startBroker(
  processes: Processes,
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  listening: (child: ChildProcess, signal: AbortSignal) => Promise<number>,
): Promise<RunningBroker> {
  const child = processes.start("broker", command, args);
  const settled = new AbortController();
  const stop = () => processes.stop(child);
  try {
    const port = await Promise.race([listening(child, settled.signal), failure(child, name, settled.signal)]);
    if (child.pid === undefined) throw new Error(`${name} has no process`);
    return { pid: child.pid, port, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    settled.abort();
  }
}
