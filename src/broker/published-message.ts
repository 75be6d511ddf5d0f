import type { Will } from "../codec/connect.ts";
import type { Properties } from "../codec/property-table.ts";
import { decodeMessageProperties, encodeForwardedProperties } from "../codec/publish-properties.ts";
import { Message, NO_EXPIRY } from "../delivery/message.ts";
import type { PublishedMessage } from "./events.ts";

/** A message as the program sees it. */
export function toPublished(message: Message): PublishedMessage {
  const kept = message.keep();
  const properties: Properties = decodeMessageProperties(kept.properties);
  if (kept.expiryInterval !== NO_EXPIRY) properties.messageExpiryInterval = kept.remaining(Date.now());
  return { topic: kept.topicName, payload: kept.payload, qos: kept.qos, retain: kept.isRetained, properties };
}

/** A message of the program's own. @throws {PacketError} for a property value that no PUBLISH may hold */
export function fromProgram(
  topic: string,
  payload: Uint8Array,
  qos: number,
  retain: boolean,
  properties: Properties,
): Message {
  return withProperties(Message.of(Buffer.from(topic), payload, qos, retain), properties);
}

/** Its lifetime starts when it is published. [MQTT-3.1.3-10] */
export function fromWill(will: Will, clientIdentifier: string): Message {
  const message = Message.of(will.topic, will.payload, will.qos, will.retain);
  message.publisher = clientIdentifier;
  return withProperties(message, will.properties);
}

function withProperties(message: Message, properties: Properties): Message {
  message.properties = encodeForwardedProperties(properties);
  message.expiryInterval = properties.messageExpiryInterval ?? NO_EXPIRY;
  return message;
}
