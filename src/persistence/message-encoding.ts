import { Message, NO_EXPIRY } from "../delivery/message.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

const QOS = 0x03;
const IS_RETAINED = 0x04;
const HAS_EXPIRY = 0x08;
const HAS_PROPERTIES = 0x10;
const KNOWN_FLAGS = 0x1f;

/**
 *     ┊ flags u8 │ received at u64 │ [expiry interval u32] │ publisher text │ topic u16 + bytes │ [properties u32 + bytes] │ payload ┊
 *
 * The payload goes up to the end of the row.
 */
export function writeMessage(writer: ByteWriter, message: Message): void {
  const { expiryInterval, properties } = message;
  const flags = message.qos | (message.isRetained ? IS_RETAINED : 0);
  const hasExpiry = expiryInterval === NO_EXPIRY ? 0 : HAS_EXPIRY;
  writer.u8(flags | hasExpiry | (properties.length === 0 ? 0 : HAS_PROPERTIES));
  writer.u64(message.receivedAt);
  if (hasExpiry !== 0) writer.u32(expiryInterval);
  writer.text(message.publisher);
  const { topicBuffer, topicStart, topicEnd } = message;
  writer.u16(topicEnd - topicStart);
  writer.range(topicBuffer, topicStart, topicEnd);
  if (properties.length > 0) {
    writer.u32(properties.length);
    writer.bytes(properties);
  }
  writer.range(message.buffer, message.payloadStart, message.payloadEnd);
}

/** A message in memory of its own. Throws RangeError for bytes that writeMessage never writes. */
export function readMessage(reader: ByteReader): Message {
  const flags = reader.u8();
  if (flags > KNOWN_FLAGS || (flags & QOS) === QOS) throw new RangeError(`a message with unknown flags ${flags}`);
  const receivedAt = reader.u64();
  const expiryInterval = (flags & HAS_EXPIRY) === 0 ? NO_EXPIRY : reader.u32();
  const publisher = reader.text();
  const topicEnd = reader.u16();
  const body = Buffer.from(reader.rest());
  const hasProperties = (flags & HAS_PROPERTIES) !== 0;
  const propertiesStart = hasProperties ? topicEnd + 4 : topicEnd;
  const payloadStart = propertiesStart + (hasProperties ? body.readUInt32BE(topicEnd) : 0);
  if (payloadStart > body.length) throw new RangeError("it ends too early");
  const message = Message.within(body, topicEnd, payloadStart);
  message.qos = flags & QOS;
  message.isRetained = (flags & IS_RETAINED) !== 0;
  message.receivedAt = receivedAt;
  message.expiryInterval = expiryInterval;
  message.publisher = publisher;
  if (hasProperties) message.properties = body.subarray(propertiesStart, payloadStart);
  return message;
}
