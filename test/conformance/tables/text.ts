import { connect, publish, subscribe, unsubscribe, type Version } from "../../support/packets.ts";
import { field } from "../../support/wire.ts";
import { CARRIERS, type Carrier, refusedCarrier, withProperties } from "./carriers.ts";
import {
  type Case,
  FORBIDDEN,
  joined,
  MALFORMED_PACKET,
  named,
  plainlyNamed,
  refused,
  refusedConnect,
  type Statements,
} from "./case.ts";
import { PROPERTY_ROWS, propertyOf, rowNamed } from "./properties.ts";

/** Bytes that are no UTF-8 (RFC 3629, and the surrogates by MQTT's own words). */
const INVALID: readonly (readonly [what: string, ...bytes: number[]])[] = [
  ["a continuation byte alone", 0x80, 0x7a],
  ["the last continuation byte at its end", 0xbf],
  ["an overlong slash of two bytes", 0xc0, 0xaf, 0x7a],
  ["an overlong DEL of two bytes", 0xc1, 0xbf, 0x7a],
  ["an overlong NUL of two bytes", 0xc0, 0x80, 0x7a],
  ["an overlong U+07FF of three bytes", 0xe0, 0x9f, 0xbf, 0x7a],
  ["an overlong U+FFFF of four bytes", 0xf0, 0x8f, 0xbf, 0xbf, 0x7a],
  ["the first surrogate", 0xed, 0xa0, 0x80, 0x7a],
  ["the last surrogate", 0xed, 0xbf, 0xbf, 0x7a],
  ["a pair of surrogates", 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x7a],
  ["U+110000", 0xf4, 0x90, 0x80, 0x80, 0x7a],
  ["a lead byte F5", 0xf5, 0x80, 0x80, 0x80, 0x7a],
  ["a character of five bytes", 0xf8, 0x88, 0x80, 0x80, 0x80, 0x7a],
  ["the byte FE", 0xfe, 0x7a],
  ["the byte FF", 0xff, 0x7a],
  ["one byte of two in it", 0xc3, 0x7a],
  ["one byte of two at its end", 0xc3],
  ["two bytes of three in it", 0xe2, 0x82, 0x7a],
  ["two bytes of three at its end", 0xe2, 0x82],
  ["three bytes of four in it", 0xf0, 0x9f, 0x98, 0x7a],
  ["three bytes of four at its end", 0xf0, 0x9f, 0x98],
];

/** The edges of what is allowed, and U+FEFF, which is a character like any other. */
const VALID = "\u00a0\u07ff\u0800\ud7ff\ue000\ufeff\ufffd\u{10000}\u{10fffd}";

/** A string that a client sends. */
interface TextField {
  readonly name: string;
  readonly packet: (text: Buffer) => Buffer;
  readonly refused: readonly string[];
  /** What comes of a strange value that is valid. */
  readonly accepted: readonly string[];
  readonly statements?: Statements;
  /** It is a topic name or filter, which has a rule of its own for U+0000. */
  readonly isTopic?: boolean;
  readonly delivered?: number;
  readonly connect?: Case["connect"];
}

/** A field that every version has; the statements say that it is UTF-8. */
function connectFields(version: Version): TextField[] {
  const common = { refused: refusedConnect(version, [MALFORMED_PACKET]), connect: false } as const;
  const accepted = ["connack 0x00, alive"];
  const base = { version, clientIdentifier: "text" };
  return [
    {
      ...common,
      name: "client identifier",
      packet: (clientIdentifier) => connect({ version, clientIdentifier }),
      statements: { 4: "[MQTT-3.1.3-4 of 3.1.1]", 5: "[MQTT-3.1.3-4]" },
      accepted,
    },
    {
      ...common,
      name: "will topic",
      packet: (topic) => connect({ ...base, will: { topic } }),
      statements: { 4: "[MQTT-3.1.3-10 of 3.1.1]", 5: "[MQTT-3.1.3-11]" },
      isTopic: true,
      accepted,
    },
    {
      ...common,
      name: "user name",
      packet: (username) => connect({ ...base, username }),
      statements: { 4: "[MQTT-3.1.3-11 of 3.1.1]", 5: "[MQTT-3.1.3-12]" },
      accepted,
    },
  ];
}

function topicFields(version: Version): TextField[] {
  const common = { refused: refused(version, [MALFORMED_PACKET]), isTopic: true };
  return [
    {
      ...common,
      name: "topic name of PUBLISH",
      packet: (topic) => publish({ version, topic }),
      statements: { 4: "[MQTT-3.3.2-1 of 3.1.1]", 5: "[MQTT-3.3.2-1]" },
      accepted: ["alive"],
      delivered: 1,
    },
    {
      ...common,
      name: "topic filter of SUBSCRIBE",
      packet: (filter) => subscribe({ version, subscriptions: [{ filter }] }),
      statements: { 4: "[MQTT-3.8.3-1 of 3.1.1]", 5: "[MQTT-3.8.3-1]" },
      accepted: ["suback 0x00, alive"],
    },
    {
      ...common,
      name: "topic filter of UNSUBSCRIBE",
      packet: (filter) => unsubscribe({ version, filters: [filter] }),
      statements: { 4: "[MQTT-3.10.3-1 of 3.1.1]", 5: "[MQTT-3.10.3-1]" },
      accepted: [version === 5 ? "unsuback 0x11, alive" : "unsuback, alive"],
    },
  ];
}

const OF_PROPERTY: Readonly<Record<string, string>> = {
  "Content Type": "[MQTT-3.3.2-19]",
  "Response Topic": "[MQTT-3.3.2-13]",
};

/** A method that the server does not have, or that is not the one of the CONNECT. */
const OTHER_METHOD: Readonly<Record<string, readonly string[]>> = {
  CONNECT: ["connack 0x8c, closed", "connack 0x87, closed"],
  AUTH: refused(5, [...FORBIDDEN, 0x8c]),
};

function inCarrier(carrier: Carrier, name: string, value: (text: Buffer) => Buffer): TextField {
  const { connect, delivered = 0 } = carrier;
  const isMethod = name === "Authentication Method";
  // The will, and only it, has the rules of a PUBLISH without their numbers.
  const statement = carrier.name === "PUBLISH" ? (OF_PROPERTY[name] ?? "") : "";
  const ofPair = name.endsWith("User Property") ? "[MQTT-1.5.7-1]" : statement;
  return {
    name: `${name} of ${carrier.name}`,
    packet: (text) => withProperties(carrier, value(text)),
    refused: refusedCarrier(carrier, [MALFORMED_PACKET]),
    accepted: isMethod ? (OTHER_METHOD[carrier.name] ?? []) : [carrier.accepted],
    statements: { 5: ofPair },
    isTopic: name === "Response Topic",
    delivered,
    ...(connect !== undefined && { connect }),
  };
}

function propertyFields(): TextField[] {
  const pair = rowNamed("User Property");
  const rows = PROPERTY_ROWS.filter(({ isText }) => isText);
  return CARRIERS.flatMap((carrier) => [
    ...rows
      .filter(({ carriers }) => carriers.includes(carrier.name))
      .map((row) => inCarrier(carrier, row.name, (text) => propertyOf(row, field(text)))),
    inCarrier(carrier, "name in a User Property", (text) => propertyOf(pair, Buffer.concat([field(text), field("")]))),
    inCarrier(carrier, "value in a User Property", (text) => propertyOf(pair, Buffer.concat([field(""), field(text)]))),
  ]);
}

function fieldsOf(version: Version): TextField[] {
  return [...connectFields(version), ...topicFields(version), ...(version === 5 ? propertyFields() : [])];
}

const NO_UTF8: Statements = { 4: "[MQTT-1.5.3-1 of 3.1.1]", 5: "[MQTT-1.5.4-1]" };
const HOLDS_NUL: Statements = { 4: "[MQTT-1.5.3-2 of 3.1.1]", 5: "[MQTT-1.5.4-2]" };
const TOPIC_HOLDS_NUL: Statements = { 4: "[MQTT-4.7.3-2 of 3.1.1]", 5: "[MQTT-4.7.3-2]" };

function caseOf(version: Version, given: TextField, text: Buffer): Omit<Case, "name" | "accepted"> {
  const { packet, connect } = given;
  return { version, bytes: packet(text), ...(connect !== undefined && { connect }) };
}

function invalidCases(version: Version, given: TextField): Case[] {
  return INVALID.map(([what, ...bytes]) => ({
    ...caseOf(version, given, Buffer.from([0x61, ...bytes])),
    name: named(version, joined(NO_UTF8, given.statements), `${given.name} with ${what}`),
    accepted: given.refused,
  }));
}

function nulCase(version: Version, given: TextField): Case {
  return {
    ...caseOf(version, given, Buffer.from([0x61, 0, 0x62])),
    name: named(version, joined(HOLDS_NUL, given.isTopic ? TOPIC_HOLDS_NUL : {}), `${given.name} with U+0000 in it`),
    accepted: given.refused,
  };
}

/** Every string of every packet with what it may not hold. */
export function invalidTexts(version: Version): Case[] {
  return fieldsOf(version).flatMap((given) => [...invalidCases(version, given), nulCase(version, given)]);
}

/** Every string of every packet with what is allowed and rare. */
export function validTexts(version: Version): Case[] {
  return fieldsOf(version).map((given) => ({
    ...caseOf(version, given, Buffer.from(VALID)),
    name: plainlyNamed(version, {}, `${given.name} with the edges of UTF-8 in it`),
    accepted: given.accepted,
    delivered: given.delivered ?? 0,
  }));
}
