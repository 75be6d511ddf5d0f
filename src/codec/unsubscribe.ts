import { UNSUBSCRIBE } from "../../assembly/shared/packet-types.ts";
import { PacketError } from "../errors.ts";
import { DIALECTS } from "./dialects.ts";
import { decodeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";
import { readPacketIdentifier, readTopicFilter } from "./request.ts";
import type { ProtocolVersion } from "./version.ts";

export interface Unsubscribe {
  packetIdentifier: number;
  /** Non-empty and valid UTF-8; wildcards are not checked. */
  filters: Buffer[];
  properties: Properties;
}

/** Nothing in the result refers to `buffer`. */
export function decodeUnsubscribe(buffer: Buffer, body: number, end: number, version: ProtocolVersion): Unsubscribe {
  const reader = new Reader(buffer, body, end);
  const packetIdentifier = readPacketIdentifier(reader);
  const properties = DIALECTS[version].hasProperties ? decodeProperties(reader, UNSUBSCRIBE) : {};
  const filters: Buffer[] = [];
  // [MQTT-3.10.3-2] [MQTT-3.10.3-2 of 3.1.1]
  if (reader.done) throw new PacketError(REASON.PROTOCOL_ERROR, "an UNSUBSCRIBE has no topic filter");
  while (!reader.done) filters.push(readTopicFilter(reader));
  return { packetIdentifier, filters, properties };
}
