import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from "../../assembly/shared/limits.ts";
import type { ProtocolVersion } from "../codec/version.ts";
import type { ListenerLimits } from "../config/client-limits.ts";
import type { Durability } from "../persistence/store.ts";
import type { AccessOptions } from "../security/acl/options.ts";
import { ConnectionRates } from "../security/limits/connection-rates.ts";
import type { ListenerAuthenticationOptions } from "../security/options.ts";
import type { ListenerProtocol } from "../transport/listener.ts";

/** What the broker keeps of a listener: what all connections that came in by it have in common. */
export interface ListenerContext {
  /** For log lines and rules. */
  readonly name: string;
  readonly protocol: ListenerProtocol;
  /** Only programs of this machine reach it: it is bound to a loopback address, or is a Unix socket. */
  readonly isLocal: boolean;
  /** What an acknowledgement to its clients means. */
  readonly durability: Durability;
  /** Versions that its clients may speak. */
  readonly versions: readonly ProtocolVersion[];
  /** Clients are known by their user names, whatever client identifiers they say. */
  readonly usernameAsClientIdentifier: boolean;
  readonly maximumConnections: number;
  /** Of its clients that no rule is about. */
  readonly limits: ListenerLimits | undefined;
  readonly connectionRates: ConnectionRates;
  /** Its clients that are connected. */
  onlineClients: number;
  /** How its clients show who they are, where that is not as with the others. */
  readonly authentication: ListenerAuthenticationOptions | undefined;
  /** What its clients may do, where that is not as with the others. */
  readonly accessRules: AccessOptions | undefined;
}

export const ALL_VERSIONS: readonly ProtocolVersion[] = [MQTT_3_1, MQTT_3_1_1, MQTT_5_0];

/** Of streams that a program hands over itself. */
export const inProcess = (): ListenerContext => ({
  name: "in process",
  protocol: "mqtt",
  isLocal: true,
  durability: "memory",
  versions: ALL_VERSIONS,
  usernameAsClientIdentifier: false,
  maximumConnections: Number.POSITIVE_INFINITY,
  limits: undefined,
  connectionRates: new ConnectionRates(),
  onlineClients: 0,
  authentication: undefined,
  accessRules: undefined,
});
