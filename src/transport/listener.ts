/** `mqtt` is MQTT over TCP, `mqtts` over TLS, `ws` and `wss` over WebSocket, `unix` over a Unix socket. */
export type ListenerProtocol = "mqtt" | "mqtts" | "ws" | "wss" | "unix";

/** A door that is open: an address at which clients connect. */
export interface Listener {
  readonly protocol: ListenerProtocol;
  readonly host: string;
  /** The port really taken, also where 0 was asked for. */
  readonly port: number;
  /** Takes no new connections from now on; the open ones go on. */
  close(): void;
}
