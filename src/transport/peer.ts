import type { PeerCertificate } from "./peer-certificate.ts";

/** The way of the bytes, as log lines and hooks name it. */
export const TRANSPORTS = ["tcp", "tls", "websocket", "secure websocket", "unix"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Who is at the other end of a connection, as far as that is known before MQTT is spoken. */
export interface Peer {
  readonly transport: Transport;
  /** Of the client: behind a trusted proxy what that says. Empty for a Unix socket. */
  readonly remoteAddress: string;
  /** 0 where it is not known. */
  readonly remotePort: number;
  /** The client's certificate, if it showed one that was verified. */
  readonly certificate: PeerCertificate | undefined;
  /** The identity of a client that proved to have its pre-shared key. */
  readonly pskIdentity: string | undefined;
  /** When the connection was opened, before anything was negotiated, in milliseconds of `performance.now()`. */
  readonly openedAt: number;
}

/** For log lines; undefined where there is no address. IPv6 addresses stand in brackets before a port. */
export function addressOf({ remoteAddress, remotePort }: Peer): string | undefined {
  if (remoteAddress === "") return undefined;
  if (remotePort === 0) return remoteAddress;
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
