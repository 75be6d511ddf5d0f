import { beforeEach, describe, expect, test } from "vitest";
import {
  PublishForm,
  packetIdentifierOffset,
  patchPacketIdentifier,
  publishLength,
  writePublish,
} from "../../../src/codec/publish.ts";
import {
  decodeMessageProperties,
  encodeForwardedProperties,
  PublishProperties,
} from "../../../src/codec/publish-properties.ts";
import { REASON } from "../../../src/codec/reason-codes.ts";
import { refusal } from "../../support/codec.ts";
import { NO_PROPERTIES } from "../../support/no-properties.ts";
import { decodePacket, type PublishPacket } from "../../support/server-packets.ts";
import { propertyBytes, type WireProperties } from "../../support/wire-properties.ts";

const properties = new PublishProperties();

function decode(given: WireProperties | Uint8Array) {
  const bytes = given instanceof Uint8Array ? given : propertyBytes(given);
  const buffer = Buffer.concat([Buffer.from("before"), bytes, Buffer.from("behind")]);
  properties.decode(buffer, 6, bytes.length);
  return properties;
}

const refused = (given: WireProperties | Uint8Array) => refusal(() => decode(given));

describe("the properties of a client's PUBLISH", () => {
  test("none", () => {
    expect(decode({})).toMatchObject({ topicAlias: 0, messageExpiryInterval: -1, payloadFormatIndicator: 0 });
    expect(properties.forwarded).toHaveLength(0);
  });

  test("nothing is left over from the PUBLISH before, be it good or bad", () => {
    decode({ topicAlias: 3, messageExpiryInterval: 0, payloadFormatIndicator: 1, contentType: "x" });
    expect(properties).toMatchObject({ topicAlias: 3, messageExpiryInterval: 0, payloadFormatIndicator: 1 });
    refused({ topicAlias: 4, responseTopic: "#" });
    expect(decode({})).toMatchObject({ topicAlias: 0, messageExpiryInterval: -1, payloadFormatIndicator: 0 });
    expect(properties.forwarded).toHaveLength(0);
  });

  const FORWARDED: WireProperties = {
    userProperties: [
      ["b", "2"],
      ["a", "1"],
      ["b", "2"],
    ],
    correlationData: Buffer.from([0, 1]),
    payloadFormatIndicator: 1,
    responseTopic: "r/é",
    contentType: "c",
  };

  test.each<[where: string, all: WireProperties]>([
    ["in front", { topicAlias: 9, messageExpiryInterval: 70, ...FORWARDED }],
    ["at the end", { ...FORWARDED, messageExpiryInterval: 70, topicAlias: 9 }],
    ["around the others", { messageExpiryInterval: 70, ...FORWARDED, topicAlias: 9 }],
    [
      "between the others",
      { contentType: "c", topicAlias: 9, responseTopic: "r", messageExpiryInterval: 70, userProperties: [["a", "b"]] },
    ],
  ])(
    "[MQTT-3.3.2-17] [MQTT-3.3.2-18] topic alias and expiry %s are taken out, the rest stays in order",
    (_where, all) => {
      const { topicAlias, messageExpiryInterval, ...rest } = all;
      expect(decode(all)).toMatchObject({ topicAlias, messageExpiryInterval });
      expect(properties.forwarded).toEqual(propertyBytes(rest));
    },
  );

  test("what is in one piece is not copied", () => {
    const bytes = propertyBytes({ topicAlias: 9, ...FORWARDED });
    properties.decode(bytes, 0, bytes.length);
    expect(properties.forwarded.buffer).toBe(bytes.buffer);
  });

  test("[MQTT-3.3.4-6] a subscription identifier is a Protocol Error", () => {
    expect(refused({ subscriptionIdentifiers: [1] })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.3.2-8] topic alias 0 is Topic Alias Invalid", () => {
    expect(refused({ topicAlias: 0 })).toBe(REASON.TOPIC_ALIAS_INVALID);
  });

  test.each([
    "payloadFormatIndicator",
    "messageExpiryInterval",
    "contentType",
    "responseTopic",
    "correlationData",
    "topicAlias",
  ] as const)("%s twice is a Protocol Error", (name) => {
    const sample = { payloadFormatIndicator: 1, messageExpiryInterval: 0, contentType: "", responseTopic: "r" };
    const once = propertyBytes({ [name]: { ...sample, correlationData: Buffer.alloc(0), topicAlias: 1 }[name] });
    expect(refused(once)).toBeUndefined();
    expect(refused(Buffer.concat([once, once]))).toBe(REASON.PROTOCOL_ERROR);
  });

  test("a payload format indicator over 1 is a Protocol Error", () => {
    expect(refused({ payloadFormatIndicator: 2 })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.3.2-14] a response topic has no wildcard", () => {
    expect(refused({ responseTopic: "a/#" })).toBe(REASON.TOPIC_NAME_INVALID);
    expect(refused({ responseTopic: "+" })).toBe(REASON.TOPIC_NAME_INVALID);
    expect(refused({ contentType: "+#" })).toBeUndefined();
  });

  test("[MQTT-3.3.2-13] [MQTT-3.3.2-19] [MQTT-1.5.7-1] its strings are valid UTF-8 without U+0000", () => {
    for (const bad of [[0xff], [0xed, 0xa0, 0x80], [0x00]]) {
      const string = [0, bad.length, ...bad];
      for (const fields of [
        [0x03, ...string],
        [0x08, ...string],
        [0x26, ...string, 0, 0],
        [0x26, 0, 0, ...string],
      ]) {
        expect(refused(Buffer.from(fields))).toBe(REASON.MALFORMED_PACKET);
      }
    }
  });

  test.each([0x00, 0x04, 0x11, 0x1f, 0x27, 0x2b, 0x80, 0xff])("identifier 0x%s is malformed", (identifier) => {
    expect(refused(Buffer.from([identifier, 0, 0, 0, 0, 0]))).toBe(REASON.MALFORMED_PACKET);
  });

  test("cut off inside a property they are malformed", () => {
    for (const [name, value] of Object.entries({ topicAlias: 1, messageExpiryInterval: 1, ...FORWARDED })) {
      const first = name === "userProperties" ? [["b", "2"]] : value;
      const bytes = propertyBytes({ [name]: first });
      for (let length = 1; length < bytes.length; length++) {
        expect([name, length, refused(bytes.subarray(0, length))]).toEqual([name, length, REASON.MALFORMED_PACKET]);
      }
    }
  });
});

describe("forwarded properties", () => {
  test("read back, and hold nothing that is not forwarded", () => {
    const forwarded: WireProperties = {
      payloadFormatIndicator: 0,
      contentType: "",
      responseTopic: "r",
      userProperties: [["", ""]],
    };
    const bytes = encodeForwardedProperties({
      ...forwarded,
      willDelayInterval: 9,
      messageExpiryInterval: 9,
      topicAlias: 9,
    });
    expect(decodeMessageProperties(bytes)).toEqual(forwarded);
    expect(encodeForwardedProperties({})).toHaveLength(0);
  });

  test("are refused with a value that no PUBLISH may hold", () => {
    expect(refusal(() => encodeForwardedProperties({ responseTopic: "a/+" }))).toBe(REASON.TOPIC_NAME_INVALID);
    expect(refusal(() => encodeForwardedProperties({ contentType: "\0" }))).toBe(REASON.MALFORMED_PACKET);
    expect(refusal(() => encodeForwardedProperties({ payloadFormatIndicator: 2 }))).toBe(REASON.PROTOCOL_ERROR);
  });
});

describe("an outgoing PUBLISH", () => {
  let form = new PublishForm();

  beforeEach(() => {
    form = new PublishForm();
    form.setTopic(Buffer.from("..a/é..").subarray(2, 6));
    form.setPayload(Buffer.from("payload"));
  });

  function written(): Buffer {
    const target = Buffer.alloc(publishLength(form) + 2, 0xee);
    expect(writePublish(target, 1, form)).toBe(target.length - 1);
    expect([target[0], target.at(-1)]).toEqual([0xee, 0xee]);
    return target.subarray(1, -1);
  }

  const read = (): PublishPacket => decodePacket(written(), form.version) as PublishPacket;

  test("of QoS 0", () => {
    expect(read()).toEqual({
      type: "publish",
      topic: "a/é",
      payload: Buffer.from("payload"),
      qos: 0,
      retain: false,
      duplicate: false,
      packetIdentifier: 0,
      properties: {},
    });
    expect(packetIdentifierOffset(form)).toBe(0);
  });

  test.each([3, 4])("of version %i has no properties", (version) => {
    form.version = version as 3 | 4;
    form.forwarded = propertyBytes({ contentType: "x" });
    form.messageExpiryInterval = 5;
    form.subscriptionIdentifiers = [1];
    expect(read()).toMatchObject({ topic: "a/é", payload: Buffer.from("payload"), properties: NO_PROPERTIES });
  });

  test("with all properties, and an alias in the topic's place", () => {
    form.setTopic(Buffer.alloc(0));
    form.topicAlias = 0x1234;
    form.messageExpiryInterval = 0xffffffff;
    form.subscriptionIdentifiers = [1, 268_435_455, 128];
    form.forwarded = propertyBytes({ contentType: "c", userProperties: [["a", "b"]] });
    form.qos = 1;
    form.retain = true;
    form.packetIdentifier = 0xfffe;
    expect(read()).toMatchObject({
      topic: "",
      qos: 1,
      retain: true,
      packetIdentifier: 0xfffe,
      properties: {
        topicAlias: 0x1234,
        messageExpiryInterval: 0xffffffff,
        subscriptionIdentifiers: [1, 268_435_455, 128],
        contentType: "c",
        userProperties: [["a", "b"]],
      },
    });
  });

  test("an expiry interval of 0 is written", () => {
    form.messageExpiryInterval = 0;
    expect(read().properties).toEqual({ messageExpiryInterval: 0 });
  });

  test.each([0, 1, 31, 32, 33, 100, 110, 127, 128, 200, 16_383, 16_384, 2_097_151])(
    "topic and payload of %i bytes are ranges of larger buffers",
    (length) => {
      const source = Buffer.from(Array.from({ length: length + 20 }, (_, at) => 0x61 + (at % 26)));
      form.setPayload(source, 7, length);
      form.setTopic(source, 3, Math.min(length, 65_535));
      expect(read().payload.equals(source.subarray(7, 7 + length))).toBe(true);
      expect(read().topic).toBe(source.toString("latin1", 3, 3 + Math.min(length, 65_535)));
    },
  );

  test.each([10, 100, 17_000])("can have another packet identifier put in (%i bytes)", (length) => {
    form.setPayload(Buffer.alloc(length, "x"));
    form.qos = 2;
    form.packetIdentifier = 1;
    form.messageExpiryInterval = 9;
    const bytes = written();
    patchPacketIdentifier(bytes, packetIdentifierOffset(form), 0xabcd);
    form.packetIdentifier = 0xabcd;
    expect(bytes.equals(written())).toBe(true);
    expect(decodePacket(bytes, 5)).toMatchObject({ packetIdentifier: 0xabcd, qos: 2 });
  });
});
