import type { ProtocolVersion } from "../codec/version.ts";
import type { Durability } from "../persistence/store.ts";
import type { AccessOptions } from "../security/acl/options.ts";
import type { ListenerAuthenticationOptions } from "../security/options.ts";
import type { ListenerLimits } from "./client-limits.ts";

/** What every listener has. */
interface CommonOptions {
  /** For log lines and rules; no two listeners have the same. Default: protocol and address, as in `mqtt://127.0.0.1:1883`. */
  readonly name?: string;
  /** What an acknowledgement to its clients means. Default: what `persistence` says. */
  readonly durability?: Durability;
  /** How its clients show who they are. Default: what the broker's `authentication` says. */
  readonly authentication?: ListenerAuthenticationOptions;
  /** What its clients may do. Default: what the broker's `accessRules` say. */
  readonly accessRules?: AccessOptions;
  /** Versions that its clients may speak: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0. Default: all. */
  readonly versions?: readonly ProtocolVersion[];
  /**
   * Whether the user name that a client was found to have (that of its CONNECT, where nobody is asked) takes the place of its client identifier, so that nobody
   * can use somebody else's; clients without one are refused with 0x87, before MQTT 5.0 with return code 5. Default false.
   */
  readonly usernameAsClientIdentifier?: boolean;
  /** Clients connected by it at a time; one more is refused as with the limit of the same name. Default: only that limit counts. */
  readonly maximumConnections?: number;
  /** What its clients may do that no rule of `clientLimits` is about, and how often connections may be opened. Default: only the broker's limits count. */
  readonly limits?: ListenerLimits;
}

interface AddressOptions extends CommonOptions {
  /** `::` is all addresses of this machine, of both IPv4 and IPv6. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** What Node.js can be told about its sockets, and uWebSockets.js cannot. */
export interface SocketOptions extends AddressOptions {
  /** With `host: "::"`: no IPv4. Default false. */
  readonly ipv6Only?: boolean;
  /** Connections that the system holds ready until they are taken. Default 511; the system may allow fewer. */
  readonly backlog?: number;
  /** Seconds of silence after which TCP asks whether the client is still there; 0: never. Default 60. */
  readonly tcpKeepAlive?: number;
  /** Whether small packets leave at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean;
  /**
   * Addresses, or networks as `10.0.0.0/8`, of proxies. With it every connection has to come from one of them and begin with a header of the
   * PROXY protocol, version 1 or 2; what that says is the client's address. Default: the header is not understood.
   */
  readonly proxyProtocolFrom?: readonly string[];
}

/** A certificate for TLS, as files in PEM format. */
export interface CertificateOptions {
  /** The certificate, and behind it those that lead to its authority. */
  readonly certificate: string;
  readonly key: string;
  /** Of an encrypted key. */
  readonly passphrase?: string;
  /** File of certificates by which this one leads to its authority, where they do not stand behind it in its own file. */
  readonly chain?: string;
}

/** A certificate for some of the host names by which clients call the broker (SNI). */
export interface HostCertificateOptions extends CertificateOptions {
  /** `*.example.com` stands for one more level. Default: the names in the certificate. */
  readonly hosts?: readonly string[];
}

export interface TlsOptions extends Partial<CertificateOptions> {
  /** Beyond `certificate`, which is shown to clients that ask for none of these hosts. */
  readonly certificates?: readonly HostCertificateOptions[];
  /** Whether clients show certificates; one that cannot be verified is never let in. Default `none`. */
  readonly clientCertificate?: "none" | "optional" | "required";
  /** File of the certificate authorities by which those of clients are verified. */
  readonly ca?: string;
  /** File of revoked certificates of clients: a list of each authority in `ca`. */
  readonly crl?: string;
  /** Default 1.2. */
  readonly minimumVersion?: "1.2" | "1.3";
  /** In the words of OpenSSL. Default: those of Node.js. */
  readonly ciphers?: string;
  /**
   * File of pre-shared keys, as Mosquitto's: a line `identity:key` for each client, the key in hexadecimal digits. Such a listener speaks TLS 1.2
   * only, and needs no certificate.
   */
  readonly pskFile?: string;
  /** What clients are told to choose their identity by. */
  readonly pskHint?: string;
}

export interface WebSocketOptions {
  /** The one path that is served; another gets 404. Default: any. */
  readonly path?: string;
  /** Origins, as `https://example.com`, whose pages may connect; those of others get 403. Clients that are no browsers name none. Default: any. */
  readonly origins?: readonly string[];
  /** Addresses, or networks as `10.0.0.0/8`, of proxies whose X-Forwarded-For is believed. Default: none. */
  readonly forwardedFrom?: readonly string[];
}

/** MQTT over TCP. */
export interface TcpListenerOptions extends SocketOptions {
  readonly protocol: "mqtt";
}

/** MQTT over TLS. */
export interface TlsListenerOptions extends SocketOptions {
  readonly protocol: "mqtts";
  readonly tls: TlsOptions;
}

/** MQTT over WebSocket. */
export interface WebSocketListenerOptions extends AddressOptions, WebSocketOptions {
  readonly protocol: "ws";
}

/** MQTT over WebSocket over TLS. */
export interface SecureWebSocketListenerOptions extends SocketOptions, WebSocketOptions {
  readonly protocol: "wss";
  readonly tls: TlsOptions;
}

/** MQTT over a Unix socket. */
export interface UnixListenerOptions extends CommonOptions {
  readonly protocol: "unix";
  /** A socket file that nobody listens at any more is replaced; any other file is left alone. */
  readonly path: string;
  /** Permissions of the socket file; who may write may connect. Default 0o660. */
  readonly mode?: number;
  readonly backlog?: number;
}

/** A door for clients. */
export type ListenerOptions =
  | TcpListenerOptions
  | TlsListenerOptions
  | WebSocketListenerOptions
  | SecureWebSocketListenerOptions
  | UnixListenerOptions;
