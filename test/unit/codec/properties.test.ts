import { describe, expect, test } from "vitest";
import * as TYPES from "../../../assembly/shared/packet-types.ts";
import {
  decodeProperties,
  encodePropertyFields,
  propertiesLength,
  writeProperties,
} from "../../../src/codec/properties.ts";
import { type Properties, WILL } from "../../../src/codec/property-table.ts";
import { Reader } from "../../../src/codec/reader.ts";
import { REASON } from "../../../src/codec/reason-codes.ts";
import { Writer } from "../../../src/codec/writer.ts";
import { PROPERTIES_OF, type PropertyHolder, SAMPLE } from "../../support/arbitraries.ts";
import { refusal } from "../../support/codec.ts";
import { Cursor, varint } from "../../support/wire.ts";
import { propertyBlock, propertyBytes, readPropertyBlock, type WireProperties } from "../../support/wire-properties.ts";

const HOLDERS: [name: string, type: number, holder: PropertyHolder][] = [
  ["CONNECT", TYPES.CONNECT, "connect"],
  ["the will", WILL, "will"],
  ["CONNACK", TYPES.CONNACK, "connack"],
  ["PUBLISH", TYPES.PUBLISH, "publish"],
  ["PUBACK", TYPES.PUBACK, "ack"],
  ["PUBREC", TYPES.PUBREC, "ack"],
  ["PUBREL", TYPES.PUBREL, "ack"],
  ["PUBCOMP", TYPES.PUBCOMP, "ack"],
  ["SUBSCRIBE", TYPES.SUBSCRIBE, "subscribe"],
  ["SUBACK", TYPES.SUBACK, "suback"],
  ["UNSUBSCRIBE", TYPES.UNSUBSCRIBE, "unsubscribe"],
  ["UNSUBACK", TYPES.UNSUBACK, "unsuback"],
  ["DISCONNECT", TYPES.DISCONNECT, "disconnect"],
  ["AUTH", TYPES.AUTH, "auth"],
];
const NAMES = Object.keys(SAMPLE) as (keyof WireProperties)[];

function decode(block: Buffer, type: number): Properties {
  return decodeProperties(new Reader(block, 0, block.length), type);
}

function sample(name: keyof WireProperties): WireProperties {
  return name === "authenticationData"
    ? { authenticationMethod: SAMPLE.authenticationMethod, authenticationData: SAMPLE.authenticationData }
    : { [name]: SAMPLE[name] };
}

describe.each(HOLDERS)("%s", (_name, type, holder) => {
  const allowed: readonly string[] = PROPERTIES_OF[holder];

  test.each(NAMES.filter((name) => allowed.includes(name)))("may carry %s", (name) => {
    expect(decode(propertyBlock(sample(name)), type)).toEqual(sample(name));
  });

  test.each(NAMES.filter((name) => !allowed.includes(name)))("may not carry %s: malformed", (name) => {
    expect(refusal(() => decode(propertyBlock(sample(name)), type))).toBe(REASON.MALFORMED_PACKET);
  });

  test.each(NAMES.filter((name) => allowed.includes(name)))("with %s twice", (name) => {
    const twice = Buffer.concat([propertyBytes(sample(name)), propertyBytes({ [name]: SAMPLE[name] })]);
    const repeatable = name === "userProperties" || (name === "subscriptionIdentifiers" && holder === "publish");
    expect(refusal(() => decode(propertyBlock(twice), type))).toBe(repeatable ? undefined : REASON.PROTOCOL_ERROR);
  });

  test("may not carry an identifier that no property has", () => {
    for (const identifier of [0x00, 0x04, 0x2b, 0x7f, 200, 268_435_455]) {
      const bytes = Buffer.concat([varint(identifier), Buffer.alloc(8)]);
      expect(refusal(() => decode(propertyBlock(bytes), type))).toBe(REASON.MALFORMED_PACKET);
    }
  });
});

describe("values that the standard forbids", () => {
  const FLAGS = [
    ["payloadFormatIndicator", TYPES.PUBLISH],
    ["requestProblemInformation", TYPES.CONNECT],
    ["requestResponseInformation", TYPES.CONNECT],
    ["maximumQos", TYPES.CONNACK],
    ["retainAvailable", TYPES.CONNACK],
    ["wildcardSubscriptionAvailable", TYPES.CONNACK],
    ["subscriptionIdentifierAvailable", TYPES.CONNACK],
    ["sharedSubscriptionAvailable", TYPES.CONNACK],
  ] as const;

  test.each(FLAGS)("%s is 0 or 1, else a Protocol Error", (name, type) => {
    expect(decode(propertyBlock({ [name]: 0 }), type)).toEqual({ [name]: 0 });
    expect(decode(propertyBlock({ [name]: 1 }), type)).toEqual({ [name]: 1 });
    expect(refusal(() => decode(propertyBlock({ [name]: 2 }), type))).toBe(REASON.PROTOCOL_ERROR);
    expect(refusal(() => decode(propertyBlock({ [name]: 255 }), type))).toBe(REASON.PROTOCOL_ERROR);
  });

  test.each([
    ["receiveMaximum", 0, TYPES.CONNECT],
    ["maximumPacketSize", 0, TYPES.CONNECT],
    ["subscriptionIdentifiers", [0], TYPES.SUBSCRIBE],
    ["subscriptionIdentifiers", [0], TYPES.PUBLISH],
  ] as const)("%s %j is a Protocol Error", (name, value, type) => {
    expect(refusal(() => decode(propertyBlock({ [name]: value }), type))).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.3.2-8] topic alias 0 is Topic Alias Invalid", () => {
    expect(refusal(() => decode(propertyBlock({ topicAlias: 0 }), TYPES.PUBLISH))).toBe(REASON.TOPIC_ALIAS_INVALID);
  });

  test("[MQTT-3.3.2-14] a response topic has no wildcard", () => {
    for (const responseTopic of ["a/+", "#", "a#b"]) {
      expect(refusal(() => decode(propertyBlock({ responseTopic }), TYPES.PUBLISH))).toBe(REASON.TOPIC_NAME_INVALID);
      expect(refusal(() => decode(propertyBlock({ responseTopic }), WILL))).toBe(REASON.TOPIC_NAME_INVALID);
    }
  });

  test("[MQTT-4.7.3-1] a response topic is not empty", () => {
    expect(refusal(() => decode(propertyBlock({ responseTopic: "" }), TYPES.PUBLISH))).toBe(REASON.PROTOCOL_ERROR);
  });

  test.each([TYPES.CONNECT, TYPES.CONNACK, TYPES.AUTH])("authentication data without a method (type %i)", (type) => {
    const block = propertyBlock({ authenticationData: Buffer.from("x") });
    expect(refusal(() => decode(block, type))).toBe(REASON.PROTOCOL_ERROR);
  });
});

describe("strings", () => {
  const BAD = [
    ["an overlong form", [0xc0, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a character cut off", [0x61, 0xe2, 0x82]],
    ["a character behind U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["U+0000", [0x61, 0x00, 0x62]],
  ] as const;

  test.each(BAD)("[MQTT-1.5.4-1] [MQTT-1.5.4-2] %s is malformed", (_what, bytes) => {
    const block = propertyBlock(Buffer.from([0x1f, 0, bytes.length, ...bytes]));
    expect(refusal(() => decode(block, TYPES.PUBACK))).toBe(REASON.MALFORMED_PACKET);
  });

  test.each(BAD)("[MQTT-1.5.7-1] %s in name or value of a user property is malformed", (_what, bytes) => {
    const bad = [0, bytes.length, ...bytes];
    const good = [0, 1, 0x61];
    for (const pair of [
      [...bad, ...good],
      [...good, ...bad],
    ]) {
      const block = propertyBlock(Buffer.from([0x26, ...pair]));
      expect(refusal(() => decode(block, TYPES.PUBACK))).toBe(REASON.MALFORMED_PACKET);
    }
  });

  test("[MQTT-1.5.4-3] U+FEFF stays", () => {
    expect(decode(propertyBlock({ reasonString: "\uFEFFa\uFEFF" }), TYPES.PUBACK).reasonString).toBe("\uFEFFa\uFEFF");
  });
});

describe("the property length", () => {
  test("[MQTT-1.5.5-1] of five bytes or in a padded form is malformed", () => {
    for (const block of [Buffer.from([0x80, 0x80, 0x80, 0x80, 0]), Buffer.from([0x80, 0x00])]) {
      expect(refusal(() => decode(block, TYPES.PUBACK))).toBe(REASON.MALFORMED_PACKET);
    }
  });

  test("behind the end of the packet, or inside of a property, is malformed", () => {
    const fields = propertyBytes({ reasonString: "abc" });
    for (const length of [fields.length - 1, fields.length + 1]) {
      const block = Buffer.concat([varint(length), fields]);
      expect(refusal(() => decode(block, TYPES.PUBACK))).toBe(REASON.MALFORMED_PACKET);
    }
  });
});

describe("encoding", () => {
  test.each(NAMES)("%s reads back, and its length is known beforehand", (name) => {
    const properties: Properties = { [name]: SAMPLE[name] };
    const writer = new Writer(propertiesLength(properties));
    writeProperties(writer, properties);
    expect(writer.at).toBe(writer.buffer.length);
    expect(readPropertyBlock(new Cursor(writer.buffer))).toEqual(properties);
  });

  test("[MQTT-2.2.2-1] no properties are a length of 0", () => {
    const writer = new Writer(propertiesLength({}));
    writeProperties(writer, {});
    expect([...writer.buffer]).toEqual([0]);
  });

  test("a string over 65,535 bytes is refused with a code", () => {
    expect(encodePropertyFields({ reasonString: "x".repeat(65_535) })).toHaveLength(65_538);
    expect(() => encodePropertyFields({ reasonString: "x".repeat(65_536) })).toThrow(
      expect.objectContaining({ code: "ERR_VALUE_TOO_LONG" }),
    );
  });
});
