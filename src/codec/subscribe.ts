import { SUBSCRIBE } from "../../assembly/shared/packet-types.ts";
import { PacketError } from "../errors.ts";
import { DIALECTS } from "./dialects.ts";
import { decodeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";
import { readPacketIdentifier, readTopicFilter } from "./request.ts";
import type { ProtocolVersion } from "./version.ts";

export interface SubscriptionRequest {
  /** Non-empty and valid UTF-8; its wildcards and a `$share/` prefix are not checked yet. */
  filter: Buffer;
  qos: number;
  noLocal: boolean;
  retainAsPublished: boolean;
  retainHandling: number;
}

export interface Subscribe {
  packetIdentifier: number;
  subscriptions: SubscriptionRequest[];
  subscriptionIdentifier?: number;
  properties: Properties;
}

const QOS = 0x03;
const NO_LOCAL = 0x04;
const RETAIN_AS_PUBLISHED = 0x08;
const RETAIN_HANDLING_SHIFT = 4;
const SHARE = Buffer.from("$share/");

function readOptions(reader: Reader, version: ProtocolVersion): number {
  const options = reader.u8();
  const { reservedSubscriptionBits, subscriptionBits } = DIALECTS[version];
  // [MQTT-3.8.3-5] [MQTT-3.8.3-4 of 3.1.1]
  if ((options & reservedSubscriptionBits) !== 0) {
    throw new PacketError(REASON.MALFORMED_PACKET, "reserved bits of the subscription options are set");
  }
  if ((options & QOS) === 3) throw new PacketError(REASON.PROTOCOL_ERROR, "a subscription asks for QoS 3");
  return options & subscriptionBits;
}

function readSubscription(reader: Reader, version: ProtocolVersion): SubscriptionRequest {
  const filter = readTopicFilter(reader);
  const options = readOptions(reader, version);
  const retainHandling = options >> RETAIN_HANDLING_SHIFT;
  if (retainHandling === 3) throw new PacketError(REASON.PROTOCOL_ERROR, "a subscription has retain handling 3");
  const noLocal = (options & NO_LOCAL) !== 0;
  // [MQTT-3.8.3-4]
  if (noLocal && filter.subarray(0, SHARE.length).equals(SHARE)) {
    throw new PacketError(REASON.PROTOCOL_ERROR, "a shared subscription has No Local set");
  }
  const retainAsPublished = (options & RETAIN_AS_PUBLISHED) !== 0;
  return { filter, qos: options & QOS, noLocal, retainAsPublished, retainHandling };
}

/** Nothing in the result refers to `buffer`. */
export function decodeSubscribe(buffer: Buffer, body: number, end: number, version: ProtocolVersion): Subscribe {
  const reader = new Reader(buffer, body, end);
  const packetIdentifier = readPacketIdentifier(reader);
  const properties = DIALECTS[version].hasProperties ? decodeProperties(reader, SUBSCRIBE) : {};
  const subscribe: Subscribe = { packetIdentifier, subscriptions: [], properties };
  const [subscriptionIdentifier] = properties.subscriptionIdentifiers ?? [];
  if (subscriptionIdentifier !== undefined) subscribe.subscriptionIdentifier = subscriptionIdentifier;
  // [MQTT-3.8.3-2] [MQTT-3.8.3-3 of 3.1.1]
  if (reader.done) throw new PacketError(REASON.PROTOCOL_ERROR, "a SUBSCRIBE has no topic filter");
  while (!reader.done) subscribe.subscriptions.push(readSubscription(reader, version));
  return subscribe;
}
