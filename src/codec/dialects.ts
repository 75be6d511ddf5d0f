import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from "../../assembly/shared/limits.ts";
import { connectReturnCode, REASON } from "./reason-codes.ts";
import type { ProtocolVersion } from "./version.ts";

/**
 * How the versions of MQTT differ, for a server. What depends on the version of a connection asks here, but for the protocol names and levels
 * (connect.ts), the version in which an unknown one is refused (../broker/connect.ts), and the framing in `assembly/`, which has lengths,
 * flags and the layout of PUBLISH to check.
 */
export interface Dialect {
  /** Packets that are more than a header carry properties, and so does a will. (MQTT 5.0 §2.2.2) */
  readonly hasProperties: boolean;
  /** PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK and DISCONNECT carry reason codes, and properties behind them. (MQTT 5.0 §2.4) */
  readonly hasReasonCodes: boolean;
  /** The server ends a connection with a DISCONNECT that says why. [MQTT-3.14.0-1] [MQTT-4.13.2-1] */
  readonly mayDisconnect: boolean;
  /** CONNACK can set another Keep Alive than the client asked for; otherwise the client's counts. [MQTT-3.2.2-22] */
  readonly hasServerKeepAlive: boolean;
  /** A client may not have more QoS 2 messages under way than the server's Receive Maximum. [MQTT-3.3.4-7] */
  readonly hasReceiveMaximum: boolean;
  /** SUBACK can say that there is no subscription. */
  readonly hasSubackFailure: boolean;
  /** CONNACK tells whether there was a session; in 3.1 that byte is reserved. */
  readonly hasSessionPresent: boolean;
  /** The reserved connect flag, and will flags without a will, make a CONNECT malformed. */
  readonly checksConnectFlags: boolean;
  /** A password may come without a user name. */
  readonly allowsLonePassword: boolean;
  /** User name and password may be missing at the end of a CONNECT although their flags are set: in 3.1 the remaining length counts. */
  readonly allowsMissingCredentials: boolean;
  /** Bits of a SUBSCRIBE's options that have to be 0. */
  readonly reservedSubscriptionBits: number;
  /** Bits of a SUBSCRIBE's options that mean something. */
  readonly subscriptionBits: number;
  /** Whether a client may leave its identifier empty, to be given one. */
  allowsEmptyClientIdentifier(cleanStart: boolean): boolean;
  /** The CONNACK code for a reason code of 5.0; undefined: there is none, so the connection is closed without a CONNACK. */
  connackCode(reasonCode: number): number | undefined;
  /** The SUBACK code for a reason code of 5.0. */
  subackCode(reasonCode: number): number;
  /** Seconds that a session outlives its connection, as the CONNECT asks for it. */
  sessionExpiry(cleanStart: boolean, sessionExpiryInterval: number | undefined): number;
}

/** A Session Expiry Interval that means: never. (MQTT 5.0 §3.1.2.11.2) */
export const NEVER_EXPIRES = 0xffff_ffff;

const MQTT_3: Omit<Dialect, "subackCode"> = {
  hasProperties: false,
  hasReasonCodes: false,
  mayDisconnect: false,
  hasServerKeepAlive: false,
  hasReceiveMaximum: false,
  hasSubackFailure: true,
  hasSessionPresent: true,
  checksConnectFlags: true,
  // [MQTT-3.1.2-22 of 3.1.1]
  allowsLonePassword: false,
  allowsMissingCredentials: false,
  // [MQTT-3.8.3-4 of 3.1.1]
  reservedSubscriptionBits: 0xfc,
  subscriptionBits: 0x03,
  // [MQTT-3.1.3-7 of 3.1.1] [MQTT-3.1.3-8 of 3.1.1]
  allowsEmptyClientIdentifier: (cleanStart) => cleanStart,
  // [MQTT-3.2.2-6 of 3.1.1]
  connackCode: (reasonCode) => connectReturnCode(reasonCode),
  // [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.1.2-6 of 3.1.1]
  sessionExpiry: (cleanStart) => (cleanStart ? 0 : NEVER_EXPIRES),
};

export const DIALECTS: Readonly<Record<ProtocolVersion, Dialect>> = {
  [MQTT_3_1]: {
    ...MQTT_3,
    hasSubackFailure: false,
    hasSessionPresent: false,
    checksConnectFlags: false,
    allowsMissingCredentials: true,
    reservedSubscriptionBits: 0,
    allowsEmptyClientIdentifier: () => false,
    // There is no code for a failure, and a positive answer is asked for all the same.
    subackCode: (reasonCode) => (isFailure(reasonCode) ? REASON.GRANTED_QOS_0 : reasonCode),
  },
  [MQTT_3_1_1]: {
    ...MQTT_3,
    // [MQTT-3.9.3-2 of 3.1.1]
    subackCode: (reasonCode) => (isFailure(reasonCode) ? REASON.UNSPECIFIED_ERROR : reasonCode),
  },
  [MQTT_5_0]: {
    hasProperties: true,
    hasReasonCodes: true,
    mayDisconnect: true,
    hasServerKeepAlive: true,
    hasReceiveMaximum: true,
    hasSubackFailure: true,
    hasSessionPresent: true,
    checksConnectFlags: true,
    allowsLonePassword: true,
    allowsMissingCredentials: false,
    // [MQTT-3.8.3-5]
    reservedSubscriptionBits: 0xc0,
    subscriptionBits: 0x3f,
    allowsEmptyClientIdentifier: () => true,
    connackCode: (reasonCode) => reasonCode,
    subackCode: (reasonCode) => reasonCode,
    sessionExpiry: (_cleanStart, sessionExpiryInterval) => sessionExpiryInterval ?? 0,
  },
};

function isFailure(reasonCode: number): boolean {
  return reasonCode >= REASON.UNSPECIFIED_ERROR;
}
