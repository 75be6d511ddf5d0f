import { LIMIT_RANGES, type Limits } from "./limits.ts";

/** What of the broker's limits can be lower for some clients. */
const LOWERED = [
  "maximumPacketSize",
  "receiveMaximum",
  "maximumInflightMessages",
  "maximumQueuedMessages",
  "maximumQueuedBytes",
  "maximumSubscriptions",
  "maximumTopicLevels",
] as const satisfies readonly (keyof Limits)[];

/** What holds for one client. */
export type EffectiveLimits = Pick<Limits, (typeof LOWERED)[number]>;

/** What holds for its session, also while it is offline. */
export type SessionLimits = Pick<Limits, "maximumQueuedMessages" | "maximumQueuedBytes" | "maximumSubscriptions">;

/** What some clients may do beside the broker's limits, which are never exceeded. What is left out is as for all others. */
export interface ClientLimits extends Partial<EffectiveLimits> {
  /** Clients of one user connected at a time; one more is refused with 0x97, before MQTT 5.0 with return code 3. Clients without a user name do not count. */
  readonly maximumConnectionsPerUser?: number;
  /** The same of one address (IPv6: of one /64). Unix sockets do not count. */
  readonly maximumConnectionsPerAddress?: number;
  /** Sessions of one user, those of clients that are offline included; one more is refused as above. Sessions of clients without a user name do not count. */
  readonly maximumSessionsPerUser?: number;
  /** Clients of one user let in per second; others are refused with 0x9f, before MQTT 5.0 with return code 3. */
  readonly connectionRatePerUser?: number;
  /** Clients of one user that may come at once. Default: those of a second. */
  readonly connectionBurstPerUser?: number;
  /** PUBLISH packets per second that are read; others wait at the client. */
  readonly messageRate?: number;
  /** PUBLISH packets that may come at once. Default: those of a second. */
  readonly messageBurst?: number;
  /** Bytes of packets per second that are read; others wait at the client. */
  readonly byteRate?: number;
  /** Bytes that may come at once; a packet that is larger goes through, and is waited for afterwards. Default: those of a second. */
  readonly byteBurst?: number;
  /**
   * Who shares `messageRate` and `byteRate`: all clients of a user, or of an address (IPv6: of a /64). Default `client`: each has its own, by client
   * identifier. A client without a user name counts by its address, without an address by itself.
   */
  readonly ratesPer?: RatesPer;
}

export const RATES_PER = ["client", "user", "address"] as const;
export type RatesPer = (typeof RATES_PER)[number];

/** Of a listener: for those of its clients that no rule of `clientLimits` is about; and how often connections may be opened. */
export interface ListenerLimits extends ClientLimits {
  /** Connections opened per second; others are closed at once. */
  readonly connectionRate?: number;
  /** Connections that may be opened at once. Default: those of a second. */
  readonly connectionBurst?: number;
  /** The same of one address (IPv6: of one /64). */
  readonly connectionRatePerAddress?: number;
  readonly connectionBurstPerAddress?: number;
}

/** A rule: whom it is about, and what holds for them. All that is given of `users` to `anonymous` has to hold. */
export interface ClientLimitRule extends ClientLimits {
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** Client identifiers; `*` stands for any characters. */
  readonly clients?: readonly string[];
  /** Addresses and networks, as `10.0.0.0/8`. */
  readonly addresses?: readonly string[];
  /** Names of listeners. */
  readonly listeners?: readonly string[];
  /** True: about clients without a user name alone. Default false. */
  readonly anonymous?: boolean;
}

export type ValueName = Exclude<keyof ListenerLimits, "ratesPer">;

const RATE = [0.001, 10_000_000] as const;
const BURST = [1, 10_000_000] as const;
const CONNECTIONS = LIMIT_RANGES.maximumConnections;
const BYTES = [1, 1_099_511_627_776] as const;

/** Smallest and largest value of each. */
export const CLIENT_LIMIT_RANGES: Readonly<Record<ValueName, readonly [number, number]>> = {
  maximumPacketSize: LIMIT_RANGES.maximumPacketSize,
  receiveMaximum: LIMIT_RANGES.receiveMaximum,
  maximumInflightMessages: LIMIT_RANGES.maximumInflightMessages,
  maximumQueuedMessages: LIMIT_RANGES.maximumQueuedMessages,
  maximumQueuedBytes: LIMIT_RANGES.maximumQueuedBytes,
  maximumSubscriptions: LIMIT_RANGES.maximumSubscriptions,
  maximumTopicLevels: LIMIT_RANGES.maximumTopicLevels,
  maximumConnectionsPerUser: CONNECTIONS,
  maximumConnectionsPerAddress: CONNECTIONS,
  maximumSessionsPerUser: LIMIT_RANGES.maximumSessions,
  connectionRatePerUser: RATE,
  connectionBurstPerUser: BURST,
  messageRate: RATE,
  messageBurst: BURST,
  byteRate: BYTES,
  byteBurst: BYTES,
  connectionRate: RATE,
  connectionBurst: BURST,
  connectionRatePerAddress: RATE,
  connectionBurstPerAddress: BURST,
};

/** Those that need not be whole numbers: 0.1 is one in ten seconds. */
export const RATES: ReadonlySet<string> = new Set(
  Object.keys(CLIENT_LIMIT_RANGES).filter((name) => CLIENT_LIMIT_RANGES[name as ValueName] === RATE),
);

const RATE_OF_BURST: readonly [burst: ValueName, rate: ValueName][] = [
  ["connectionBurstPerUser", "connectionRatePerUser"],
  ["messageBurst", "messageRate"],
  ["byteBurst", "byteRate"],
  ["connectionBurst", "connectionRate"],
  ["connectionBurstPerAddress", "connectionRatePerAddress"],
];

/** Bursts without the rate that they belong to. */
export function lonelyBursts(limits: ListenerLimits): (readonly [burst: ValueName, rate: ValueName])[] {
  return RATE_OF_BURST.filter(([burst, rate]) => limits[burst] !== undefined && limits[rate] === undefined);
}

/** How many may come at once where that is not said. */
export function burstOf(rate: number, burst: number | undefined): number {
  return burst ?? Math.max(1, rate);
}

/** What holds for a client. */
export function effectiveLimits(given: ClientLimits, limits: Limits): EffectiveLimits {
  const entries = LOWERED.map((name) => [name, Math.min(given[name] ?? limits[name], limits[name])]);
  return Object.fromEntries(entries) as EffectiveLimits;
}
