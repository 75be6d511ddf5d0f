import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import type { SocketOptions } from "../config/listener-options.ts";
import type { Arrival } from "./arrival.ts";
import { canonicalAddress } from "./canonical-address.ts";
import { ListenError } from "./listen-error.ts";
import { hostOf } from "./listener-name.ts";
import type { Negotiations } from "./negotiations.ts";
import type { AddressList } from "./proxy/address-list.ts";
import { takeProxyHeader } from "./proxy/proxy-stage.ts";

/** Connections that the system holds ready until they are accepted. */
export const DEFAULT_BACKLOG = 511;
const DEFAULT_KEEP_ALIVE = 60;

/**
 * A socket that was accepted, not reading yet, its PROXY header taken off.
 * @param rest what came in behind the header
 */
export type OnSocket = (socket: Socket, arrival: Arrival, rest: Buffer) => void;

export interface NetEnvironment {
  readonly log: Logger;
  readonly negotiations: Negotiations;
  /** Milliseconds that a connection may take until it is a client. */
  readonly connectTimeout: number;
  /** Whose a connection from there is as long as nothing has come by it; empty: somebody's behind a proxy. */
  originOf(address: string): string;
  /** Whether a connection from this origin may be opened now. */
  admits(origin: string): boolean;
  /** Asked once for each client, last: whether the rates let it open a connection now. It counts then. */
  takesConnection(address: string): boolean;
}

const NOTHING = Buffer.alloc(0);
const BEHIND_PROXY = "";

/**
 * Listens at an address.
 * @param allowHalfOpen whether a client that has ended its side can still be written to
 * @param proxies where connections have to come from, with a PROXY header; undefined: such headers are not understood
 * @throws {ListenError}
 */
export async function listenNet(
  options: SocketOptions & { readonly protocol: string },
  environment: NetEnvironment,
  allowHalfOpen: boolean,
  proxies: () => AddressList | undefined,
  onSocket: OnSocket,
): Promise<Server> {
  const { protocol, port, ipv6Only = false, backlog = DEFAULT_BACKLOG, noDelay = true } = options;
  const { tcpKeepAlive = DEFAULT_KEEP_ALIVE } = options;
  const host = hostOf(options);
  const keepAlive = { keepAlive: tcpKeepAlive > 0, keepAliveInitialDelay: tcpKeepAlive * 1_000 };
  const server = createServer({ noDelay, allowHalfOpen, pauseOnConnect: true, ...keepAlive }, (socket) => {
    const trusted = proxies();
    const arrival = arrivalOf(socket);
    const { address } = arrival;
    const origin = trusted?.has(address) === true ? BEHIND_PROXY : environment.originOf(address);
    if (!environment.admits(origin)) socket.destroy();
    else if (trusted !== undefined) takeProxied(socket, arrival, trusted, environment, onSocket);
    else if (environment.takesConnection(address)) onSocket(socket, arrival, NOTHING);
    else socket.destroy();
  });
  try {
    await listen(server, { host, port, ipv6Only, backlog });
  } catch (error) {
    throw new ListenError(protocol, `${host}:${port}`, error as NodeJS.ErrnoException);
  }
  return server;
}

/** @throws what Node.js says */
export async function listen(server: Server, options: ListenOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function arrivalOf(socket: Socket): Arrival {
  const address = canonicalAddress(socket.remoteAddress ?? "");
  return { address, port: socket.remotePort ?? 0, openedAt: performance.now() };
}

/** Gives the socket what is left of the time that a connection may take until it is a client. */
export function negotiate(
  socket: Socket,
  { address, openedAt }: Arrival,
  environment: NetEnvironment,
  late: string,
  onLate: () => void = () => {},
  origin = environment.originOf(address),
): void {
  const { log, negotiations, connectTimeout } = environment;
  const left = openedAt + connectTimeout - performance.now();
  negotiations.begin(socket, { address: origin, openedAt }, Math.max(0, left), () => {
    log.info({ address }, late);
    onLate();
  });
}

function takeProxied(
  socket: Socket,
  arrival: Arrival,
  proxies: AddressList,
  environment: NetEnvironment,
  onSocket: OnSocket,
): void {
  const { log, negotiations } = environment;
  const { address } = arrival;
  const refuse = (detail: string): void => {
    log.warn({ address, detail }, "closed a connection without a trusted PROXY header");
    socket.destroy();
  };
  if (!proxies.has(address)) {
    refuse("the address is not that of a trusted proxy");
    return;
  }
  negotiate(socket, arrival, environment, "no PROXY header came in time", undefined, BEHIND_PROXY);
  const onProxied = (from: Arrival, rest: Buffer): void => {
    negotiations.end(socket);
    const isWelcome = environment.admits(from.address) && environment.takesConnection(from.address);
    if (isWelcome) onSocket(socket, from, rest);
    else socket.destroy();
  };
  takeProxyHeader(socket, arrival, onProxied, ({ message }) => refuse(message));
}
