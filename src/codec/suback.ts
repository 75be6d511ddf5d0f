import { SUBACK } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "./dialects.ts";
import { fit } from "./fit.ts";
import { propertiesLength, writeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import type { ProtocolVersion } from "./version.ts";
import { Writer } from "./writer.ts";

/** One reason code for each filter of the SUBSCRIBE, in its order. `undefined`: over the client's maximum packet size. */
export function encodeSuback(
  version: ProtocolVersion,
  packetIdentifier: number,
  reasonCodes: readonly number[],
  properties: Properties = {},
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  const rest = 2 + reasonCodes.length;
  const { hasProperties, subackCode } = DIALECTS[version];
  if (!hasProperties) {
    const writer = Writer.packet(SUBACK << 4, rest);
    writer.u16(packetIdentifier);
    for (const reasonCode of reasonCodes) writer.u8(subackCode(reasonCode));
    return writer.buffer;
  }
  const fitting = fit(properties, maximumPacketSize, (each) => rest + propertiesLength(each));
  if (fitting === undefined) return undefined;
  const writer = Writer.packet(SUBACK << 4, rest + propertiesLength(fitting));
  writer.u16(packetIdentifier);
  writeProperties(writer, fitting);
  for (const reasonCode of reasonCodes) writer.u8(reasonCode);
  return writer.buffer;
}
