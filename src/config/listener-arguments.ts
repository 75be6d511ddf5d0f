import { ALL_VERSIONS } from "../broker/listener-context.ts";
import type { ListenerProtocol } from "../transport/listener.ts";
import { listenerName } from "../transport/listener-name.ts";
import { checkDurability, wrong } from "./arguments.ts";
import { checkListenerLimits } from "./client-limit-arguments.ts";
import type { ListenerOptions } from "./listener-options.ts";

const MAX_PORT = 65_535;

const COMMON = [
  "protocol",
  "name",
  "durability",
  "usernameAsClientIdentifier",
  "authentication",
  "accessRules",
  "versions",
  "maximumConnections",
  "limits",
];
const ADDRESS = [...COMMON, "host", "port"];
const SOCKET = [...ADDRESS, "ipv6Only", "backlog", "tcpKeepAlive", "noDelay", "proxyProtocolFrom"];
const WEB_SOCKET = ["path", "origins", "forwardedFrom"];

/** The options that a listener may have. */
const OPTIONS: Record<ListenerProtocol, readonly string[]> = {
  mqtt: SOCKET,
  mqtts: [...SOCKET, "tls"],
  ws: [...ADDRESS, ...WEB_SOCKET],
  wss: [...SOCKET, ...WEB_SOCKET, "tls"],
  unix: [...COMMON, "path", "mode", "backlog"],
};

/** For programs without types. @throws {TernmqError} ERR_ARGUMENT */
export function checkListeners(listeners: readonly ListenerOptions[]): void {
  const names = new Set<string>();
  for (const listener of listeners) {
    checkListener(listener);
    const { name } = listener;
    if (name !== undefined && names.has(name)) throw wrong(`"${name}" is the name of two listeners: give each its own`);
    if (name !== undefined) names.add(name);
  }
}

function checkListener(options: ListenerOptions): void {
  const { protocol, durability, versions, limits } = options;
  if (!Object.hasOwn(OPTIONS, protocol)) {
    throw wrong(`a listener's protocol is one of ${Object.keys(OPTIONS).join(", ")}, not ${protocol}`);
  }
  const unknown = Object.keys(options).find((option) => !OPTIONS[protocol].includes(option));
  if (unknown !== undefined) throw wrong(`a listener for ${protocol} has no option ${unknown}`);
  checkDurability(durability);
  if (limits !== undefined) checkListenerLimits(limits, `${listenerName(options)}.limits`);
  if (versions !== undefined && !(versions.length > 0 && versions.every((each) => ALL_VERSIONS.includes(each)))) {
    throw wrong(`a listener's versions are some of ${ALL_VERSIONS.join(", ")}, not ${versions}`);
  }
  if (protocol === "unix") checkPath(options.path);
  else checkPort(options.port);
  if ((protocol === "mqtts" || protocol === "wss") && typeof options.tls !== "object") {
    throw wrong(`a listener for ${protocol} needs tls: certificate and key, or pskFile`);
  }
}

function checkPath(path: unknown): void {
  if (typeof path !== "string" || path === "") throw wrong("a listener for unix needs the path of a socket file");
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw wrong(`a listener's port is a whole number from 0 to ${MAX_PORT}, not ${port}; 0 takes a free one`);
  }
}
