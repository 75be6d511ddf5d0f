import type { ProtocolVersion } from "../codec/version.ts";
import type { SessionLimits } from "../config/client-limits.ts";
import type { Durability } from "../persistence/store.ts";
import type { ClientAccess } from "../security/acl/client-access.ts";
import type { Outbox } from "../transport/outbox.ts";
import type { OutgoingAliases } from "./outgoing-aliases.ts";

/** What delivery needs to know of a client that is online. */
export interface Receiver {
  readonly version: ProtocolVersion;
  /** The one by which it came: the same object for all of its clients. */
  readonly listener: object;
  readonly outbox: Outbox;
  /** QoS 1 and 2 messages that may be under way to it at a time. [MQTT-3.3.4-9] */
  readonly receiveMaximum: number;
  /** Bytes of the largest packet that it takes. [MQTT-3.1.2-24] */
  readonly maximumPacketSize: number;
  /** Undefined where the client wants none. [MQTT-3.1.2-27] */
  readonly aliases: OutgoingAliases | undefined;
  /** What its session is limited to. */
  readonly limits: SessionLimits;
  /** What it may do by the rules; undefined: there are none. */
  readonly rights: ClientAccess | undefined;
  /** What an acknowledgement means on its listener. */
  readonly durability: Durability;
  /** What it waited for is kept. */
  onKept(): void;
  /** What is held back for it by this group cannot be kept: it may not be told, and is sent away. */
  onNotKept(): void;
  /** Ends the connection; a client of MQTT 5.0 is told the reason code. */
  close(reasonCode: number): void;
}
