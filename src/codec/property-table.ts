import {
  AUTH,
  CONNACK,
  CONNECT,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from "../../assembly/shared/packet-types.ts";

/** Stands for the Will Properties of a CONNECT where a packet type is asked for; no packet has type 0. */
export const WILL = 0;

/** All properties of MQTT 5.0 §2.2.2.2; which of them a packet may carry, `PROPERTIES` tells. */
export interface Properties {
  /** 1: the payload is UTF-8. */
  payloadFormatIndicator?: number;
  /** Seconds. */
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  subscriptionIdentifiers?: number[];
  /** Seconds; 0xFFFFFFFF: never. */
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  /** Seconds. */
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: number;
  /** Seconds. */
  willDelayInterval?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: number;
  userProperties?: [name: string, value: string][];
  /** Bytes. */
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdentifierAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

type NamesOf<T> = {
  [Name in keyof Properties]-?: NonNullable<Properties[Name]> extends T ? Name : never;
}[keyof Properties];

type Value =
  | { readonly type: "byte" | "u16" | "u32"; readonly name: NamesOf<number> }
  | { readonly type: "varint"; readonly name: "subscriptionIdentifiers" }
  | { readonly type: "utf8"; readonly name: NamesOf<string> }
  | { readonly type: "binary"; readonly name: NamesOf<Uint8Array> }
  | { readonly type: "pair"; readonly name: "userProperties" };

/** What its type alone does not tell of a value: 0 or 1, anything but 0, a topic alias, a topic name. */
type Rule = "flag" | "non-zero" | "topic alias" | "topic name";

export type Property = Value & {
  readonly identifier: number;
  /** Types of the packets that may carry it, `WILL` among them. */
  readonly packets: readonly number[];
  /** Types of the packets that may carry it more than once. */
  readonly repeatable: readonly number[];
  readonly rule?: Rule;
};

const MESSAGE = [PUBLISH, WILL];
const WITH_REASON = [CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH];
const ALL = [CONNECT, ...MESSAGE, SUBSCRIBE, UNSUBSCRIBE, ...WITH_REASON];

function property(identifier: number, value: Value, packets: number[], rule?: Rule): Property {
  const row = { identifier, ...value, packets, repeatable: [] };
  return rule === undefined ? row : { ...row, rule };
}

/** One row for each property, by identifier. */
export const PROPERTIES: readonly Property[] = [
  property(0x01, { type: "byte", name: "payloadFormatIndicator" }, MESSAGE, "flag"),
  property(0x02, { type: "u32", name: "messageExpiryInterval" }, MESSAGE),
  property(0x03, { type: "utf8", name: "contentType" }, MESSAGE),
  property(0x08, { type: "utf8", name: "responseTopic" }, MESSAGE, "topic name"),
  property(0x09, { type: "binary", name: "correlationData" }, MESSAGE),
  {
    ...property(0x0b, { type: "varint", name: "subscriptionIdentifiers" }, [PUBLISH, SUBSCRIBE], "non-zero"),
    repeatable: [PUBLISH],
  },
  property(0x11, { type: "u32", name: "sessionExpiryInterval" }, [CONNECT, CONNACK, DISCONNECT]),
  property(0x12, { type: "utf8", name: "assignedClientIdentifier" }, [CONNACK]),
  property(0x13, { type: "u16", name: "serverKeepAlive" }, [CONNACK]),
  property(0x15, { type: "utf8", name: "authenticationMethod" }, [CONNECT, CONNACK, AUTH]),
  property(0x16, { type: "binary", name: "authenticationData" }, [CONNECT, CONNACK, AUTH]),
  property(0x17, { type: "byte", name: "requestProblemInformation" }, [CONNECT], "flag"),
  property(0x18, { type: "u32", name: "willDelayInterval" }, [WILL]),
  property(0x19, { type: "byte", name: "requestResponseInformation" }, [CONNECT], "flag"),
  property(0x1a, { type: "utf8", name: "responseInformation" }, [CONNACK]),
  property(0x1c, { type: "utf8", name: "serverReference" }, [CONNACK, DISCONNECT]),
  property(0x1f, { type: "utf8", name: "reasonString" }, WITH_REASON),
  property(0x21, { type: "u16", name: "receiveMaximum" }, [CONNECT, CONNACK], "non-zero"),
  property(0x22, { type: "u16", name: "topicAliasMaximum" }, [CONNECT, CONNACK]),
  property(0x23, { type: "u16", name: "topicAlias" }, [PUBLISH], "topic alias"),
  property(0x24, { type: "byte", name: "maximumQos" }, [CONNACK], "flag"),
  property(0x25, { type: "byte", name: "retainAvailable" }, [CONNACK], "flag"),
  { ...property(0x26, { type: "pair", name: "userProperties" }, ALL), repeatable: ALL },
  property(0x27, { type: "u32", name: "maximumPacketSize" }, [CONNECT, CONNACK], "non-zero"),
  property(0x28, { type: "byte", name: "wildcardSubscriptionAvailable" }, [CONNACK], "flag"),
  property(0x29, { type: "byte", name: "subscriptionIdentifierAvailable" }, [CONNACK], "flag"),
  property(0x2a, { type: "byte", name: "sharedSubscriptionAvailable" }, [CONNACK], "flag"),
];

const BY_IDENTIFIER: readonly (Property | undefined)[] = Array.from({ length: 0x2b }, (_, identifier) =>
  PROPERTIES.find((each) => each.identifier === identifier),
);

export function propertyOf(identifier: number): Property | undefined {
  return BY_IDENTIFIER[identifier];
}
