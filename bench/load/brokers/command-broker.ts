import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Processes } from "../processes.ts";
import type { Scenario, Transport } from "../scenarios.ts";
import { type BrokerKind, type RunningBroker, startBroker, versionIn } from "./broker-kind.ts";

type Command = readonly [string, ...string[]];

/** Where one start of a broker takes place. */
export interface Place {
  readonly transport: Transport;
  /** Of the loopback interface, and free. */
  readonly port: number;
  /** Two more, for what it opens beside. */
  readonly otherPorts: readonly [number, number];
  /** Its own, empty but for the configuration. */
  readonly folder: string;
  /** The file that `config` was written to. */
  readonly configFile: string;
}

/** A broker that a command starts in the foreground, listening on the port it is given. */
export interface CommandBroker {
  readonly name: string;
  readonly conditions: string;
  readonly transports: readonly Transport[];
  /** Its command, and where else it may be found than on the search path; the first that tells its version is used. */
  readonly commands: readonly string[];
  /** What prints the version. */
  version(command: string): Command;
  /** What of a scenario the version cannot do, as part of a sentence about it; absent: it can do all. */
  lacks?(scenario: Scenario, version: string): string | undefined;
  /** The text of its configuration file. */
  config(place: Place): string;
  start(command: string, place: Place): Command;
}

const POLL_MILLIS = 20;

/** Three at once, so that they differ. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [0, 0, 0].map((any) => createServer().listen(any, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === "object" ? address?.port : undefined;
  });
  const [first, second, third] = ports;
  if (first === undefined || second === undefined || third === undefined) throw new Error("no free port");
  return [first, second, third];
}

async function untilConnectable(port: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return port;
    await wait(POLL_MILLIS, undefined, { signal });
  }
}

function installed({ commands, version }: CommandBroker): { command: string; version: string } | undefined {
  for (const command of commands) {
    const [file, ...args] = version(command);
    const found = versionIn(file, args);
    if (found !== undefined) return { command, version: found };
  }
  return undefined;
}

/** @param folder for its configuration and whatever it keeps */
export async function startIn(
  processes: Processes,
  broker: CommandBroker,
  folder: string,
  transport: Transport,
): Promise<RunningBroker> {
  const { name, commands } = broker;
  const [port, ...otherPorts] = await freePorts();
  const place: Place = { transport, port, otherPorts, folder, configFile: join(folder, `${name}.conf`) };
  writeFileSync(place.configFile, broker.config(place));
  const command = broker.start(installed(broker)?.command ?? commands[0] ?? name, place);
  return startBroker(processes, name, command, async (child: ChildProcess, signal) => {
    child.stdout?.resume();
    return untilConnectable(port, signal);
  });
}

function lackOf(broker: CommandBroker, scenario: Scenario): string | undefined {
  const { transport = "tcp" } = scenario;
  if (!broker.transports.includes(transport)) return "it is not run with a WebSocket listener here";
  return broker.lacks?.(scenario, installed(broker)?.version ?? "");
}

/** Each start is in a folder of its own, which goes with it. */
export function brokerKind(broker: CommandBroker): BrokerKind {
  return {
    name: broker.name,
    conditions: broker.conditions,
    version: () => installed(broker)?.version,
    lacks: (scenario) => lackOf(broker, scenario),
    async start(processes, transport = "tcp") {
      const folder = mkdtempSync(join(tmpdir(), "ternmq-bench-"));
      const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      try {
        const running = await startIn(processes, broker, folder, transport);
        return { ...running, stop: () => running.stop().finally(remove) };
      } catch (error) {
        remove();
        throw error;
      }
    },
  };
}
