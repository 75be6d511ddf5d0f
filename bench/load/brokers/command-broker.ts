import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Processes } from "../processes.ts";
import { type BrokerKind, type RunningBroker, startBroker, type Transport, versionIn } from "./broker-kind.ts";

type Command = readonly [string, ...string[]];

/** Where one start of a broker takes place. */
export interface Place {
  readonly transport: Transport;
  /** Of the loopback interface, and free. */
  readonly port: number;
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
  /** The text of its configuration file. */
  config(place: Place): string;
  start(command: string, place: Place): Command;
}

const POLL_MILLIS = 20;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
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
  const { name, transports, commands } = broker;
  if (!transports.includes(transport)) throw new Error(`${name} is not run with this transport here: ${transport}`);
  const port = await freePort();
  const place: Place = { transport, port, folder, configFile: join(folder, `${name}.conf`) };
  writeFileSync(place.configFile, broker.config(place));
  const command = broker.start(installed(broker)?.command ?? commands[0] ?? name, place);
  return startBroker(processes, name, command, async (child: ChildProcess, signal) => {
    child.stdout?.resume();
    return untilConnectable(port, signal);
  });
}

/** Each start is in a folder of its own, which goes with it. */
export function brokerKind(broker: CommandBroker): BrokerKind {
  return {
    name: broker.name,
    conditions: broker.conditions,
    version: () => installed(broker)?.version,
    async start(processes, transport = "tcp") {
      const folder = mkdtempSync(join(tmpdir(), "ternmq-bench-"));
      const remove = () => rmSync(folder, { recursive: true });
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
