import { encodeConnack } from "../codec/connack.ts";
import type { Connect } from "../codec/connect.ts";
import { DIALECTS } from "../codec/dialects.ts";
import type { Properties } from "../codec/property-table.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { Limits } from "../config/limits.ts";
import { PacketError } from "../errors.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";

const NO_LIMIT = 65_535;

/** What a client that may come in is granted. */
export interface Grant {
  /** Seconds. */
  readonly expiryInterval: number;
  /** Seconds. */
  readonly keepAlive: number;
}

export function grantTo(connect: Connect, limits: Limits): Grant {
  return { expiryInterval: sessionExpiry(connect, limits), keepAlive: effectiveKeepAlive(connect, limits) };
}

/** Seconds. */
function sessionExpiry({ version, cleanStart, properties }: Connect, { maximumSessionExpiryInterval }: Limits): number {
  const wanted = DIALECTS[version].sessionExpiry(cleanStart, properties.sessionExpiryInterval);
  return Math.min(wanted, maximumSessionExpiryInterval);
}

/** Seconds; only a client that reads properties can be told another Keep Alive than its own. [MQTT-3.2.2-22] */
function effectiveKeepAlive({ version, keepAlive }: Connect, { maximumKeepAlive }: Limits): number {
  if (!DIALECTS[version].hasServerKeepAlive || maximumKeepAlive === 0) return keepAlive;
  return keepAlive === 0 ? maximumKeepAlive : Math.min(keepAlive, maximumKeepAlive);
}

/**
 * What the client has to know of this server; a value that the standard takes for granted is left out. So are Maximum QoS, Retain Available
 * and the other things that a server may lack: this one has them all. [MQTT-3.2.2-9]
 */
export function connackProperties(
  broker: Broker,
  client: Client,
  connect: Connect,
  { expiryInterval, keepAlive }: Grant,
  authenticationData: Uint8Array | undefined,
): Properties {
  const { topicAliasMaximum } = broker.limits;
  const { clientIdentifier, properties } = connect;
  const { info, authentication, requestedSessionExpiry, limits } = client;
  const given: Properties = { maximumPacketSize: limits.maximumPacketSize };
  if (limits.receiveMaximum < NO_LIMIT) given.receiveMaximum = limits.receiveMaximum;
  if (topicAliasMaximum > 0) given.topicAliasMaximum = topicAliasMaximum;
  if (expiryInterval !== requestedSessionExpiry) given.sessionExpiryInterval = expiryInterval;
  if (clientIdentifier === "" && info !== undefined) given.assignedClientIdentifier = info.clientIdentifier;
  if (keepAlive !== connect.keepAlive) given.serverKeepAlive = keepAlive;
  // [MQTT-3.1.2-28]
  if (properties.requestResponseInformation === 1 && info !== undefined) {
    const information = broker.responseInformation?.(info);
    if (information !== undefined) given.responseInformation = information;
  }
  // [MQTT-4.12.0-5] [MQTT-4.12.0-6]
  if (authentication !== undefined) given.authenticationMethod = authentication.method;
  if (authenticationData !== undefined) given.authenticationData = authenticationData;
  return given;
}

/** Without its CONNACK a client may not get anything. [MQTT-3.2.0-1] [MQTT-3.1.2-24] @throws {PacketError} 0x95 */
export function checkConnackFits({ version, maximumPacketSize }: Client, properties: Properties): void {
  if (encodeConnack(version, false, REASON.SUCCESS, properties, maximumPacketSize) !== undefined) return;
  throw new PacketError(REASON.PACKET_TOO_LARGE, "the client's maximum packet size has no room for the CONNACK");
}
