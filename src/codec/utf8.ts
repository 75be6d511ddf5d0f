import { isUtf8 } from "node:buffer";
import { PacketError } from "../errors.ts";
import { REASON } from "./reason-codes.ts";

/**
 * Throws unless the bytes are a string as MQTT allows it. [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.3-1 of 3.1.1] [MQTT-1.5.3-2 of 3.1.1]
 * Costs no allocation for ASCII, a Buffer object otherwise.
 */
export function checkString(buffer: Buffer, start: number, end: number): void {
  let seen = 0;
  for (let at = start; at < end; at++) {
    const byte = buffer[at] ?? 0;
    if (byte === 0) throw new PacketError(REASON.MALFORMED_PACKET, "a string holds the character U+0000");
    seen |= byte;
  }
  if (seen >= 0x80 && !isUtf8(buffer.subarray(start, end))) {
    throw new PacketError(REASON.MALFORMED_PACKET, "a string is not valid UTF-8");
  }
}

const PLUS = 0x2b;
const HASH = 0x23;

/**
 * Throws if a topic name is empty or holds a wildcard. `what` names it in the message.
 * [MQTT-4.7.0-1] [MQTT-4.7.3-1] [MQTT-4.7.1-1 of 3.1.1] [MQTT-4.7.3-1 of 3.1.1]
 */
export function checkTopicName(buffer: Buffer, start: number, end: number, what: string): void {
  if (start === end) throw new PacketError(REASON.PROTOCOL_ERROR, `the ${what} is empty`);
  for (let at = start; at < end; at++) {
    const byte = buffer[at];
    if (byte === PLUS || byte === HASH)
      throw new PacketError(REASON.TOPIC_NAME_INVALID, `the ${what} holds a wildcard`);
  }
}
