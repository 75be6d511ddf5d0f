import type { Logger } from "pino";
import type { AccessControl, ClientInfo } from "../security/access.ts";
import type { AuthenticationMethod } from "../security/enhanced.ts";
import type { Limits } from "./limits.ts";

/** A door for clients: `mqtt` is MQTT over TCP, `ws` MQTT over WebSocket on any path. */
export interface ListenerOptions {
  readonly protocol: "mqtt" | "ws";
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface BrokerOptions {
  /** Default: MQTT over TCP on 127.0.0.1:1883. */
  readonly listeners?: readonly ListenerOptions[];
  readonly limits?: Partial<Limits>;
  /** Default: everybody may do everything. */
  readonly access?: AccessControl;
  /** Methods of enhanced authentication that clients may name. Default: none. */
  readonly authenticationMethods?: readonly AuthenticationMethod[];
  /** What a client that asks for Response Information gets in its CONNACK. */
  readonly responseInformation?: (client: ClientInfo) => string | undefined;
  /**
   * Whether TCP goes past Node's streams where this Node.js allows that, which is faster. Default true; false is for finding out whether a
   * fault is to be found there.
   */
  readonly directIo?: boolean;
  /** Default: no log. */
  readonly log?: Logger;
}
