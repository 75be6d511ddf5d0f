import { CONNACK } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "./dialects.ts";
import { fit } from "./fit.ts";
import { propertiesLength, writeProperties } from "./properties.ts";
import type { Properties } from "./property-table.ts";
import type { ProtocolVersion } from "./version.ts";
import { Writer } from "./writer.ts";

/**
 * `reasonCode` is one of 5.0; for 3.x it is translated. `undefined`: close without a CONNACK, as 3.x has no code for the reason
 * or the packet exceeds the client's maximum packet size.
 */
export function encodeConnack(
  version: ProtocolVersion,
  sessionPresent: boolean,
  reasonCode: number,
  properties: Properties = {},
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  const { hasProperties, hasSessionPresent, connackCode } = DIALECTS[version];
  // [MQTT-3.2.2-6] [MQTT-3.2.2-1] [MQTT-3.2.2-4 of 3.1.1]
  const flags = sessionPresent && reasonCode === 0 && hasSessionPresent ? 1 : 0;
  if (!hasProperties) {
    const returnCode = connackCode(reasonCode);
    return returnCode === undefined ? undefined : Buffer.from([CONNACK << 4, 2, flags, returnCode]);
  }
  const fitting = fit(properties, maximumPacketSize, (each) => 2 + propertiesLength(each));
  if (fitting === undefined) return undefined;
  const writer = Writer.packet(CONNACK << 4, 2 + propertiesLength(fitting));
  writer.u8(flags);
  writer.u8(reasonCode);
  writeProperties(writer, fitting);
  return writer.buffer;
}
