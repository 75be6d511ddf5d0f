import { REASON } from "../codec/reason-codes.ts";
import type { ProtocolVersion } from "../codec/version.ts";
import type { PeerCertificate } from "../transport/peer-certificate.ts";
import type { Transport } from "../transport/stream.ts";

/** Who is at the other end of a connection. */
export interface ClientInfo {
  readonly clientIdentifier: string;
  readonly username: string | undefined;
  readonly version: ProtocolVersion;
  readonly transport: Transport;
  /** Behind a trusted proxy what that says. Empty for a Unix socket. */
  readonly remoteAddress: string;
  /** 0 where it is not known. */
  readonly remotePort: number;
  /** The name of the listener by which it came. */
  readonly listener: string;
  /** The client's certificate, if it showed one that was verified. */
  readonly certificate: PeerCertificate | undefined;
  /** The identity of a client that proved to have its pre-shared key. */
  readonly pskIdentity: string | undefined;
}

export interface AccessControl {
  /**
   * Asked once for each CONNECT without an authentication method. Answers with a CONNACK reason code: 0x00 lets the client in, any other is
   * what it is told. An error that is thrown refuses it with 0x88. [MQTT-3.1.4-2]
   */
  authenticate(client: ClientInfo, password: Uint8Array | undefined): number | Promise<number>;
  /**
   * Asked for each message of a client, its will included, with the topic name, and for each subscription, with the topic filter. Leave it
   * out to allow everything at no cost.
   */
  readonly authorize?: (client: ClientInfo, action: "publish" | "subscribe", topic: string) => boolean;
}

/** Lets everybody do everything. */
export const ALLOW_ALL: AccessControl = { authenticate: () => REASON.SUCCESS };
