import { PUBLISH } from "../../assembly/shared/packet-types.ts";
import type { Will } from "../codec/connect.ts";
import { encodePropertyFields } from "../codec/properties.ts";
import { WILL } from "../codec/property-table.ts";
import { LARGEST_PACKET } from "../codec/writer.ts";
import { Message, NO_EXPIRY } from "../delivery/message.ts";
import { Fields, isText, toBase64 } from "./fields.ts";
import { decodedProperties, propertiesFromJson, propertiesToJson } from "./properties-json.ts";

const LONGEST_INTERVAL = 0xffff_ffff;
const LONGEST_WILL = 65_535;

function isTopicName(text: string): boolean {
  return text !== "" && !/[+#]/.test(text);
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  if (!isText(text) || Buffer.byteLength(text) !== bytes.length) throw new RangeError("a topic that is not UTF-8");
  return text;
}

function takeTopic(fields: Fields): Buffer {
  return Buffer.from(fields.text("topic", isTopicName, "a topic name: a string that is not empty, without + and #"));
}

function takeProperties(fields: Fields, packet: number): Buffer {
  return fields.has("properties") ? propertiesFromJson(fields.list("properties"), packet) : Buffer.alloc(0);
}

/** Throws RangeError for a message that no client can have sent. */
export function messageToJson(message: Message): Record<string, unknown> {
  const { topic, payload, qos, isRetained, receivedAt, expiryInterval, publisher, properties } = message;
  return {
    topic: textOf(topic),
    payload: toBase64(payload),
    qos,
    retain: isRetained,
    receivedAt,
    ...(expiryInterval !== NO_EXPIRY && { expiryInterval }),
    publisher,
    ...(properties.length > 0 && { properties: propertiesToJson(properties, PUBLISH) }),
  };
}

/** Takes its fields; others may be left. Throws RangeError. */
export function takeMessage(fields: Fields): Message {
  const topic = takeTopic(fields);
  const payload = fields.binary("payload", LARGEST_PACKET);
  const message = Message.of(topic, payload, fields.whole("qos", 0, 2), fields.flag("retain"));
  message.receivedAt = fields.whole("receivedAt", 0, Number.MAX_SAFE_INTEGER);
  message.expiryInterval = fields.optionalWhole("expiryInterval", 0, LONGEST_INTERVAL) ?? NO_EXPIRY;
  message.publisher = fields.text("publisher");
  message.properties = takeProperties(fields, PUBLISH);
  return message;
}

/** Throws RangeError. */
export function messageFromJson(value: unknown): Message {
  const fields = new Fields(value, "the message");
  const message = takeMessage(fields);
  fields.end();
  return message;
}

export function willToJson({ topic, payload, qos, retain, properties }: Will): Record<string, unknown> {
  const bytes = encodePropertyFields(properties);
  return {
    topic: textOf(topic),
    payload: toBase64(payload),
    qos,
    retain,
    ...(bytes.length > 0 && { properties: propertiesToJson(bytes, WILL) }),
  };
}

/** Throws RangeError. */
export function willFromJson(value: unknown): Will {
  const fields = new Fields(value, "the will");
  const will = {
    topic: takeTopic(fields),
    payload: fields.binary("payload", LONGEST_WILL),
    qos: fields.whole("qos", 0, 2),
    retain: fields.flag("retain"),
    properties: decodedProperties(takeProperties(fields, WILL), WILL),
  };
  fields.end();
  return will;
}
