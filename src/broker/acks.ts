import { PUBACK, PUBCOMP, PUBREC, PUBREL } from "../../assembly/shared/packet-types.ts";
import { decodeAckProperties } from "../codec/acks.ts";
import { mayClientSend, REASON, reasonName } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import { appendAck } from "./append-ack.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";

export function handlePuback(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  check(broker, chunk, index, PUBACK);
  client.session?.onPuback(broker.core.records.packetIdentifier(index));
}

export function handlePubrec(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { records } = broker.core;
  check(broker, chunk, index, PUBREC);
  client.session?.onPubrec(records.packetIdentifier(index), records.reasonCode(index));
}

/**
 * PUBREL: the client has the PUBREC, so its packet identifier is free for another message.
 * [MQTT-4.3.3-11] [MQTT-4.3.3-12] [MQTT-4.3.3-13] [MQTT-4.3.3-2 of 3.1.1]
 */
export function handlePubrel(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  check(broker, chunk, index, PUBREL);
  const { session } = client;
  if (session === undefined) return;
  const packetIdentifier = broker.core.records.packetIdentifier(index);
  const wasReceived = session.received.delete(packetIdentifier);
  if (wasReceived && session.owner !== 0) {
    broker.store.deleteReceived(session.owner, packetIdentifier);
    broker.store.hold(client);
  }
  appendAck(client, PUBCOMP, packetIdentifier, wasReceived ? REASON.SUCCESS : REASON.PACKET_IDENTIFIER_NOT_FOUND);
}

export function handlePubcomp(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  check(broker, chunk, index, PUBCOMP);
  client.session?.onPubcomp(broker.core.records.packetIdentifier(index));
}

/**
 * Their properties are for the log of the other side; here they only have to be well-formed.
 * [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
 */
function check(broker: Broker, chunk: Buffer, index: number, type: number): void {
  const { records } = broker.core;
  const reasonCode = records.reasonCode(index);
  if (reasonCode !== REASON.SUCCESS && !mayClientSend(type, reasonCode)) {
    throw new PacketError(REASON.PROTOCOL_ERROR, `a client may not send this reason code: ${reasonName(reasonCode)}`);
  }
  const length = records.propertiesLength(index);
  if (length > 0) decodeAckProperties(chunk, records.properties(index), length, type);
}
