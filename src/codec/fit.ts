import type { Properties } from "./property-table.ts";
import { packetLength } from "./writer.ts";

/**
 * The properties with which a packet stays within the receiver's maximum packet size: User Properties go first, then the Reason
 * String; `undefined` if the packet does not fit even so. `remainingLength` tells that of the packet with these properties.
 * [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3]
 * [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.14.2-3] [MQTT-3.14.2-4]
 * [MQTT-3.15.2-2] [MQTT-3.15.2-3] and, for `undefined`, [MQTT-3.1.2-24]
 */
export function fit(
  properties: Properties,
  maximumPacketSize: number,
  remainingLength: (properties: Properties) => number,
): Properties | undefined {
  const { userProperties: _user, ...withReason } = properties;
  const { reasonString: _reason, ...bare } = withReason;
  return [properties, withReason, bare].find((each) => packetLength(remainingLength(each)) <= maximumPacketSize);
}
