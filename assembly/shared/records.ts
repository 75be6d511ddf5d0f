/**
 * A record: what the core says about one packet, 16 little-endian 32-bit words. All offsets count from the start of the chunk.
 *
 *     word  0        1           2      3     4    5          6            7      8
 *          +------+------------+-------+------+-----+-----------+-------------+-------+--------------+
 *          | type | first byte | start | body | end | packet id | reason code | topic | topic length |
 *          +------+------------+-------+------+-----+-----------+-------------+-------+--------------+
 *     word  9            10                   11        12       13            14            15
 *          +------------+--------------------+---------+--------+-------------+-------------+-----+
 *          | properties | properties length  | payload | routes | route count | route flags | lap |
 *          +------------+--------------------+---------+--------+-------------+-------------+-----+
 *
 * - body: first byte behind the fixed header; end: first byte behind the packet.
 * - packet id: 0 where the type has none. Set for PUBLISH (QoS > 0), PUBACK…PUBCOMP, (UN)SUBSCRIBE, (UN)SUBACK.
 * - reason code: of PUBACK…PUBCOMP, 0 where it is left out.
 * - topic, topic length: of PUBLISH. Length 0: the topic alias in the properties stands for it, and there are no routes yet.
 * - properties, properties length: of PUBLISH and PUBACK…PUBCOMP in 5.0, behind their length prefix; length 0 where there are none.
 * - payload: of PUBLISH; it runs to `end`.
 * - routes: index of the first route in the memory seen as 32-bit words; each route is the entry of a matching subscription.
 * - lap: together with `routes` it stands for the topic name: those of another topic never are the same two. 0: they stand for none.
 */
export const RECORD_WORDS = 16;
export const RECORD_TYPE = 0;
export const RECORD_FIRST_BYTE = 1;
export const RECORD_START = 2;
export const RECORD_BODY = 3;
export const RECORD_END = 4;
export const RECORD_PACKET_ID = 5;
export const RECORD_REASON_CODE = 6;
export const RECORD_TOPIC = 7;
export const RECORD_TOPIC_LENGTH = 8;
export const RECORD_PROPERTIES = 9;
export const RECORD_PROPERTIES_LENGTH = 10;
export const RECORD_PAYLOAD = 11;
export const RECORD_ROUTES = 12;
export const RECORD_ROUTE_COUNT = 13;
export const RECORD_ROUTE_FLAGS = 14;
export const RECORD_LAP = 15;

/** Records that one call makes at most. */
export const MAX_RECORDS = 1024;

/** Route flag: at least two routes lead to the same target, so the host has to merge them into one delivery. */
export const ROUTES_OVERLAP = 1;
