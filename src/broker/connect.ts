import { randomUUID } from "node:crypto";
import { MQTT_3_1_1 } from "../../assembly/shared/limits.ts";
import { type Connect, decodeConnect, decodeProtocol } from "../codec/connect.ts";
import { frameError } from "../codec/frame-errors.ts";
import type { Properties } from "../codec/property-table.ts";
import { REASON } from "../codec/reason-codes.ts";
import { LARGEST_PACKET } from "../codec/writer.ts";
import { OutgoingAliases } from "../delivery/outgoing-aliases.ts";
import { PacketError } from "../errors.ts";
import type { ClientInfo } from "../security/access.ts";
import type { Decision } from "../security/authentication-chain.ts";
import { HELD_FOR_AUTHENTICATION } from "../transport/connection.ts";
import { checkBusy, checkRoom, completeConnect, refuseConnect } from "./accept.ts";
import { step } from "./auth.ts";
import { Authentication } from "./authentication.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";

const NO_LIMIT = 65_535;

/** CONNECT, the first packet of a connection. */
export function handleConnect(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { records } = broker.core;
  client.hasSpoken = true;
  const connect = readConnect(broker, client, chunk, records.body(index), records.end(index));
  const info = takeConnect(broker, client, connect);
  checkBusy(broker);
  // Whose session it would take over is not known yet where user names count.
  if (!client.listener.usernameAsClientIdentifier) checkRoom(broker, client, info);
  client.state = "authenticates";
  client.connection.version = client.version;
  if (connect.properties.authenticationMethod !== undefined) {
    beginAuthentication(broker, client, connect.properties);
    return;
  }
  // Nobody waits for the client any more.
  broker.strangers.remove(client);
  void authenticate(broker, client, info, connect);
}

/** [MQTT-3.1.4-1] The version is taken first, as it says how a CONNECT that is bad otherwise is answered. */
function readConnect(broker: Broker, client: Client, chunk: Buffer, body: number, end: number): Connect {
  const { version, bridge } = readProtocol(client, chunk, body, end);
  client.version = version;
  client.isBridge = bridge;
  if (!client.listener.versions.includes(version)) {
    throw new PacketError(REASON.UNSUPPORTED_PROTOCOL_VERSION, "clients of this version of MQTT may not connect here");
  }
  const connect = decodeConnect(chunk, body, end);
  if (connect.will !== undefined) {
    const status = broker.core.checkTopicName(connect.will.topic);
    if (status !== 0) throw frameError(status);
  }
  return connect;
}

/** A version that is not spoken here is answered in the words of 3.1.1, which its MUST wants. [MQTT-3.1.2-2] [MQTT-3.1.2-2 of 3.1.1] */
function readProtocol(client: Client, chunk: Buffer, body: number, end: number): ReturnType<typeof decodeProtocol> {
  try {
    return decodeProtocol(chunk, body, end);
  } catch (error) {
    client.version = MQTT_3_1_1;
    throw error;
  }
}

/** What the CONNECT says of the client. [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.1.2-7] [MQTT-3.1.3-6 of 3.1.1] */
function takeConnect(broker: Broker, client: Client, connect: Connect): ClientInfo {
  const { properties, version } = connect;
  const { limits } = broker;
  const { peer } = client.connection.stream;
  client.connect = connect;
  const info: ClientInfo = {
    clientIdentifier: connect.clientIdentifier || assignClientIdentifier(broker),
    username: connect.username,
    identity: undefined,
    version,
    transport: peer.transport,
    remoteAddress: peer.remoteAddress,
    remotePort: peer.remotePort,
    listener: client.listener.name,
    certificate: peer.certificate,
    pskIdentity: peer.pskIdentity,
  };
  client.info = info;
  client.receiveMaximum = Math.min(properties.receiveMaximum ?? NO_LIMIT, limits.maximumInflightMessages);
  client.maximumPacketSize = Math.min(properties.maximumPacketSize ?? LARGEST_PACKET, LARGEST_PACKET);
  client.requestedSessionExpiry = properties.sessionExpiryInterval ?? 0;
  client.wantsProblemInformation = properties.requestProblemInformation !== 0;
  const aliases = Math.min(properties.topicAliasMaximum ?? 0, limits.maximumOutgoingTopicAliases);
  client.aliases = aliases > 0 ? new OutgoingAliases(aliases) : undefined;
  return info;
}

/** [MQTT-3.2.2-16] */
function assignClientIdentifier(broker: Broker): string {
  let identifier = `auto-${randomUUID()}`;
  while (broker.sessions.get(identifier) !== undefined) identifier = `auto-${randomUUID()}`;
  return identifier;
}

/** Packets that follow the CONNECT wait until it is known whether the client may come in. */
async function authenticate(broker: Broker, client: Client, info: ClientInfo, connect: Connect): Promise<void> {
  const decision = client.security.authenticate(info, connect.password);
  if (!(decision instanceof Promise)) {
    conclude(broker, client, decision);
    return;
  }
  client.connection.hold(HELD_FOR_AUTHENTICATION);
  conclude(broker, client, await decision);
  client.connection.unhold(HELD_FOR_AUTHENTICATION);
}

function conclude(broker: Broker, client: Client, decision: Decision): void {
  if (client.state === "gone") return;
  try {
    if (decision.outcome === "deny") {
      if (decision.reasonCode === REASON.BAD_USER_NAME_OR_PASSWORD) broker.statistics.authenticationsFailed++;
      refuseConnect(broker, client, decision.reasonCode, decision.detail);
      return;
    }
    client.identify(decision.identity);
    completeConnect(broker, client, undefined);
  } catch (error) {
    client.fail(error);
  }
}

function beginAuthentication(broker: Broker, client: Client, properties: Properties): void {
  const authentication = new Authentication(properties.authenticationMethod ?? "", client, broker);
  client.authentication = authentication;
  authentication.begin();
  void step(broker, client, authentication, properties.authenticationData);
}
