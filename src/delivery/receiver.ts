import type { ProtocolVersion } from "../codec/version.ts";
import type { Outbox } from "../transport/outbox.ts";
import type { OutgoingAliases } from "./outgoing-aliases.ts";

/** What delivery needs to know of a client that is online. */
export interface Receiver {
  readonly version: ProtocolVersion;
  readonly outbox: Outbox;
  /** QoS 1 and 2 messages that may be under way to it at a time. [MQTT-3.3.4-9] */
  readonly receiveMaximum: number;
  /** Bytes of the largest packet that it takes. [MQTT-3.1.2-24] */
  readonly maximumPacketSize: number;
  /** Undefined where the client wants none. [MQTT-3.1.2-27] */
  readonly aliases: OutgoingAliases | undefined;
  /** Ends the connection; a client of MQTT 5.0 is told the reason code. */
  close(reasonCode: number): void;
}
