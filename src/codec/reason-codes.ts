import {
  AUTH,
  CONNACK,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  SUBACK,
  UNSUBACK,
} from "../../assembly/shared/packet-types.ts";

const BOTH_WAYS = [PUBACK, PUBREC, PUBREL, PUBCOMP];

interface Row {
  readonly value: number;
  /** Types of the packets that may carry it. */
  readonly packets: readonly number[];
  /** Those of them in which a client may send it. */
  readonly fromClient: readonly number[];
}

function row(value: number, packets: number[], fromClient = packets.filter((type) => BOTH_WAYS.includes(type))): Row {
  return { value, packets, fromClient };
}

/** MQTT 5.0 §2.4, and the tables of the packets for who sends what. Values that stand for several meanings have one row for each. */
const TABLE = {
  SUCCESS: row(0x00, [CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, AUTH]),
  NORMAL_DISCONNECTION: row(0x00, [DISCONNECT], [DISCONNECT]),
  GRANTED_QOS_0: row(0x00, [SUBACK]),
  GRANTED_QOS_1: row(0x01, [SUBACK]),
  GRANTED_QOS_2: row(0x02, [SUBACK]),
  DISCONNECT_WITH_WILL_MESSAGE: row(0x04, [DISCONNECT], [DISCONNECT]),
  NO_MATCHING_SUBSCRIBERS: row(0x10, [PUBACK, PUBREC]),
  NO_SUBSCRIPTION_EXISTED: row(0x11, [UNSUBACK]),
  CONTINUE_AUTHENTICATION: row(0x18, [AUTH], [AUTH]),
  RE_AUTHENTICATE: row(0x19, [AUTH], [AUTH]),
  UNSPECIFIED_ERROR: row(0x80, [CONNACK, PUBACK, PUBREC, SUBACK, UNSUBACK, DISCONNECT], [PUBACK, PUBREC, DISCONNECT]),
  MALFORMED_PACKET: row(0x81, [CONNACK, DISCONNECT], [DISCONNECT]),
  PROTOCOL_ERROR: row(0x82, [CONNACK, DISCONNECT], [DISCONNECT]),
  IMPLEMENTATION_SPECIFIC_ERROR: row(
    0x83,
    [CONNACK, PUBACK, PUBREC, SUBACK, UNSUBACK, DISCONNECT],
    [PUBACK, PUBREC, DISCONNECT],
  ),
  UNSUPPORTED_PROTOCOL_VERSION: row(0x84, [CONNACK]),
  CLIENT_IDENTIFIER_NOT_VALID: row(0x85, [CONNACK]),
  BAD_USER_NAME_OR_PASSWORD: row(0x86, [CONNACK]),
  NOT_AUTHORIZED: row(0x87, [CONNACK, PUBACK, PUBREC, SUBACK, UNSUBACK, DISCONNECT]),
  SERVER_UNAVAILABLE: row(0x88, [CONNACK]),
  SERVER_BUSY: row(0x89, [CONNACK, DISCONNECT]),
  BANNED: row(0x8a, [CONNACK]),
  SERVER_SHUTTING_DOWN: row(0x8b, [DISCONNECT]),
  /** Not in the table of DISCONNECT (§3.14.2.1), though §2.4 says so. [MQTT-3.14.2-1] */
  BAD_AUTHENTICATION_METHOD: row(0x8c, [CONNACK]),
  KEEP_ALIVE_TIMEOUT: row(0x8d, [DISCONNECT]),
  SESSION_TAKEN_OVER: row(0x8e, [DISCONNECT]),
  TOPIC_FILTER_INVALID: row(0x8f, [SUBACK, UNSUBACK, DISCONNECT]),
  TOPIC_NAME_INVALID: row(0x90, [CONNACK, PUBACK, PUBREC, DISCONNECT], [PUBACK, PUBREC, DISCONNECT]),
  PACKET_IDENTIFIER_IN_USE: row(0x91, [PUBACK, PUBREC, SUBACK, UNSUBACK]),
  PACKET_IDENTIFIER_NOT_FOUND: row(0x92, [PUBREL, PUBCOMP]),
  RECEIVE_MAXIMUM_EXCEEDED: row(0x93, [DISCONNECT], [DISCONNECT]),
  TOPIC_ALIAS_INVALID: row(0x94, [DISCONNECT], [DISCONNECT]),
  PACKET_TOO_LARGE: row(0x95, [CONNACK, DISCONNECT], [DISCONNECT]),
  MESSAGE_RATE_TOO_HIGH: row(0x96, [DISCONNECT], [DISCONNECT]),
  QUOTA_EXCEEDED: row(0x97, [CONNACK, PUBACK, PUBREC, SUBACK, DISCONNECT], [PUBACK, PUBREC, DISCONNECT]),
  ADMINISTRATIVE_ACTION: row(0x98, [DISCONNECT], [DISCONNECT]),
  PAYLOAD_FORMAT_INVALID: row(0x99, [CONNACK, PUBACK, PUBREC, DISCONNECT], [PUBACK, PUBREC, DISCONNECT]),
  RETAIN_NOT_SUPPORTED: row(0x9a, [CONNACK, DISCONNECT]),
  QOS_NOT_SUPPORTED: row(0x9b, [CONNACK, DISCONNECT]),
  USE_ANOTHER_SERVER: row(0x9c, [CONNACK, DISCONNECT]),
  SERVER_MOVED: row(0x9d, [CONNACK, DISCONNECT]),
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED: row(0x9e, [SUBACK, DISCONNECT]),
  CONNECTION_RATE_EXCEEDED: row(0x9f, [CONNACK, DISCONNECT]),
  MAXIMUM_CONNECT_TIME: row(0xa0, [DISCONNECT]),
  SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED: row(0xa1, [SUBACK, DISCONNECT]),
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED: row(0xa2, [SUBACK, DISCONNECT]),
};

type ReasonName = keyof typeof TABLE;

/** The values of all reason codes by their names in MQTT 5.0 §2.4. */
export const REASON = Object.freeze(
  Object.fromEntries(Object.entries(TABLE).map(([name, { value }]) => [name, value])),
) as Readonly<Record<ReasonName, number>>;

const ROWS: readonly Row[] = Object.values(TABLE);

const NAMES = new Map(
  Object.entries(TABLE)
    .reverse()
    .map(([name, { value }]) => [value, name.toLowerCase().replaceAll("_", " ")]),
);

/** For logs and messages: "not authorized"; "0x7f" for a value that has no name. */
export function reasonName(reasonCode: number): string {
  return NAMES.get(reasonCode) ?? `0x${reasonCode.toString(16).padStart(2, "0")}`;
}

/** Whether packets of this type may carry the reason code, whoever sends them. */
export function mayCarry(type: number, reasonCode: number): boolean {
  return ROWS.some((each) => each.value === reasonCode && each.packets.includes(type));
}

/** Whether a client may send the reason code in a packet of this type. */
export function mayClientSend(type: number, reasonCode: number): boolean {
  return ROWS.some((each) => each.value === reasonCode && each.fromClient.includes(type));
}

const CONNECT_RETURN_CODES: ReadonlyMap<number, number> = new Map([
  [REASON.SUCCESS, 0],
  [REASON.UNSUPPORTED_PROTOCOL_VERSION, 1],
  [REASON.CLIENT_IDENTIFIER_NOT_VALID, 2],
  [REASON.SERVER_UNAVAILABLE, 3],
  [REASON.SERVER_BUSY, 3],
  [REASON.QUOTA_EXCEEDED, 3],
  [REASON.CONNECTION_RATE_EXCEEDED, 3],
  [REASON.BAD_USER_NAME_OR_PASSWORD, 4],
  [REASON.NOT_AUTHORIZED, 5],
  [REASON.BANNED, 5],
]);

/** The CONNACK return code of MQTT 3.1 and 3.1.1, which know fewer reasons; `undefined`: none fits. */
export function connectReturnCode(reasonCode: number): number | undefined {
  return CONNECT_RETURN_CODES.get(reasonCode);
}
