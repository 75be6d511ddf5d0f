import { Record } from "./record";
import { ROUTES_LATER, routesAreLarge, routesAt, routesCount, routesFlags, routesLap, routeTopic } from "./routes";
import { MQTT_5_0 } from "./shared/limits";
import { EMPTY_TOPIC, INVALID_LENGTH, INVALID_PROPERTIES, ZERO_PACKET_IDENTIFIER } from "./shared/status";
import { Trie } from "./trie/trie";
import { readVarint, VARINT_CUT, varintSize, varintValue } from "./varint";

/** The record is made and must be the last of this call. */
export const RECORD_LAST: i32 = -2;
/** The record can only be made in the next call. */
export const RECORD_LATER: i32 = ROUTES_LATER;

const TOPIC_ALIAS: u32 = 0x23;

/** Decodes the PUBLISH whose body is from `at` to `end`: 0, RECORD_LAST, RECORD_LATER, or the status that refuses it. */
export function decodePublish(record: Record, base: usize, at: usize, end: usize, version: u32, trie: Trie): i32 {
  if (at + 2 > end) return INVALID_LENGTH;
  const topic = at + 2; // [MQTT-3.3.2-1] [MQTT-3.3.2-1 of 3.1.1]
  const topicLength = <u32>bswap<u16>(load<u16>(at));
  // Not by an address behind it: near 4 GiB that would start anew at 0.
  if (topicLength > <u32>(end - topic)) return INVALID_LENGTH;
  at = topic + topicLength;
  if ((record.firstByte & 0x06) != 0) {
    const status = decodePacketIdentifier(record, at, end);
    if (status != 0) return status;
    at += 2;
  }
  record.topic = <u32>(topic - base);
  record.topicLength = topicLength;
  if (version >= <u32>MQTT_5_0) {
    const status = decodeProperties(record, base, at, end);
    if (status != 0) return status;
    at = base + record.properties + record.propertiesLength;
  }
  record.payload = <u32>(at - base);
  return topicLength == 0 ? requireAlias(record, base) : decodeRoutes(record, topic, trie);
}

/** Reads the packet identifier at `at`: 0, or the status that refuses it. */
export function decodePacketIdentifier(record: Record, at: usize, end: usize): i32 {
  if (at + 2 > end) return INVALID_LENGTH;
  record.packetIdentifier = <u32>bswap<u16>(load<u16>(at));
  return record.packetIdentifier == 0 ? ZERO_PACKET_IDENTIFIER : 0; // [MQTT-2.2.1-3] [MQTT-2.3.1-1 of 3.1.1]
}

/** Finds the properties whose length prefix is at `at`: 0, or the status that refuses them. */
export function decodeProperties(record: Record, base: usize, at: usize, end: usize): i32 {
  const status = readVarint(at, end);
  if (status != 0) return status == VARINT_CUT ? INVALID_LENGTH : status;
  const properties = at + varintSize;
  if (varintValue > <u32>(end - properties)) return INVALID_LENGTH;
  record.properties = <u32>(properties - base);
  record.propertiesLength = varintValue;
  return 0;
}

function decodeRoutes(record: Record, topic: usize, trie: Trie): i32 {
  const status = routeTopic(trie, topic, record.topicLength);
  if (status != 0) return status;
  record.routes = <u32>(routesAt >> 2);
  record.routeCount = routesCount;
  record.routeFlags = routesFlags;
  record.lap = routesLap();
  return routesAreLarge ? RECORD_LAST : 0;
}

/** Without a topic name there must be a topic alias. [MQTT-4.7.3-1] [MQTT-4.7.3-1 of 3.1.1] */
function requireAlias(record: Record, base: usize): i32 {
  let at = base + record.properties;
  const end = at + record.propertiesLength;
  while (at < end) {
    const size = propertySize(at, end);
    if (size == 0 || size > <u32>(end - at)) return INVALID_PROPERTIES;
    if (load<u8>(at) == TOPIC_ALIAS) return 0;
    at += size;
  }
  return EMPTY_TOPIC;
}

/** Bytes that the property at `at` takes, its identifier included; 0 where it is none of a PUBLISH. May exceed the end. (MQTT 5.0 §2.2.2.2) */
function propertySize(at: usize, end: usize): u32 {
  const identifier = <u32>load<u8>(at);
  if (identifier == 0x01) return 2; // Payload Format Indicator
  if (identifier == TOPIC_ALIAS) return 3;
  if (identifier == 0x02) return 5; // Message Expiry Interval
  if (identifier == 0x03 || identifier == 0x08 || identifier == 0x09) return 1 + stringSize(at + 1, end); // Content Type, Response Topic, Correlation Data
  if (identifier == 0x0b) return readVarint(at + 1, end) == 0 ? 1 + varintSize : 0; // Subscription Identifier
  if (identifier != 0x26) return 0; // User Property
  const name = stringSize(at + 1, end);
  return 1 + name + stringSize(at + 1 + name, end);
}

/** Two where the length prefix itself is cut. */
function stringSize(at: usize, end: usize): u32 {
  return at + 2 > end ? 2 : 2 + <u32>bswap<u16>(load<u16>(at));
}
