import {
  EMPTY_TOPIC,
  INVALID_LENGTH,
  INVALID_PROPERTIES,
  INVALID_QOS,
  INVALID_UTF8,
  INVALID_WILDCARD,
  MALFORMED_VARINT,
  NUL_CHARACTER,
  OUT_OF_MEMORY,
  PACKET_TOO_LARGE,
  PADDED_VARINT,
  RESERVED_FLAGS,
  TOO_MANY_LEVELS,
  UNKNOWN_PACKET_TYPE,
  WILDCARD_IN_TOPIC_NAME,
  ZERO_PACKET_IDENTIFIER,
} from "../../assembly/shared/status.ts";
import { PacketError } from "../errors.ts";
import { REASON } from "./reason-codes.ts";

const { MALFORMED_PACKET, PROTOCOL_ERROR, TOPIC_NAME_INVALID, TOPIC_FILTER_INVALID } = REASON;

/**
 * What cannot be parsed is malformed; what parses and is not allowed is a Protocol Error (MQTT 5.0 §1.2): so a packet identifier
 * 0, and an empty topic name without a topic alias by the words of §3.3.2.1.
 */
const ERRORS: ReadonlyMap<number, readonly [reasonCode: number, message: string]> = new Map([
  [MALFORMED_VARINT, [MALFORMED_PACKET, "a variable byte integer has more than four bytes"]],
  [PADDED_VARINT, [MALFORMED_PACKET, "a variable byte integer is not in its shortest form"]],
  [PACKET_TOO_LARGE, [REASON.PACKET_TOO_LARGE, "the packet is larger than the maximum packet size"]],
  [UNKNOWN_PACKET_TYPE, [MALFORMED_PACKET, "the packet type is reserved"]],
  [RESERVED_FLAGS, [MALFORMED_PACKET, "the flags of the fixed header are not those of the packet type"]],
  [INVALID_QOS, [MALFORMED_PACKET, "a PUBLISH has QoS 3"]],
  [INVALID_LENGTH, [MALFORMED_PACKET, "a length inside the packet does not fit the packet"]],
  [ZERO_PACKET_IDENTIFIER, [PROTOCOL_ERROR, "the packet identifier is 0"]],
  [INVALID_UTF8, [MALFORMED_PACKET, "a topic is not valid UTF-8"]],
  [NUL_CHARACTER, [MALFORMED_PACKET, "a topic holds the character U+0000"]],
  [WILDCARD_IN_TOPIC_NAME, [TOPIC_NAME_INVALID, "a topic name holds a wildcard"]],
  [EMPTY_TOPIC, [PROTOCOL_ERROR, "a topic is empty"]],
  [TOO_MANY_LEVELS, [TOPIC_NAME_INVALID, "a topic has too many levels"]],
  [
    INVALID_WILDCARD,
    [TOPIC_FILTER_INVALID, "a wildcard of a topic filter does not fill a whole level or # is not its last"],
  ],
  [INVALID_PROPERTIES, [MALFORMED_PACKET, "the properties of a PUBLISH are malformed"]],
  [OUT_OF_MEMORY, [REASON.QUOTA_EXCEEDED, "the memory for topics and subscriptions is used up"]],
]);

/** Reason code and words for a status of the Wasm core (assembly/shared/status.ts) that refuses a packet, a topic name or a topic filter. */
export function explainStatus(status: number): readonly [reasonCode: number, message: string] {
  return (
    ERRORS.get(status) ?? [
      REASON.IMPLEMENTATION_SPECIFIC_ERROR,
      `the core could not take the packet (status ${status})`,
    ]
  );
}

/** The same as an error. */
export function frameError(status: number): PacketError {
  return new PacketError(...explainStatus(status));
}
