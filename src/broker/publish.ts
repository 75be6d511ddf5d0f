import { isUtf8 } from "node:buffer";
import { PUBACK, PUBREC } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "../codec/dialects.ts";
import { REASON } from "../codec/reason-codes.ts";
import { type Message, NO_PACKET } from "../delivery/message.ts";
import { PacketError } from "../errors.ts";
import type { Statistics } from "../observability/statistics.ts";
import type { Session } from "../session/session.ts";
import { KnownTopic } from "../wasm/known-topic.ts";
import { appendAck } from "./append-ack.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { deliverKnown, deliverUnmatched } from "./deliver.ts";
import { keepFirst } from "./keep.ts";
import { mayPublish } from "./rights.ts";
import { checkLevels } from "./topic-levels.ts";

const RETAIN = 0x01;

const REFUSALS: ReadonlyMap<number, string> = new Map([
  [REASON.NOT_AUTHORIZED, "the client may not publish to this topic"],
  [REASON.PAYLOAD_FORMAT_INVALID, "the payload is not valid UTF-8"],
  [REASON.QUOTA_EXCEEDED, "the server cannot store messages at present"],
]);

/** PUBLISH from a client: delivered, then acknowledged. Allocates nothing for a QoS 0 message without properties. */
export function handlePublish(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { session } = client;
  if (session === undefined) return;
  const { records } = broker.core;
  const message = broker.incoming;
  const { store, statistics } = broker;
  const { changes } = store;
  const dropped = dropsOf(statistics);
  statistics.messagesReceived++;
  readMessage(broker, message, chunk, index);
  message.publisher = session.clientIdentifier;
  message.packetHasProperties = DIALECTS[client.version].hasProperties;
  const isResolved = message.packetHasProperties && readProperties(broker, client, message, chunk, index);
  const packetIdentifier = records.packetIdentifier(index);
  if (client.ownLimits !== undefined) checkLevels(client, message.topicBuffer, message.topicStart, message.topicEnd);
  if (message.qos === 2 && isDuplicate(broker, client, session, packetIdentifier)) return;
  const refusal = refuse(broker, client, message);
  if (refusal !== REASON.SUCCESS) {
    refusePublish(broker, client, message.qos, packetIdentifier, refusal);
    return;
  }
  if (message.isRetained) broker.retained.set(message); // [MQTT-3.3.1-8] [MQTT-3.3.1-12 of 3.1.1]
  broker.backlog.slow = undefined;
  const matching = isResolved
    ? deliverAliased(broker, client, message, session)
    : deliver(broker, message, session, index);
  const hasRefused = dropsOf(statistics) !== dropped && broker.fanOut.taken === 0;
  const isLost = hasRefused && saysIfLost(client, message);
  if (message.qos === 2 && !isLost) remember(broker, session, packetIdentifier);
  // What was retained may be gone here and not yet on disk.
  if (store.changes !== changes || message.isRetained) keep(broker, client, message.qos);
  slowDown(broker, client);
  if (isLost) refusePublish(broker, client, message.qos, packetIdentifier, REASON.QUOTA_EXCEEDED);
  else if (message.qos > 0) acknowledge(broker, client, message.qos, packetIdentifier, matching);
  if (broker.tellsOfPublishes) broker.emitPublish(message, client.info);
}

/** Who adds to what is slow waits while much waits. */
function slowDown({ backlog, backpressure }: Broker, client: Client): void {
  if (backlog.isHigh && backlog.slow !== undefined) backpressure.hold(client, backlog.slow);
}

/** Messages that found no room in a queue. */
function dropsOf({ messagesDroppedQueueFull, messagesDroppedBacklogFull }: Statistics): number {
  return messagesDroppedQueueFull + messagesDroppedBacklogFull;
}

/** Whether the publisher can be told that of all receivers none had room: in 3.x it is as if some had. */
function saysIfLost(client: Client, { qos, isRetained }: Message): boolean {
  return qos > 0 && !isRetained && DIALECTS[client.version].hasReasonCodes;
}

/** The fields that all versions have. */
function readMessage(broker: Broker, message: Message, chunk: Buffer, index: number): void {
  const { records } = broker.core;
  const firstByte = records.firstByte(index);
  message.reset(chunk);
  message.qos = (firstByte >> 1) & 0x03;
  message.isRetained = (firstByte & RETAIN) !== 0;
  message.topicStart = records.topic(index);
  message.topicEnd = message.topicStart + records.topicLength(index);
  message.topicLap = records.lap(index);
  message.topicPlace = records.routes(index);
  message.payloadStart = records.payload(index);
  message.payloadEnd = records.end(index);
  message.packetStart = records.start(index);
}

/** What MQTT 5.0 adds. True where the topic stands behind a topic alias, so that it is not matched yet. */
function readProperties(broker: Broker, client: Client, message: Message, chunk: Buffer, index: number): boolean {
  const { records } = broker.core;
  const length = records.propertiesLength(index);
  if (length === 0) return false;
  const { properties } = broker;
  properties.decode(chunk, records.properties(index), length);
  message.properties = properties.forwarded;
  message.expiryInterval = properties.messageExpiryInterval;
  if (properties.forwarded.length !== length) message.packetStart = NO_PACKET;
  return properties.topicAlias !== 0 && resolveAlias(client, message, properties.topicAlias);
}

/** True where the topic is the one that the alias stands for, false where the packet sets the alias. [MQTT-3.3.2-12] */
function resolveAlias(client: Client, message: Message, alias: number): boolean {
  // [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9]
  if (alias > client.serverTopicAliasMaximum) {
    throw new PacketError(REASON.TOPIC_ALIAS_INVALID, "a topic alias over the server's Topic Alias Maximum");
  }
  if (message.topicEnd > message.topicStart) {
    client.incomingAliases[alias] = new KnownTopic(Buffer.from(message.topic));
    return false;
  }
  const topic = client.incomingAliases[alias]?.name;
  if (topic === undefined) throw new PacketError(REASON.PROTOCOL_ERROR, "a topic alias that was not set");
  message.topicBuffer = topic;
  message.topicStart = 0;
  message.topicEnd = topic.length;
  return true;
}

/** A QoS 2 message that is there already gets its PUBREC once more and goes no further. [MQTT-4.3.3-10] [MQTT-4.3.3-2 of 3.1.1] */
function isDuplicate(broker: Broker, client: Client, session: Session, packetIdentifier: number): boolean {
  if (session.received.has(packetIdentifier)) {
    if (session.owner !== 0) broker.store.hold(client);
    appendAck(client, PUBREC, packetIdentifier, REASON.SUCCESS);
    return true;
  }
  // [MQTT-3.3.4-7]
  if (DIALECTS[client.version].hasReceiveMaximum && session.received.underWay >= client.serverReceiveMaximum) {
    throw new PacketError(REASON.RECEIVE_MAXIMUM_EXCEEDED, "more QoS 2 messages under way than the Receive Maximum");
  }
  return false;
}

/** The reason for which the message goes nowhere, 0x00 if there is none. */
function refuse(broker: Broker, client: Client, message: Message): number {
  if (message.qos > 0 && broker.store.isFailing) return REASON.QUOTA_EXCEEDED;
  if (!mayPublish(client, message)) return REASON.NOT_AUTHORIZED;
  if (broker.limits.validatePayloadFormat && saysUtf8(broker, message) && !isUtf8(message.payload)) {
    return REASON.PAYLOAD_FORMAT_INVALID;
  }
  return REASON.SUCCESS;
}

/** Without properties of its own the message says nothing: those decoded last are another one's. */
function saysUtf8(broker: Broker, message: Message): boolean {
  return message.properties.length > 0 && broker.properties.payloadFormatIndicator === 1;
}

/**
 * MQTT 3.x has no way to say it, so there the message is acknowledged and goes nowhere [MQTT-3.3.5-2 of 3.1.1], unless the server may take it
 * later: then the connection is closed. Its packet identifier is free at once. [MQTT-4.3.3-9]
 * With QoS 0 a publisher without the right to is not told either; one whose payload is not what it says is disconnected.
 */
function refusePublish(
  broker: Broker,
  client: Client,
  qos: number,
  packetIdentifier: number,
  reasonCode: number,
): void {
  const reasonString = REFUSALS.get(reasonCode) ?? "";
  const mustClose = qos === 0 ? reasonCode === REASON.PAYLOAD_FORMAT_INVALID : reasonCode === REASON.QUOTA_EXCEEDED;
  if (mustClose && (qos === 0 || !DIALECTS[client.version].hasReasonCodes)) {
    throw new PacketError(reasonCode, reasonString);
  }
  if (qos > 0) answer(broker, client, qos, packetIdentifier, reasonCode, reasonString);
}

/** Both return how many subscriptions match. */
function deliver(broker: Broker, message: Message, session: Session, index: number): number {
  if (broker.subscriptions.changes !== broker.routedAt) {
    deliverUnmatched(broker, message, session);
    return broker.core.matchCount;
  }
  const { records } = broker.core;
  const matching = records.routeCount(index);
  broker.fanOut.deliver(message, session, records.routes(index), matching, records.routesOverlap(index));
  return matching;
}

function deliverAliased(broker: Broker, client: Client, message: Message, session: Session): number {
  const topic = client.incomingAliases[broker.properties.topicAlias];
  if (topic !== undefined) deliverKnown(broker, message, session, topic);
  return broker.core.matchCount;
}

/** Only a QoS 2 message is remembered, until its PUBREL. */
function remember(broker: Broker, session: Session, packetIdentifier: number): void {
  session.received.add(packetIdentifier);
  if (session.owner !== 0) broker.store.putReceived(session.owner, packetIdentifier);
}

/** The message left something that has to be kept, before it is acknowledged where it is. */
function keep(broker: Broker, client: Client, qos: number): void {
  if (qos > 0) keepFirst(broker, client);
  else if (broker.store.isBehind) client.awaitStore();
}

/**
 * [MQTT-3.3.4-1] [MQTT-4.3.2-4] [MQTT-4.3.2-5] [MQTT-4.3.3-8] [MQTT-3.3.4-1 of 3.1.1] [MQTT-4.3.2-2 of 3.1.1] [MQTT-4.3.3-2 of 3.1.1]
 */
function acknowledge(broker: Broker, client: Client, qos: number, packetIdentifier: number, matching: number): void {
  const reasonCode = matching > 0 ? REASON.SUCCESS : REASON.NO_MATCHING_SUBSCRIBERS;
  answer(broker, client, qos, packetIdentifier, reasonCode);
}

/** In the order of the PUBLISH packets, those that have to wait included. [MQTT-4.6.0-2] [MQTT-4.6.0-3] */
function answer(
  { backpressure }: Broker,
  client: Client,
  qos: number,
  packetIdentifier: number,
  reasonCode: number,
  reasonString?: string,
): void {
  const type = qos === 1 ? PUBACK : PUBREC;
  if (backpressure.withholds(client, type, packetIdentifier, reasonCode, reasonString)) return;
  appendAck(client, type, packetIdentifier, reasonCode, reasonString);
}
