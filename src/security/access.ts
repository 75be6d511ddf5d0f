import type { ProtocolVersion } from "../codec/version.ts";
import type { Transport } from "../transport/peer.ts";
import type { PeerCertificate } from "../transport/peer-certificate.ts";
import type { Identity } from "./identity.ts";

/** Who is at the other end of a connection. */
export interface ClientInfo {
  readonly clientIdentifier: string;
  /** Of the CONNECT. Anybody can give any; `identity` has the one that counts. */
  readonly username: string | undefined;
  /** Whom the client was found to be; undefined as long as it is not let in. */
  readonly identity: Identity | undefined;
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

/**
 * A reason code for the CONNACK: 0x00 lets the client in by the user name of its CONNECT, any other is what it is told. An identity lets it in as
 * what that says; a user name that it does not say is that of the CONNECT. Undefined: not one of those that are known here, ask the next.
 */
export type AuthenticateAnswer = number | Partial<Identity> | undefined;

export type AuthenticateHook = (
  client: ClientInfo,
  password: Uint8Array | undefined,
) => AuthenticateAnswer | Promise<AuthenticateAnswer>;

export type AuthorizeHook = (client: ClientInfo, action: "publish" | "subscribe", topic: string) => boolean;

export interface AccessControl {
  /**
   * Asked once for each CONNECT without an authentication method that no other authenticator has decided about. An error that is thrown
   * refuses the client with 0x88. [MQTT-3.1.4-2]
   */
  readonly authenticate?: AuthenticateHook;
  /**
   * Asked for each message of a client, its will included (at the CONNECT, and when it is published), with the topic name, and for each subscription, with the topic filter. Leave it
   * out to allow everything at no cost.
   */
  readonly authorize?: AuthorizeHook;
}
