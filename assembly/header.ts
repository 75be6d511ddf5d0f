import { MQTT_3_1, MQTT_5_0 } from "./shared/limits";
import { AUTH, PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE } from "./shared/packet-types";
import { INVALID_QOS, PACKET_TOO_LARGE, RESERVED_FLAGS, UNKNOWN_PACKET_TYPE } from "./shared/status";
import { readVarint, VARINT_CUT, varintSize, varintValue } from "./varint";

/** What `readHeader` answers for a packet that is not there as a whole. */
export const HEADER_CUT: i32 = -1;

const FLAGS_0010: u32 = (1 << PUBREL) | (1 << SUBSCRIBE) | (1 << UNSUBSCRIBE);

/** Where the body of the packet starts, once the fixed header is whole. */
export let headerBody: usize = 0;
/** Bytes of the packet; one more than there are while the fixed header is cut. */
export let headerNeeds: u32 = 0;

/** Reads the fixed header at `at`: 0, HEADER_CUT, or the status that refuses it as soon as the bytes there tell. */
export function readHeader(at: usize, end: usize, version: u32, maximum: u32): i32 {
  const refused = checkFirstByte(load<u8>(at), version);
  if (refused != 0) return refused;
  const status = readVarint(at + 1, end);
  if (status == VARINT_CUT) {
    headerNeeds = <u32>(end - at) + 1;
    return HEADER_CUT;
  }
  if (status != 0) return status;
  headerBody = at + 1 + varintSize;
  headerNeeds = 1 + varintSize + varintValue;
  if (headerNeeds > maximum) return PACKET_TOO_LARGE; // [MQTT-3.2.2-15]
  return <u32>(end - at) < headerNeeds ? HEADER_CUT : 0;
}

function checkFirstByte(byte: u32, version: u32): i32 {
  const type = byte >> 4;
  let flags = byte & 15;
  if (type == 0 || (type == AUTH && version != 0 && version < <u32>MQTT_5_0)) return UNKNOWN_PACKET_TYPE;
  if (type == PUBLISH) return (flags & 6) == 6 ? INVALID_QOS : 0; // [MQTT-3.3.1-4] [MQTT-3.3.1-4 of 3.1.1]
  // [MQTT-2.1.3-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] [MQTT-2.2.2-2 of 3.1.1] [MQTT-3.14.1-1 of 3.1.1]
  if (((FLAGS_0010 >> type) & 1) == 0) return flags == 0 ? 0 : RESERVED_FLAGS;
  if (version == MQTT_3_1) flags &= 7; // MQTT 3.1 has a DUP flag here.
  // [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-2.2.2-2 of 3.1.1] [MQTT-3.6.1-1 of 3.1.1]
  // [MQTT-3.8.1-1 of 3.1.1] [MQTT-3.10.1-1 of 3.1.1]
  return flags == 2 ? 0 : RESERVED_FLAGS;
}
