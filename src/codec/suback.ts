import { MQTT_3_1, MQTT_5_0 } from "../../assembly/shared/limits.ts";
import { SUBACK } from "../../assembly/shared/packet-types.ts";
import { fit } from "./fit.ts";
import { propertiesLength, writeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import { REASON } from "./reason-codes.ts";
import type { ProtocolVersion } from "./version.ts";
import { Writer } from "./writer.ts";

/** 3.1.1 has one code for all failures [MQTT-3.9.3-2]; MQTT 3.1 has none and asks for a positive answer all the same. */
function legacyCode(version: ProtocolVersion, reasonCode: number): number {
  if (reasonCode < REASON.UNSPECIFIED_ERROR) return reasonCode;
  return version === MQTT_3_1 ? REASON.GRANTED_QOS_0 : REASON.UNSPECIFIED_ERROR;
}

/** One reason code for each filter of the SUBSCRIBE, in its order. `undefined`: over the client's maximum packet size. */
export function encodeSuback(
  version: ProtocolVersion,
  packetIdentifier: number,
  reasonCodes: readonly number[],
  properties: Properties = {},
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  const rest = 2 + reasonCodes.length;
  if (version !== MQTT_5_0) {
    const writer = Writer.packet(SUBACK << 4, rest);
    writer.u16(packetIdentifier);
    for (const reasonCode of reasonCodes) writer.u8(legacyCode(version, reasonCode));
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
