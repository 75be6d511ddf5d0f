import { PUBREL } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "./dialects.ts";
import { fit } from "./fit.ts";
import { decodePropertyFields } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { reasonTailLength, writeReasonTail } from "./reason-tail.ts";
import type { ProtocolVersion } from "./version.ts";
import { Writer } from "./writer.ts";

/** Bytes of what `writeAck` writes. */
export const ACK_LENGTH = 4;

/** First byte of PUBACK, PUBREC, PUBREL or PUBCOMP. [MQTT-3.6.1-1] [MQTT-2.2.2-1 of 3.1.1] [MQTT-3.6.1-1 of 3.1.1] */
function firstByte(type: number): number {
  return type === PUBREL ? (type << 4) | 2 : type << 4;
}

/** Writes PUBACK, PUBREC, PUBREL or PUBCOMP with reason code 0x00, the same bytes in every version. Returns the offset behind it. */
export function writeAck(target: Uint8Array, at: number, type: number, packetIdentifier: number): number {
  target[at] = firstByte(type);
  target[at + 1] = 2;
  target[at + 2] = packetIdentifier >> 8;
  target[at + 3] = packetIdentifier & 0xff;
  return at + ACK_LENGTH;
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP; 3.x has neither reason code nor properties. `undefined`: over the maximum packet size. */
export function encodeAck(
  version: ProtocolVersion,
  type: number,
  packetIdentifier: number,
  reasonCode: number,
  properties: Properties = {},
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  if (!DIALECTS[version].hasReasonCodes) return bareAck(type, packetIdentifier);
  const fitting = fit(properties, maximumPacketSize, (each) => 2 + reasonTailLength(reasonCode, each));
  if (fitting === undefined) return undefined;
  const writer = Writer.packet(firstByte(type), 2 + reasonTailLength(reasonCode, fitting));
  writer.u16(packetIdentifier);
  writeReasonTail(writer, reasonCode, fitting);
  return writer.buffer;
}

function bareAck(type: number, packetIdentifier: number): Buffer {
  const buffer = Buffer.alloc(ACK_LENGTH);
  writeAck(buffer, 0, type, packetIdentifier);
  return buffer;
}

/** Decodes the properties of a PUBACK, PUBREC, PUBREL or PUBCOMP, from behind their length prefix on. */
export function decodeAckProperties(buffer: Buffer, start: number, length: number, type: number): Properties {
  return decodePropertyFields(new Reader(buffer, start, start + length), type);
}
