import fc from "fast-check";
import type { WireProperties } from "./wire-properties.ts";

/** Which packets carry which properties, from the sections of MQTT 5.0 chapter 3, apart from the table in src/codec. */
export const PROPERTIES_OF = {
  connect: [
    "sessionExpiryInterval",
    "receiveMaximum",
    "maximumPacketSize",
    "topicAliasMaximum",
    "requestResponseInformation",
    "requestProblemInformation",
    "userProperties",
    "authenticationMethod",
    "authenticationData",
  ],
  will: [
    "willDelayInterval",
    "payloadFormatIndicator",
    "messageExpiryInterval",
    "contentType",
    "responseTopic",
    "correlationData",
    "userProperties",
  ],
  connack: [
    "sessionExpiryInterval",
    "receiveMaximum",
    "maximumQos",
    "retainAvailable",
    "maximumPacketSize",
    "assignedClientIdentifier",
    "topicAliasMaximum",
    "reasonString",
    "userProperties",
    "wildcardSubscriptionAvailable",
    "subscriptionIdentifierAvailable",
    "sharedSubscriptionAvailable",
    "serverKeepAlive",
    "responseInformation",
    "serverReference",
    "authenticationMethod",
    "authenticationData",
  ],
  publish: [
    "payloadFormatIndicator",
    "messageExpiryInterval",
    "topicAlias",
    "responseTopic",
    "correlationData",
    "userProperties",
    "subscriptionIdentifiers",
    "contentType",
  ],
  ack: ["reasonString", "userProperties"],
  subscribe: ["subscriptionIdentifiers", "userProperties"],
  suback: ["reasonString", "userProperties"],
  unsubscribe: ["userProperties"],
  unsuback: ["reasonString", "userProperties"],
  disconnect: ["sessionExpiryInterval", "reasonString", "userProperties", "serverReference"],
  auth: ["authenticationMethod", "authenticationData", "reasonString", "userProperties"],
} as const satisfies Record<string, readonly (keyof WireProperties)[]>;

export type PropertyHolder = keyof typeof PROPERTIES_OF;

const byteString = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const flag = fc.integer({ min: 0, max: 1 });

/** Well-formed strings without U+0000, U+FEFF among them. */
export const text = fc
  .array(fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constant("\uFEFF")), { maxLength: 3 })
  .map((parts) => parts.join("").replaceAll("\0", ""));

export const topicName = text.map((each) => each.replaceAll(/[+#]/g, "/") || "topic");
export const topicFilter = text.map((each) => each || "+/#");
export const packetIdentifier = fc.integer({ min: 1, max: 0xffff });
export const qos = fc.integer({ min: 0, max: 2 });
export const payload = fc.oneof(byteString, fc.uint8Array({ minLength: 100, maxLength: 20_000 }).map(Buffer.from));

const VALUES: { [Name in keyof WireProperties]-?: fc.Arbitrary<NonNullable<WireProperties[Name]>> } = {
  payloadFormatIndicator: flag,
  messageExpiryInterval: u32,
  contentType: text,
  responseTopic: topicName,
  correlationData: byteString,
  subscriptionIdentifiers: fc.array(fc.integer({ min: 1, max: 268_435_455 }), { minLength: 1, maxLength: 4 }),
  sessionExpiryInterval: u32,
  assignedClientIdentifier: text,
  serverKeepAlive: u16,
  authenticationMethod: text,
  authenticationData: byteString,
  requestProblemInformation: flag,
  willDelayInterval: u32,
  requestResponseInformation: flag,
  responseInformation: text,
  serverReference: text,
  reasonString: text,
  receiveMaximum: fc.integer({ min: 1, max: 0xffff }),
  topicAliasMaximum: u16,
  topicAlias: fc.integer({ min: 1, max: 0xffff }),
  maximumQos: flag,
  retainAvailable: flag,
  userProperties: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
  maximumPacketSize: fc.integer({ min: 1, max: 0xffffffff }),
  wildcardSubscriptionAvailable: flag,
  subscriptionIdentifierAvailable: flag,
  sharedSubscriptionAvailable: flag,
};

/** Any of the properties of a packet, in any order. Authentication data come with their method. */
export function properties(holder: PropertyHolder): fc.Arbitrary<WireProperties> {
  const names: readonly (keyof WireProperties)[] = PROPERTIES_OF[holder];
  return fc
    .shuffledSubarray([...names])
    .map((chosen) =>
      chosen.includes("authenticationData") ? [...new Set([...chosen, "authenticationMethod"])] : chosen,
    )
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((name) => [name, VALUES[name as keyof WireProperties]]))),
    )
    .map((given) => ({ ...given }) as WireProperties)
    .map((given) => {
      // A SUBSCRIBE has one subscription identifier.
      const [first] = given.subscriptionIdentifiers ?? [];
      return holder === "subscribe" && first !== undefined ? { ...given, subscriptionIdentifiers: [first] } : given;
    });
}

/** One value for each property. */
export const SAMPLE: Required<WireProperties> = {
  payloadFormatIndicator: 1,
  messageExpiryInterval: 60,
  contentType: "text/plain",
  responseTopic: "reply/to",
  correlationData: Buffer.from([0, 255]),
  subscriptionIdentifiers: [200],
  sessionExpiryInterval: 0xffffffff,
  assignedClientIdentifier: "assigned",
  serverKeepAlive: 30,
  authenticationMethod: "toy",
  authenticationData: Buffer.from("data"),
  requestProblemInformation: 0,
  willDelayInterval: 5,
  requestResponseInformation: 1,
  responseInformation: "reply",
  serverReference: "other:1883",
  reasonString: "because",
  receiveMaximum: 10,
  topicAliasMaximum: 20,
  topicAlias: 3,
  maximumQos: 1,
  retainAvailable: 0,
  userProperties: [["name", "value"]],
  maximumPacketSize: 1000,
  wildcardSubscriptionAvailable: 0,
  subscriptionIdentifierAvailable: 0,
  sharedSubscriptionAvailable: 0,
};
