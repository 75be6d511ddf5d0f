import { MAX_LEVELS } from "../../assembly/shared/limits.ts";
import { NEVER_EXPIRES } from "../codec/dialects.ts";
import { LARGEST_PACKET } from "../codec/writer.ts";
import { TernmqError } from "../errors.ts";

/** What one broker takes and keeps at the most. */
export interface Limits {
  /** Bytes of the largest packet that a client may send, fixed header included. Told to clients of MQTT 5.0. */
  readonly maximumPacketSize: number;
  /** Clients connected at a time; one more is refused with 0x97, by MQTT 3.1.1 with return code 3. */
  readonly maximumConnections: number;
  /**
   * Connections on which no CONNECT has come, handshakes of TLS and WebSocket included. At the limit the oldest is closed for a new one, if it has had a
   * quarter of `connectTimeout`, otherwise the new one.
   */
  readonly maximumPendingConnections: number;
  /** The same of one address (IPv6: of one /64); a new one beyond it is closed. Trusted addresses of the guard, proxies and Unix sockets do not count. */
  readonly maximumPendingConnectionsPerAddress: number;
  /** Sessions, those of clients that are offline included; one more is refused as above. */
  readonly maximumSessions: number;
  /** Subscriptions of one session; one more is refused with 0x97, by MQTT 3.1.1 with 0x80. */
  readonly maximumSubscriptions: number;
  /** QoS 1 and 2 messages that a client may have under way to the broker. Told to clients of MQTT 5.0. */
  readonly receiveMaximum: number;
  /** QoS 1 and 2 messages under way to one client; a client of MQTT 5.0 may ask for fewer. */
  readonly maximumInflightMessages: number;
  /** Messages that wait in one session; then the oldest QoS 0 message, and after it the newest, is dropped. */
  readonly maximumQueuedMessages: number;
  /** Bytes of the messages that wait in one session; then it is the same. One that finds nothing waiting is let in. */
  readonly maximumQueuedBytes: number;
  /**
   * Bytes that wait in memory for all clients together. From three quarters of it on publishers to clients that are slow are not read from; at the
   * limit, for clients that are offline a little below, a message that would have to wait in memory is dropped.
   */
  readonly maximumBacklogBytes: number;
  /** Milliseconds by which the event loop may be late, again and again, until new clients are refused as above; 0: they never are. */
  readonly maximumEventLoopDelay: number;
  /** Whether QoS 0 messages wait for a session whose client is offline too. */
  readonly queueQos0Messages: boolean;
  /** Levels of a topic name or topic filter. */
  readonly maximumTopicLevels: number;
  /** Bytes that wait for one client; from there on QoS 0 messages are dropped and QoS 1 and 2 messages wait in the session. */
  readonly maximumOutboxBytes: number;
  /** Milliseconds after which a client that takes none of the bytes that wait for it is disconnected. */
  readonly stallTimeout: number;
  /** Retained messages of all topics; a new topic beyond it is not retained. */
  readonly maximumRetainedMessages: number;
  /** Topic aliases that a client may use. Told to clients of MQTT 5.0. */
  readonly topicAliasMaximum: number;
  /** Topic aliases that the broker uses towards a client that allows as many. */
  readonly maximumOutgoingTopicAliases: number;
  /** Milliseconds from the opening of a connection to its CONNACK: the CONNECT has to come, and the authentication to end. */
  readonly connectTimeout: number;
  /** Seconds that a session outlives its connection at the most; 4,294,967,295 is for ever. */
  readonly maximumSessionExpiryInterval: number;
  /** Seconds; a longer Keep Alive, or none, is replaced by it (MQTT 5.0). 0: any is taken. */
  readonly maximumKeepAlive: number;
  /** Whether the payload of a message that says it is UTF-8 is checked (Payload Format Indicator). */
  readonly validatePayloadFormat: boolean;
}

export const LIMIT_DEFAULTS: Limits = {
  maximumPacketSize: 1_048_576,
  maximumConnections: 100_000,
  maximumPendingConnections: 4_096,
  maximumPendingConnectionsPerAddress: 512,
  maximumSessions: 1_000_000,
  maximumSubscriptions: 1_000_000,
  receiveMaximum: 1_024,
  maximumInflightMessages: 1_024,
  maximumQueuedMessages: 10_000,
  maximumQueuedBytes: 1_073_741_824,
  maximumBacklogBytes: 268_435_456,
  maximumEventLoopDelay: 500,
  queueQos0Messages: false,
  maximumTopicLevels: MAX_LEVELS,
  maximumOutboxBytes: 1_048_576,
  stallTimeout: 60_000,
  maximumRetainedMessages: 1_000_000,
  topicAliasMaximum: 64,
  maximumOutgoingTopicAliases: 64,
  connectTimeout: 10_000,
  maximumSessionExpiryInterval: NEVER_EXPIRES,
  maximumKeepAlive: 0,
  validatePayloadFormat: false,
};

export type NumericLimit = { [Name in keyof Limits]: Limits[Name] extends number ? Name : never }[keyof Limits];

/** Smallest and largest value of each. */
export const LIMIT_RANGES: Record<NumericLimit, readonly [number, number]> = {
  maximumPacketSize: [128, LARGEST_PACKET],
  maximumConnections: [1, 10_000_000],
  maximumPendingConnections: [1, 10_000_000],
  maximumPendingConnectionsPerAddress: [1, 10_000_000],
  maximumSessions: [1, 100_000_000],
  maximumSubscriptions: [0, 100_000_000],
  receiveMaximum: [1, 65_535],
  maximumInflightMessages: [1, 32_767],
  maximumQueuedMessages: [0, 100_000_000],
  maximumQueuedBytes: [0, 1_099_511_627_776],
  maximumBacklogBytes: [4_194_304, 1_099_511_627_776],
  maximumEventLoopDelay: [0, 60_000],
  maximumTopicLevels: [1, MAX_LEVELS],
  maximumOutboxBytes: [65_536, 1_073_741_824],
  stallTimeout: [100, 2_147_483_647],
  maximumRetainedMessages: [0, 100_000_000],
  topicAliasMaximum: [0, 65_535],
  maximumOutgoingTopicAliases: [0, 65_535],
  connectTimeout: [100, 2_147_483_647],
  maximumSessionExpiryInterval: [0, NEVER_EXPIRES],
  maximumKeepAlive: [0, 65_535],
};

/** Fills up with the defaults. @throws {TernmqError} ERR_OPTION for a name that does not exist or a value out of its range */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given)) check(name, value);
  return { ...LIMIT_DEFAULTS, ...given };
}

function check(name: string, value: unknown): void {
  if (!Object.hasOwn(LIMIT_DEFAULTS, name)) throw new TernmqError("ERR_OPTION", `there is no limit "${name}"`);
  const range = LIMIT_RANGES[name as NumericLimit];
  if (range === undefined) {
    if (typeof value !== "boolean") throw new TernmqError("ERR_OPTION", `${name}: give true or false, not ${value}`);
  } else if (!Number.isInteger(value) || Number(value) < range[0] || Number(value) > range[1]) {
    throw new TernmqError("ERR_OPTION", `${name}: give a whole number from ${range[0]} to ${range[1]}, not ${value}`);
  }
}
