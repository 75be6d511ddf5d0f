import { PacketError } from "../errors.ts";
import type { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";

/** The packet identifier of a SUBSCRIBE or UNSUBSCRIBE. [MQTT-2.2.1-3] [MQTT-2.3.1-1 of 3.1.1] */
export function readPacketIdentifier(reader: Reader): number {
  const packetIdentifier = reader.u16();
  if (packetIdentifier === 0) throw new PacketError(REASON.PROTOCOL_ERROR, "the packet identifier is 0");
  return packetIdentifier;
}

/**
 * A topic filter that is valid UTF-8 and not empty.
 * [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-3.8.3-1 of 3.1.1] [MQTT-3.10.3-1 of 3.1.1] [MQTT-4.7.3-1 of 3.1.1]
 */
export function readTopicFilter(reader: Reader): Buffer {
  const filter = reader.utf8Bytes();
  if (filter.length === 0) throw new PacketError(REASON.PROTOCOL_ERROR, "a topic filter is empty");
  return filter;
}
