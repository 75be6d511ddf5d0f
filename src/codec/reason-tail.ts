import { PacketError } from "../errors.ts";
import { decodeProperties, propertiesLength, propertyFieldsLength, writeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import type { Reader } from "./reader.ts";
import { mayClientSend, REASON, reasonName } from "./reason-codes.ts";
import type { Writer } from "./writer.ts";

/**
 * What a PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT or AUTH of MQTT 5.0 ends with. The properties may be left out where there are
 * none, and with them the reason code where it is 0x00; encoders do so.
 */
export interface ReasonTail {
  reasonCode: number;
  properties: Properties;
}

/** Reads up to the end of a packet. Throws for a reason code that no client may send in this type of packet. */
export function readReasonTail(reader: Reader, type: number): ReasonTail {
  const reasonCode = reader.done ? 0 : reader.u8();
  const properties = reader.done ? {} : decodeProperties(reader, type);
  reader.finish();
  if (!mayClientSend(type, reasonCode)) {
    throw new PacketError(REASON.PROTOCOL_ERROR, `a client may not send this reason code: ${reasonName(reasonCode)}`);
  }
  return { reasonCode, properties };
}

export function reasonTailLength(reasonCode: number, properties: Properties): number {
  if (propertyFieldsLength(properties) > 0) return 1 + propertiesLength(properties);
  return reasonCode === 0 ? 0 : 1;
}

export function writeReasonTail(writer: Writer, reasonCode: number, properties: Properties): void {
  const length = reasonTailLength(reasonCode, properties);
  if (length > 0) writer.u8(reasonCode);
  if (length > 1) writeProperties(writer, properties);
}
