import { ACK_LENGTH, encodeAck, writeAck } from "../codec/acks.ts";
import { DIALECTS } from "../codec/dialects.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { Client } from "./client.ts";

/** Answers with PUBACK, PUBREC or PUBCOMP; 3.x has no reason codes. [MQTT-2.2.1-5] [MQTT-2.3.1-6 of 3.1.1] */
export function appendAck(
  client: Client,
  type: number,
  packetIdentifier: number,
  reasonCode: number,
  reasonString?: string,
): void {
  const { outbox } = client;
  if (reasonCode !== REASON.SUCCESS && DIALECTS[client.version].hasReasonCodes) {
    const properties = client.problemInformation(reasonString);
    const packet = encodeAck(client.version, type, packetIdentifier, reasonCode, properties, client.maximumPacketSize);
    if (packet !== undefined) outbox.append(packet);
    return;
  }
  const at = outbox.reserve(ACK_LENGTH);
  writeAck(outbox.buffer, at, type, packetIdentifier);
}
