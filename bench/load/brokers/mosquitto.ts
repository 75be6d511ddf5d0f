import { userInfo } from "node:os";
import type { Processes } from "../processes.ts";
import type { RunningBroker } from "./broker-kind.ts";
import { brokerKind, type CommandBroker, startIn } from "./command-broker.ts";

/** No limit under which it would drop messages, and nothing on that costs time. */
const CONFIG = `allow_anonymous true
max_inflight_messages 0
max_queued_messages 0
log_dest none
set_tcp_nodelay true
`;

/**
 * Makes the listener before it one for WebSockets. Mosquitto 2.0.11 does not start with such listeners alone, so it has a Unix socket as
 * well; started by root it would become another user, who cannot make that.
 */
function webSockets(folder: string): string {
  return `protocol websockets\nlistener 0 ${folder}/socket\nuser ${userInfo().username}\n`;
}

/** @param lines of its configuration that say what it keeps */
function mosquittoWith(lines: readonly string[]): CommandBroker {
  return {
    name: "mosquitto",
    conditions: "persistence off, no log, no limit on its queues, TCP_NODELAY",
    transports: ["tcp", "ws"],
    // Debian installs it outside the search path of ordinary users.
    commands: ["mosquitto", "/usr/sbin/mosquitto"],
    version: (command) => [command, "-h"],
    config({ port, transport, folder }) {
      // With a WebSocket listener it does more in every turn of its loop, so it has none but where that is measured.
      const protocol = transport === "ws" ? webSockets(folder) : "";
      return `listener ${port} 127.0.0.1\n${protocol}${CONFIG}${lines.map((line) => `${line}\n`).join("")}`;
    },
    start: (command, { configFile }) => [command, "-c", configFile],
  };
}

/** @param folder for its configuration; what else it shall do is said by `lines` of it */
export function startMosquitto(processes: Processes, folder: string, lines: readonly string[]): Promise<RunningBroker> {
  return startIn(processes, mosquittoWith(lines), folder, "tcp");
}

export const mosquitto = brokerKind(mosquittoWith(["persistence false"]));
