import { isUtf8 } from "node:buffer";
import { CONNACK } from "../../assembly/shared/packet-types.ts";
import { encodeConnack } from "../codec/connack.ts";
import type { Connect } from "../codec/connect.ts";
import { mayCarry, REASON, reasonName } from "../codec/reason-codes.ts";
import { type ClientLimits, effectiveLimits } from "../config/client-limits.ts";
import type { Limits } from "../config/limits.ts";
import { PacketError } from "../errors.ts";
import type { ClientInfo } from "../security/access.ts";
import { topicRange } from "../security/acl/topic-range.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { checkConnackFits, connackProperties, type Grant, grantTo } from "./connack.ts";
import { holdToRights } from "./hold-to-rights.ts";
import { mayPublish } from "./rights.ts";
import { checkLevels } from "./topic-levels.ts";

/**
 * The client may come in: it gets its session and the CONNACK, in this order before everything else. [MQTT-3.2.0-1] [MQTT-3.2.0-1 of 3.1.1]
 * @throws {PacketError} when something else keeps it out; nothing has changed then
 */
export function completeConnect(broker: Broker, client: Client, authenticationData: Uint8Array | undefined): void {
  const { connect, info } = client;
  if (connect === undefined || info === undefined) return;
  checkRoom(broker, client, info);
  checkRate(broker, info);
  limit(broker, client, info);
  if (!mayLeaveWill(client, connect)) {
    throw new PacketError(REASON.NOT_AUTHORIZED, "the client may not publish its will");
  }
  checkWillPayload(connect, broker.limits);
  if (connect.will !== undefined) checkLevels(client, connect.will.topic);
  const grant = grantTo(connect, broker.limits);
  const properties = connackProperties(broker, client, connect, grant, authenticationData);
  checkConnackFits(client, properties);
  checkStore(broker, info, grant);
  checkSessionRoom(broker, info);
  checkUser(broker, info);
  const changes = broker.store.changes;
  takeOver(broker, info.clientIdentifier);
  // [MQTT-3.1.4-4] [MQTT-3.1.4-3 of 3.1.1]
  const { session, isPresent } = broker.sessions.open({
    client: info,
    cleanStart: connect.cleanStart,
    expiryInterval: grant.expiryInterval,
    will: connect.will,
  });
  // [MQTT-3.1.4-5] [MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT-3.1.4-4 of 3.1.1] [MQTT-3.2.2-1 of 3.1.1] [MQTT-3.2.2-2 of 3.1.1]
  // [MQTT-3.2.2-3 of 3.1.1]
  const packet = encodeConnack(client.version, isPresent, REASON.SUCCESS, properties, client.maximumPacketSize);
  if (broker.store.changes !== changes) broker.store.hold(client);
  if (packet !== undefined) client.outbox.append(packet);
  client.welcomedAt = client.outbox.end;
  client.connect = undefined;
  client.enter(session, grant.keepAlive);
  broker.connected(client, session, isPresent);
  if (isPresent) holdToRights(broker, client, session);
  if (client.state === "online") session.attach(client);
}

/** @throws {PacketError} 0x99 */
function checkWillPayload({ will }: Connect, { validatePayloadFormat }: Limits): void {
  if (!validatePayloadFormat || will?.properties.payloadFormatIndicator !== 1 || isUtf8(will.payload)) return;
  throw new PacketError(REASON.PAYLOAD_FORMAT_INVALID, "the payload of the will is not valid UTF-8");
}

/** That a session is kept, or gone for good, cannot be promised while nothing can be written. @throws {PacketError} 0x97 */
function checkStore({ store, sessions }: Broker, { clientIdentifier }: ClientInfo, { expiryInterval }: Grant): void {
  if (!store.isFailing) return;
  const isKept = (sessions.get(clientIdentifier)?.owner ?? 0) !== 0;
  if (expiryInterval === 0 && !isKept) return;
  throw new PacketError(REASON.QUOTA_EXCEEDED, "the server cannot store sessions at present");
}

/** Who has a session, or begins it anew, needs no room for one more. @throws {PacketError} 0x97 */
function checkSessionRoom({ sessions, limits }: Broker, { clientIdentifier }: ClientInfo): void {
  if (sessions.get(clientIdentifier) !== undefined || sessions.size < limits.maximumSessions) return;
  throw new PacketError(REASON.QUOTA_EXCEEDED, "there are as many sessions as may be");
}

function mayLeaveWill(client: Client, { will }: Connect): boolean {
  return will === undefined || mayPublish(client, topicRange(will.topic));
}

/** [MQTT-3.1.4-3] [MQTT-3.1.4-2 of 3.1.1] */
function takeOver(broker: Broker, clientIdentifier: string): void {
  broker.sessions.get(clientIdentifier)?.receiver?.close(REASON.SESSION_TAKEN_OVER);
}

/**
 * Says no, as far as the client's version has words for it, and closes.
 * [MQTT-3.2.2-7] [MQTT-3.2.2-6] [MQTT-3.1.4-6] [MQTT-3.2.2-5 of 3.1.1] [MQTT-3.1.4-5 of 3.1.1]
 */
export function refuseConnect(broker: Broker, client: Client, reasonCode: number, reasonString: string): void {
  if (client.state === "gone") return;
  broker.statistics.connectionsRefused++;
  broker.log.info({ ...client.description, reason: reasonName(reasonCode), detail: reasonString }, "refused a client");
  if (client.hasSpoken) {
    // [MQTT-3.2.2-8]
    const known = mayCarry(CONNACK, reasonCode) ? reasonCode : REASON.UNSPECIFIED_ERROR;
    const packet = encodeConnack(client.version, false, known, { reasonString }, client.maximumPacketSize);
    if (packet !== undefined) client.outbox.append(packet);
  }
  client.leave();
}

/** It is known whose limits hold for the client. @throws {PacketError} 0x9f, 0x97 for a user or address of which too many are there */
function limit({ limiter, limits, sessions }: Broker, client: Client, info: ClientInfo): void {
  const own = limiter.of(info, client.listener.limits);
  if (own === undefined) return;
  limiter.check(info, own);
  checkSessions(sessions, info, own);
  client.limitTo(own, effectiveLimits(own, limits));
}

/** A client that has a session, or begins it anew, takes no other one's place. @throws {PacketError} 0x97 */
function checkSessions(sessions: Sessions, { clientIdentifier, identity }: ClientInfo, own: ClientLimits): void {
  const { maximumSessionsPerUser } = own;
  const username = identity?.username;
  if (maximumSessionsPerUser === undefined || username === undefined) return;
  if (sessions.get(clientIdentifier)?.username === username) return;
  if (sessions.countOf(username) < maximumSessionsPerUser) return;
  throw new PacketError(REASON.QUOTA_EXCEEDED, "as many sessions of this user are there as may be");
}

/**
 * Nobody takes another user's place (docs/adr/011-sessions-belong-to-users.md); what that one left when it went ends instead of being given away.
 * @throws {PacketError} 0x85 while the other one is connected
 */
function checkUser({ sessions, log }: Broker, { clientIdentifier, identity }: ClientInfo): void {
  const session = sessions.get(clientIdentifier);
  if (session?.isKeptFrom(identity?.username) !== true) return;
  if (session.isOnline) {
    throw new PacketError(REASON.CLIENT_IDENTIFIER_NOT_VALID, "another user is connected by this client identifier");
  }
  log.warn(
    { client: clientIdentifier, username: identity?.username, before: session.username },
    "a session ends, as its client identifier is another user's now",
  );
}

/** @throws {PacketError} 0x9f for a client that connects in a loop */
function checkRate({ security }: Broker, info: ClientInfo): void {
  if (!security.guard.holdsOff(info)) return;
  throw new PacketError(REASON.CONNECTION_RATE_EXCEEDED, "this client connects too often: try again later");
}

/** Who is connected goes first when the process cannot do all that is asked of it. @throws {PacketError} 0x97 */
export function checkBusy({ loopDelay, statistics }: Broker): void {
  if (!loopDelay.isExcessive) return;
  statistics.connectionsRefusedBusy++;
  throw new PacketError(REASON.QUOTA_EXCEEDED, "the server is too busy at present");
}

/** A client that takes over its own session takes nobody's place, unless it was at another listener. @throws {PacketError} 0x97 */
export function checkRoom(
  { onlineClients, limits, sessions }: Broker,
  { listener }: Client,
  { clientIdentifier }: ClientInfo,
): void {
  const before = sessions.get(clientIdentifier)?.receiver;
  const isFull = before === undefined && onlineClients >= limits.maximumConnections;
  if (isFull || (before?.listener !== listener && listener.onlineClients >= listener.maximumConnections)) {
    throw new PacketError(REASON.QUOTA_EXCEEDED, "as many clients are connected as may be");
  }
}
