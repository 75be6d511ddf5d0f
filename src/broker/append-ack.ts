import { MQTT_5_0 } from "../../assembly/shared/limits.ts";
import { ACK_LENGTH, encodeAck, writeAck } from "../codec/acks.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { Client } from "./client.ts";

/** Answers with PUBACK, PUBREC or PUBCOMP; 3.x has no reason codes. [MQTT-2.2.1-5] */
export function appendAck(
  client: Client,
  type: number,
  packetIdentifier: number,
  reasonCode: number,
  reasonString?: string,
): void {
  const { outbox } = client;
  if (client.version === MQTT_5_0 && reasonCode !== REASON.SUCCESS) {
    const properties = client.problemInformation(reasonString);
    const packet = encodeAck(MQTT_5_0, type, packetIdentifier, reasonCode, properties, client.maximumPacketSize);
    if (packet !== undefined) outbox.append(packet);
    return;
  }
  const at = outbox.reserve(ACK_LENGTH);
  writeAck(outbox.buffer, at, type, packetIdentifier);
}
