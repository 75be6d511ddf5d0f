import type { ProtocolVersion } from "../codec/version.ts";
import type { Durability } from "../persistence/store.ts";
import type { ListenerAuthenticationOptions } from "../security/options.ts";

/** What every listener has. */
interface CommonOptions {
  /** For log lines and rules; no two listeners have the same. Default: protocol and address, as in `mqtt://127.0.0.1:1883`. */
  readonly name?: string;
  /** What an acknowledgement to its clients means. Default: what `persistence` says. */
  readonly durability?: Durability;
  /** How its clients show who they are. Default: what the broker's `authentication` says. */
  readonly authentication?: ListenerAuthenticationOptions;
  /** Versions that its clients may speak: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0. Default: all. */
  readonly versions?: readonly ProtocolVersion[];
}

/** A door for clients: `mqtt` is MQTT over TCP, `ws` MQTT over WebSocket on any path. */
export interface ListenerOptions extends CommonOptions {
  readonly protocol: "mqtt" | "ws";
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}
