import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Processes } from "../processes.ts";
import type { Transport } from "../scenarios.ts";
import { type BrokerKind, type RunningBroker, startBroker, versionIn } from "./broker-kind.ts";

/** As seen from dist/bench/load/brokers. */
const CLI = fileURLToPath(new URL("../../../src/cli.js", import.meta.url));

/** The listeners by the name that they have in the log. */
const PROTOCOLS: Readonly<Record<Transport, string>> = { tcp: "mqtt", ws: "ws" };

interface LogLine {
  readonly msg?: string;
  readonly protocol?: string;
  readonly port?: number;
}

/** Reads the log up to the line of the listener; what follows is discarded, so that the pipe never fills. */
async function listening({ stdout }: ChildProcess, transport: Transport): Promise<number> {
  if (stdout === null) throw new Error("the log of ternmq cannot be read");
  for await (const line of createInterface({ input: stdout })) {
    const entry: LogLine = line.startsWith("{") ? JSON.parse(line) : {};
    if (entry.msg === "listening" && entry.protocol === PROTOCOLS[transport] && entry.port !== undefined) {
      stdout.resume();
      return entry.port;
    }
  }
  return new Promise(() => {});
}

export function startTernmq(
  processes: Processes,
  options: readonly string[],
  transport: Transport = "tcp",
): Promise<RunningBroker> {
  const command = [CLI, "start", "--port", "0", "--log-level", "info", ...options];
  return startBroker(processes, "ternmq", [process.execPath, ...command], (child) => listening(child, transport));
}

export const ternmq: BrokerKind = {
  name: "ternmq",
  conditions: "as it is started without options: persistence on disk (fsync), WebSocket listener, log and all limits",
  version: () => versionIn(process.execPath, [CLI, "--version"]),
  /** As a user would, with persistence, in a directory that goes with the broker. */
  async start(processes, transport = "tcp") {
    const directory = mkdtempSync(join(tmpdir(), "ternmq-bench-"));
    const broker = await startTernmq(processes, ["--ws-port", "0", "--data-dir", directory], transport);
    const stop = () => broker.stop().finally(() => rmSync(directory, { recursive: true }));
    return { ...broker, stop };
  },
};
