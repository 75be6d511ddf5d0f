import type { ListenerOptions } from "../config/listener-options.ts";
import type { NetEnvironment } from "./net-listener.ts";
import type { ByteStream } from "./stream.ts";

/** `mqtt` is MQTT over TCP, `mqtts` over TLS, `ws` and `wss` over WebSocket, `unix` over a Unix socket. */
export type ListenerProtocol = ListenerOptions["protocol"];

/** A door that is open: an address at which clients connect. */
export interface Listener {
  readonly name: string;
  readonly protocol: ListenerProtocol;
  /** Empty for a Unix socket. */
  readonly host: string;
  /** The port really taken, also where 0 was asked for; 0 for a Unix socket. */
  readonly port: number;
  /** Of a Unix socket. */
  readonly path: string | undefined;
  /** Takes no new connections from now on; the open ones go on. */
  close(): void;
}

/** A listener whose rules and certificates can be replaced while its connections stay. */
export interface OpenListener<Options extends ListenerOptions> extends Listener {
  /**
   * Reads everything that the options name, without any effect yet; what comes back makes connections from then on go by it. What is fixed as
   * long as the listener is open is not looked at.
   * @throws {TernmqError} for what cannot be used
   */
  prepare(options: Options): () => void;
}

/** What a listener needs of its broker. */
export interface ListenerEnvironment extends NetEnvironment {
  readonly directIo: boolean;
  /** Bytes of a frame beyond which a WebSocket is closed. */
  readonly maximumFrameSize: number;
  accept(stream: ByteStream): void;
}
