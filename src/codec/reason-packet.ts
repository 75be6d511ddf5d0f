import { PacketError } from "../errors.ts";
import { fit } from "./fit.ts";
import { decodeProperties, propertiesLength, propertyFieldsLength, writeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import type { Reader } from "./reader.ts";
import { mayClientSend, REASON, reasonName } from "./reason-codes.ts";
import { Writer } from "./writer.ts";

/** What DISCONNECT and AUTH are made of. */
export interface ReasonPacket {
  reasonCode: number;
  properties: Properties;
}

/** Reads a reason code and properties, both of which may be left out. Throws for a reason code that no client may send. */
export function readReasonPacket(reader: Reader, type: number): ReasonPacket {
  const reasonCode = reader.done ? 0 : reader.u8();
  const properties = reader.done ? {} : decodeProperties(reader, type);
  reader.finish();
  if (!mayClientSend(type, reasonCode)) {
    throw new PacketError(REASON.PROTOCOL_ERROR, `a client may not send this reason code: ${reasonName(reasonCode)}`);
  }
  return { reasonCode, properties };
}

/** Leaves out what the standard allows to leave out. `undefined`: over the maximum packet size. */
export function encodeReasonPacket(
  type: number,
  reasonCode: number,
  properties: Properties,
  maximumPacketSize: number,
): Buffer | undefined {
  const fitting = fit(1, properties, maximumPacketSize) ?? {};
  const hasProperties = propertyFieldsLength(fitting) > 0;
  const hasReason = reasonCode !== 0 || hasProperties;
  const length = (hasReason ? 1 : 0) + (hasProperties ? propertiesLength(fitting) : 0);
  const writer = Writer.packet(type << 4, length);
  if (writer.buffer.length > maximumPacketSize) return undefined;
  if (hasReason) writer.u8(reasonCode);
  if (hasProperties) writeProperties(writer, fitting);
  return writer.buffer;
}
