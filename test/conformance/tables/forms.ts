import type { ConnectOptions, Version } from "../../support/packets.ts";
import { field, packet, u8, u16, varint } from "../../support/wire.ts";
import { propertyBytes, type WireProperties } from "../../support/wire-properties.ts";
import { PROTOCOL_ERROR, refused, type Statements } from "./case.ts";
import { TAKES_ALL, WITH_METHOD } from "./method.ts";

/** One field of a packet as it stands on the wire. */
interface Part {
  readonly name: string;
  readonly bytes: Buffer;
  /** What is violated where the field is not there as a whole. */
  readonly missing?: Statements;
  /** It starts with its length in two bytes. */
  readonly isPrefixed?: boolean;
  readonly isPacketIdentifier?: boolean;
  /** It may end anywhere. */
  readonly isPayload?: boolean;
}

/** Where a packet may end before its last field: what comes of it. */
interface End {
  readonly accepted: readonly string[];
  readonly statements?: Statements;
}

/** A packet that a client may send, field by field, with all that is optional. */
export interface Form {
  readonly name: string;
  readonly firstByte: number;
  readonly parts: readonly Part[];
  readonly accepted: string;
  /** By the number of fields that are left. */
  readonly ends?: Readonly<Record<number, End>>;
  readonly delivered?: number;
  readonly connect?: ConnectOptions | false;
}

export function bodyOf(form: Form): Buffer {
  return Buffer.concat(form.parts.map(({ bytes }) => bytes));
}

export function bytesOf(form: Form): Buffer {
  return packet(form.firstByte, bodyOf(form));
}

const text = (name: string, value: string, missing: Statements = {}): Part => ({
  name,
  bytes: field(value),
  missing,
  isPrefixed: true,
});

const number = (name: string, bytes: Buffer): Part => ({ name, bytes });

const identifier: Part = { name: "packet identifier", bytes: u16(9), isPacketIdentifier: true };

const reasonCode = (value: number): Part => ({ name: "reason code", bytes: u8(value) });

function properties(name: string, values: WireProperties): Part {
  const bytes = propertyBytes(values);
  return { name, bytes: Buffer.concat([varint(bytes.length), bytes]) };
}

const MESSAGE: WireProperties = {
  payloadFormatIndicator: 0,
  messageExpiryInterval: 3_600,
  contentType: "c",
  responseTopic: "r",
  correlationData: Buffer.from("d"),
  userProperties: [["k", "v"]],
};
const REASON: WireProperties = { reasonString: "why", userProperties: [["k", "v"]] };

const inFive = <T>(version: Version, ...parts: T[]): T[] => (version === 5 ? parts : []);

function connectForm(version: Version): Form {
  return {
    name: "CONNECT",
    firstByte: 0x10,
    parts: [
      text("protocol name", version === 3 ? "MQIsdp" : "MQTT"),
      number("protocol level", u8(version)),
      number("connect flags", u8(0xf6)),
      number("keep alive", u16(60)),
      ...inFive(version, properties("properties", { receiveMaximum: 9, userProperties: [["k", "v"]] })),
      text("client identifier", "whole", { 4: "[MQTT-3.1.3-3 of 3.1.1]", 5: "[MQTT-3.1.3-3]" }),
      ...inFive(version, properties("will properties", { ...MESSAGE, willDelayInterval: 0 })),
      text("will topic", "w", { 4: "[MQTT-3.1.2-9 of 3.1.1]", 5: "[MQTT-3.1.2-9]" }),
      text("will payload", "gone", { 4: "[MQTT-3.1.2-9 of 3.1.1]", 5: "[MQTT-3.1.2-9]" }),
      text("user name", "u", { 4: "[MQTT-3.1.2-19 of 3.1.1]", 5: "[MQTT-3.1.2-17]" }),
      text("password", "p", { 4: "[MQTT-3.1.2-21 of 3.1.1]", 5: "[MQTT-3.1.2-19]" }),
    ],
    accepted: "connack 0x00, alive",
    connect: false,
  };
}

function publishForm(version: Version): Form {
  const taken = { accepted: ["puback 0x00, alive"] };
  return {
    name: "PUBLISH",
    firstByte: 0x32,
    parts: [
      text("topic name", "t", { 4: "[MQTT-3.3.2-1 of 3.1.1]", 5: "[MQTT-3.3.2-1]" }),
      identifier,
      ...inFive(version, properties("properties", MESSAGE)),
      { name: "payload", bytes: Buffer.from("x\0"), isPayload: true },
    ],
    accepted: "puback 0x00, alive",
    ends: { [version === 5 ? 3 : 2]: taken },
    delivered: 1,
  };
}

function ackForm(version: Version, name: string, firstByte: number, accepted: string): Form {
  const parts = [identifier, ...inFive(version, reasonCode(0), properties("properties", REASON))];
  const end = { accepted: [accepted] };
  return { name, firstByte, parts, accepted, ...(version === 5 && { ends: { 1: end, 2: end } }) };
}

function subscribeForm(version: Version): Form {
  const head = [identifier, ...inFive(version, properties("properties", { subscriptionIdentifiers: [7] }))];
  const empty = { 4: "[MQTT-3.8.3-3 of 3.1.1]", 5: "[MQTT-3.8.3-2]" };
  return {
    name: "SUBSCRIBE",
    firstByte: 0x82,
    parts: [
      ...head,
      text("topic filter", "f/+"),
      number("subscription options", u8(1)),
      text("second topic filter", "f/#"),
      number("second subscription options", u8(2)),
    ],
    accepted: "suback 0x01 0x02, alive",
    ends: {
      [head.length]: { accepted: refused(version, [PROTOCOL_ERROR]), statements: empty },
      [head.length + 2]: { accepted: ["suback 0x01, alive"] },
    },
  };
}

function unsubscribeForm(version: Version): Form {
  const head = [identifier, ...inFive(version, properties("properties", { userProperties: [["k", "v"]] }))];
  const answer = (codes: string): string => (version === 5 ? `unsuback ${codes}, alive` : "unsuback, alive");
  const empty = { 4: "[MQTT-3.10.3-2 of 3.1.1]", 5: "[MQTT-3.10.3-2]" };
  return {
    name: "UNSUBSCRIBE",
    firstByte: 0xa2,
    parts: [...head, text("topic filter", "f/+"), text("second topic filter", "f/#")],
    accepted: answer("0x11 0x11"),
    ends: {
      [head.length]: { accepted: refused(version, [PROTOCOL_ERROR]), statements: empty },
      [head.length + 1]: { accepted: [answer("0x11")] },
    },
  };
}

function disconnectForm(version: Version): Form {
  const closes = { accepted: ["closed"] };
  return {
    name: "DISCONNECT",
    firstByte: 0xe0,
    parts: inFive(version, reasonCode(0), properties("properties", { sessionExpiryInterval: 0, ...REASON })),
    accepted: "closed",
    ...(version === 5 && { ends: { 0: closes, 1: closes } }),
  };
}

/** Its short forms lack the authentication method, and the shortest means Success, which only servers say. */
function authForm(): Form {
  const method = { authenticationMethod: TAKES_ALL, authenticationData: Buffer.from("d") };
  const incomplete = { accepted: refused(5, [PROTOCOL_ERROR]) };
  return {
    name: "AUTH",
    firstByte: 0xf0,
    parts: [reasonCode(0x19), properties("properties", { ...method, ...REASON })],
    accepted: "auth 0x00, alive",
    ends: { 0: incomplete, 1: incomplete },
    connect: WITH_METHOD,
  };
}

/** Every packet that a client of this version may send. The acknowledgements are for messages that nobody has sent. */
export function formsOf(version: Version): Form[] {
  const unknown = version === 5 ? "0x92" : "0x00";
  return [
    connectForm(version),
    publishForm(version),
    ackForm(version, "PUBACK", 0x40, "alive"),
    ackForm(version, "PUBREC", 0x50, `pubrel ${unknown}, alive`),
    ackForm(version, "PUBREL", 0x62, `pubcomp ${unknown}, alive`),
    ackForm(version, "PUBCOMP", 0x70, "alive"),
    subscribeForm(version),
    unsubscribeForm(version),
    { name: "PINGREQ", firstByte: 0xc0, parts: [], accepted: "alive" },
    disconnectForm(version),
    ...inFive(version, authForm()),
  ];
}
