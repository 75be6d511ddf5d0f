import { UNSUBACK } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "./dialects.ts";
import { fit } from "./fit.ts";
import { propertiesLength, writeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import type { ProtocolVersion } from "./version.ts";
import { Writer } from "./writer.ts";

/**
 * One reason code for each filter of the UNSUBSCRIBE, in its order [MQTT-3.11.3-1]; 3.x has none.
 * `undefined`: over the client's maximum packet size.
 */
export function encodeUnsuback(
  version: ProtocolVersion,
  packetIdentifier: number,
  reasonCodes: readonly number[],
  properties: Properties = {},
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  if (!DIALECTS[version].hasReasonCodes) {
    const writer = Writer.packet(UNSUBACK << 4, 2);
    writer.u16(packetIdentifier);
    return writer.buffer;
  }
  const rest = 2 + reasonCodes.length;
  const fitting = fit(properties, maximumPacketSize, (each) => rest + propertiesLength(each));
  if (fitting === undefined) return undefined;
  const writer = Writer.packet(UNSUBACK << 4, rest + propertiesLength(fitting));
  writer.u16(packetIdentifier);
  writeProperties(writer, fitting);
  for (const reasonCode of reasonCodes) writer.u8(reasonCode);
  return writer.buffer;
}
