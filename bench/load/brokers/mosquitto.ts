import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Processes } from "../processes.ts";
import { type BrokerKind, type RunningBroker, startBroker, versionIn } from "./broker-kind.ts";

const POLL_MILLIS = 20;

/** Debian installs it outside the search path of ordinary users. */
const COMMANDS = ["mosquitto", "/usr/sbin/mosquitto"];

/** No limit under which it would drop messages, and nothing on that costs time. */
const CONFIG = `allow_anonymous true
max_inflight_messages 0
max_queued_messages 0
log_dest none
set_tcp_nodelay true
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Mosquitto does not say when it listens. */
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

function installed(): { command: string; version: string } | undefined {
  for (const command of COMMANDS) {
    const version = versionIn(command, ["-h"]);
    if (version !== undefined) return { command, version };
  }
  return undefined;
}

/** @param folder for its configuration; what else it shall do is said by `lines` of it */
export async function startMosquitto(
  processes: Processes,
  folder: string,
  lines: readonly string[],
): Promise<RunningBroker> {
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\n${CONFIG}${lines.map((line) => `${line}\n`).join("")}`);
  const command = installed()?.command ?? "mosquitto";
  return startBroker(processes, "mosquitto", [command, "-c", config], async (child, signal) => {
    child.stdout?.resume();
    return untilConnectable(port, signal);
  });
}

export const mosquitto: BrokerKind = {
  name: "mosquitto",
  version: () => installed()?.version,
  async start(processes) {
    const folder = mkdtempSync(join(tmpdir(), "ternmq-bench-"));
    return startMosquitto(processes, folder, ["persistence false"]).finally(() => rmSync(folder, { recursive: true }));
  },
};
