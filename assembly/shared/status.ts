/**
 * What a call into the core answers. `FRAME_*` tell where a chunk ended; all others say why the packet at `consumed` is
 * refused. The host maps them to reason codes (`src/codec/frame-errors.ts`).
 */

/** Every whole packet of the chunk has its record; what remains is the start of a packet that is cut off (or nothing). */
export const FRAME_END = 0;
/** There may be more whole packets behind `consumed`: dispatch the records, then frame again from there. */
export const FRAME_MORE = 1;

/** A variable byte integer with a continuation bit in its fourth byte. (MQTT 5.0 §1.5.5) */
export const MALFORMED_VARINT = 2;
/** A variable byte integer that is not in its shortest form. [MQTT-1.5.5-1] */
export const PADDED_VARINT = 3;
/** The packet, fixed header included, is longer than the maximum packet size. */
export const PACKET_TOO_LARGE = 4;
/** Type 0, or 15 before MQTT 5.0. */
export const UNKNOWN_PACKET_TYPE = 5;
/** The low four bits of the first byte are not those prescribed for the type. [MQTT-2.1.3-1] */
export const RESERVED_FLAGS = 6;
/** A PUBLISH with QoS 3. [MQTT-3.3.1-4] */
export const INVALID_QOS = 7;
/** A length inside the packet does not fit the packet. */
export const INVALID_LENGTH = 8;
/** A packet identifier 0 where the standard asks for one. [MQTT-2.2.1-3] */
export const ZERO_PACKET_IDENTIFIER = 9;
/** Not well-formed UTF-8. [MQTT-1.5.4-1] */
export const INVALID_UTF8 = 10;
/** U+0000 in a string. [MQTT-1.5.4-2] */
export const NUL_CHARACTER = 11;
/** `+` or `#` in a topic name. [MQTT-3.3.2-2] */
export const WILDCARD_IN_TOPIC_NAME = 12;
/** A topic name or filter without any character, and no topic alias in its place. [MQTT-4.7.3-1] */
export const EMPTY_TOPIC = 13;
/** More than MAX_LEVELS levels. */
export const TOO_MANY_LEVELS = 14;
/** `#` not last or not alone in its level, or `+` not alone in its level. [MQTT-4.7.1-1] [MQTT-4.7.1-2] */
export const INVALID_WILDCARD = 15;
/** The properties of a PUBLISH cannot be walked: unknown identifier or a value that does not fit. */
export const INVALID_PROPERTIES = 16;
/** The memory of the core cannot grow any further; what the call began is undone. */
export const OUT_OF_MEMORY = 17;
/** As FRAME_MORE, where the matches of the call took a millisecond or two: if that happens again and again others should have their turn. */
export const FRAME_LONG = 18;
