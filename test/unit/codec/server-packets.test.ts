import { describe, expect, test } from "vitest";
import * as TYPES from "../../../assembly/shared/packet-types.ts";
import { decodeAckProperties, encodeAck, writeAck } from "../../../src/codec/acks.ts";
import { decodeAuth, encodeAuth } from "../../../src/codec/auth.ts";
import { encodeConnack } from "../../../src/codec/connack.ts";
import { decodeDisconnect, encodeDisconnect } from "../../../src/codec/disconnect.ts";
import { PINGRESP_PACKET } from "../../../src/codec/ping.ts";
import type { Properties } from "../../../src/codec/property-table.ts";
import { REASON } from "../../../src/codec/reason-codes.ts";
import { encodeSuback } from "../../../src/codec/suback.ts";
import { encodeUnsuback } from "../../../src/codec/unsuback.ts";
import { decodeAmid, refusal } from "../../support/codec.ts";
import { auth, disconnect, puback, type Version } from "../../support/packets.ts";
import { decodePacket } from "../../support/server-packets.ts";
import { propertyBytes } from "../../support/wire-properties.ts";

const WITH_REASON: Properties = { reasonString: "because", userProperties: [["name", "value"]] };

function read(bytes: Buffer | undefined, version: Version = 5) {
  return bytes === undefined ? undefined : decodePacket(bytes, version);
}

describe("CONNACK", () => {
  test("reads back with its properties", () => {
    const properties = { ...WITH_REASON, maximumQos: 1, assignedClientIdentifier: "x" };
    expect(read(encodeConnack(5, true, 0, properties))).toEqual({
      type: "connack",
      sessionPresent: true,
      reasonCode: 0,
      properties,
    });
  });

  test("[MQTT-3.2.2-6] a refusal has Session Present 0", () => {
    expect(read(encodeConnack(5, true, REASON.NOT_AUTHORIZED))).toMatchObject({ sessionPresent: false });
    expect(read(encodeConnack(4, true, REASON.NOT_AUTHORIZED), 4)).toMatchObject({ sessionPresent: false });
  });

  test("MQTT 3.1 has no Session Present", () => {
    expect([...(encodeConnack(3, true, 0) ?? [])]).toEqual([0x20, 2, 0, 0]);
    expect([...(encodeConnack(4, true, 0) ?? [])]).toEqual([0x20, 2, 1, 0]);
  });

  test("of 3.x has the return code for the reason", () => {
    const pairs = [
      [REASON.UNSUPPORTED_PROTOCOL_VERSION, 1],
      [REASON.CLIENT_IDENTIFIER_NOT_VALID, 2],
      [REASON.SERVER_UNAVAILABLE, 3],
      [REASON.BAD_USER_NAME_OR_PASSWORD, 4],
      [REASON.NOT_AUTHORIZED, 5],
    ] as const;
    for (const [reason, returnCode] of pairs) {
      expect(read(encodeConnack(4, false, reason), 4)).toMatchObject({ reasonCode: returnCode });
    }
  });

  test("[MQTT-3.2.2-6 of 3.1.1] there is none where no return code fits", () => {
    for (const reason of [REASON.MALFORMED_PACKET, REASON.PACKET_TOO_LARGE, REASON.TOPIC_NAME_INVALID]) {
      expect(encodeConnack(4, false, reason)).toBeUndefined();
      expect(encodeConnack(3, false, reason)).toBeUndefined();
    }
  });
});

describe("PUBACK, PUBREC, PUBREL, PUBCOMP", () => {
  const TYPE_NAMES = [
    [TYPES.PUBACK, "puback"],
    [TYPES.PUBREC, "pubrec"],
    [TYPES.PUBREL, "pubrel"],
    [TYPES.PUBCOMP, "pubcomp"],
  ] as const;

  test.each(TYPE_NAMES)("type %i: the short form is the same in every version", (type, name) => {
    const target = Buffer.alloc(6, 0xee);
    expect(writeAck(target, 1, type, 0xabcd)).toBe(5);
    expect([target[0], target[5]]).toEqual([0xee, 0xee]);
    for (const version of [3, 4, 5] as const) {
      const bytes = target.subarray(1, 5);
      expect(encodeAck(version, type, 0xabcd, 0)).toEqual(bytes);
      expect(read(bytes, version)).toEqual({ type: name, packetIdentifier: 0xabcd, reasonCode: 0, properties: {} });
    }
  });

  test.each(TYPE_NAMES)("type %i: reason code and properties in 5.0 alone", (type, name) => {
    const short = encodeAck(5, type, 7, 0x92);
    expect(short).toHaveLength(5);
    expect(read(short)).toEqual({ type: name, packetIdentifier: 7, reasonCode: 0x92, properties: {} });
    expect(read(encodeAck(5, type, 7, 0, WITH_REASON))).toMatchObject({ reasonCode: 0, properties: WITH_REASON });
    expect(read(encodeAck(4, type, 7, 0x92, WITH_REASON), 4)).toMatchObject({ packetIdentifier: 7 });
    expect(encodeAck(4, type, 7, 0x92, WITH_REASON)).toHaveLength(4);
  });

  test("a client's properties are read from behind their length", () => {
    const bytes = puback({ packetIdentifier: 1, reasonCode: 0, properties: WITH_REASON });
    const length = propertyBytes(WITH_REASON).length;
    expect(decodeAckProperties(bytes, bytes.length - length, length, TYPES.PUBACK)).toEqual(WITH_REASON);
    expect(decodeAckProperties(bytes, bytes.length, 0, TYPES.PUBACK)).toEqual({});
  });
});

describe("SUBACK and UNSUBACK", () => {
  const codes = [REASON.GRANTED_QOS_2, REASON.NOT_AUTHORIZED, REASON.GRANTED_QOS_0];

  test("[MQTT-3.9.3-1] [MQTT-3.8.4-6] SUBACK has one code for each filter in order", () => {
    expect(read(encodeSuback(5, 12, codes, WITH_REASON))).toEqual({
      type: "suback",
      packetIdentifier: 12,
      reasonCodes: codes,
      properties: WITH_REASON,
    });
  });

  test("[MQTT-3.9.3-2 of 3.1.1] SUBACK has 0x80 for every failure; MQTT 3.1 has none", () => {
    expect(read(encodeSuback(4, 12, codes, WITH_REASON), 4)).toMatchObject({ reasonCodes: [2, 0x80, 0] });
    expect(read(encodeSuback(3, 12, codes), 3)).toMatchObject({ reasonCodes: [2, 0, 0] });
  });

  test("[MQTT-3.11.3-1] UNSUBACK has one code for each filter in order, none in 3.x", () => {
    const reasonCodes = [REASON.NO_SUBSCRIPTION_EXISTED, REASON.SUCCESS];
    expect(read(encodeUnsuback(5, 12, reasonCodes, WITH_REASON))).toEqual({
      type: "unsuback",
      packetIdentifier: 12,
      reasonCodes,
      properties: WITH_REASON,
    });
    expect(read(encodeUnsuback(4, 12, reasonCodes), 4)).toMatchObject({ packetIdentifier: 12, reasonCodes: [] });
  });
});

describe("DISCONNECT", () => {
  const decode = (bytes: Buffer, version: Version = 5) =>
    decodeAmid(bytes, (buffer, body, end) => decodeDisconnect(buffer, body, end, version));

  test("a client may leave out properties and reason code", () => {
    expect(decode(disconnect())).toEqual({ reasonCode: 0, properties: {} });
    expect(decode(disconnect({ reasonCode: 4 }))).toEqual({ reasonCode: 4, properties: {} });
    expect(decode(disconnect({ reasonCode: 4, properties: { sessionExpiryInterval: 9 } }))).toEqual({
      reasonCode: 4,
      properties: { sessionExpiryInterval: 9 },
    });
    expect(decode(disconnect(), 4)).toEqual({ reasonCode: 0, properties: {} });
  });

  test("in 3.x it has no body", () => {
    expect(refusal(() => decode(disconnect({ reasonCode: 0 }), 4))).toBe(REASON.MALFORMED_PACKET);
  });

  test("bytes behind its properties are malformed", () => {
    expect(refusal(() => decode(Buffer.from([0xe0, 3, 0, 0, 0])))).toBe(REASON.MALFORMED_PACKET);
  });

  test("[MQTT-3.14.2-1] a client sends only what its table allows a client", () => {
    const allowed = [0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
    for (let reasonCode = 0; reasonCode < 256; reasonCode++) {
      const code = refusal(() => decode(disconnect({ reasonCode })));
      expect([reasonCode, code]).toEqual([
        reasonCode,
        allowed.includes(reasonCode) ? undefined : REASON.PROTOCOL_ERROR,
      ]);
    }
  });

  test("the server's reads back, in the shortest form", () => {
    expect(encodeDisconnect(0)).toHaveLength(2);
    expect(encodeDisconnect(REASON.SESSION_TAKEN_OVER)).toHaveLength(3);
    const properties = { ...WITH_REASON, serverReference: "other" };
    expect(read(encodeDisconnect(REASON.USE_ANOTHER_SERVER, properties))).toEqual({
      type: "disconnect",
      reasonCode: REASON.USE_ANOTHER_SERVER,
      properties,
    });
  });
});

describe("AUTH", () => {
  const decode = (options: Parameters<typeof auth>[0]) => decodeAmid(auth(options), decodeAuth);
  const properties = { authenticationMethod: "toy", authenticationData: Buffer.from([1, 2]) };

  test("reads", () => {
    for (const reasonCode of [REASON.CONTINUE_AUTHENTICATION, REASON.RE_AUTHENTICATE]) {
      expect(decode({ reasonCode, properties })).toEqual({ reasonCode, authenticationMethod: "toy", properties });
    }
  });

  test("[MQTT-4.12.0-3] a client does not send other reason codes", () => {
    expect(refusal(() => decode({ reasonCode: 0, properties }))).toBe(REASON.PROTOCOL_ERROR);
    expect(refusal(() => decode({ reasonCode: 0x87, properties }))).toBe(REASON.PROTOCOL_ERROR);
  });

  test("has an authentication method", () => {
    expect(refusal(() => decode({ reasonCode: 0x18 }))).toBe(REASON.PROTOCOL_ERROR);
    expect(refusal(() => decode({}))).toBe(REASON.PROTOCOL_ERROR);
  });

  test("the server's reads back", () => {
    expect(read(encodeAuth(0x18, properties))).toEqual({ type: "auth", reasonCode: 0x18, properties });
  });
});

test("PINGRESP", () => {
  expect(read(Buffer.from(PINGRESP_PACKET))).toEqual({ type: "pingresp" });
});

describe("the receiver's maximum packet size", () => {
  type Encode = (properties: Properties, maximum?: number) => Buffer | undefined;
  const ENCODERS: [name: string, encode: Encode, kept: Properties][] = [
    [
      "[MQTT-3.2.2-19] [MQTT-3.2.2-20] CONNACK",
      (given, max) => encodeConnack(5, false, 0, given, max),
      { receiveMaximum: 9 },
    ],
    ["[MQTT-3.4.2-2] [MQTT-3.4.2-3] PUBACK", (given, max) => encodeAck(5, TYPES.PUBACK, 1, 0x80, given, max), {}],
    ["[MQTT-3.5.2-2] [MQTT-3.5.2-3] PUBREC", (given, max) => encodeAck(5, TYPES.PUBREC, 1, 0x80, given, max), {}],
    ["[MQTT-3.6.2-2] [MQTT-3.6.2-3] PUBREL", (given, max) => encodeAck(5, TYPES.PUBREL, 1, 0x92, given, max), {}],
    ["[MQTT-3.7.2-2] [MQTT-3.7.2-3] PUBCOMP", (given, max) => encodeAck(5, TYPES.PUBCOMP, 1, 0x92, given, max), {}],
    ["[MQTT-3.9.2-1] [MQTT-3.9.2-2] SUBACK", (given, max) => encodeSuback(5, 1, [0, 1], given, max), {}],
    ["[MQTT-3.11.2-1] [MQTT-3.11.2-2] UNSUBACK", (given, max) => encodeUnsuback(5, 1, [0, 17], given, max), {}],
    [
      "[MQTT-3.14.2-3] [MQTT-3.14.2-4] DISCONNECT",
      (given, max) => encodeDisconnect(0x80, given, max),
      { serverReference: "x" },
    ],
    [
      "[MQTT-3.15.2-2] [MQTT-3.15.2-3] AUTH",
      (given, max) => encodeAuth(0x18, given, max),
      { authenticationMethod: "toy" },
    ],
  ];

  test.each(ENCODERS)("%s drops user properties first, then the reason string", (_name, encode, kept) => {
    const forms = [{ ...kept, ...WITH_REASON }, { ...kept, reasonString: "because" }, kept];
    const lengths = forms.map((properties) => encode(properties)?.length ?? 0);
    const [all = 0, reason = 0, bare = 0] = lengths;
    for (let maximum = bare; maximum <= all; maximum++) {
      const expected = maximum >= all ? forms[0] : maximum >= reason ? forms[1] : kept;
      const bytes = encode({ ...kept, ...WITH_REASON }, maximum);
      expect(bytes?.length).toBeLessThanOrEqual(maximum);
      expect(read(bytes)).toMatchObject({ properties: expected });
    }
  });

  test.each(ENCODERS)("%s is not made if even its bare form is too large", (_name, encode, kept) => {
    const bare = encode(kept)?.length ?? 0;
    expect(encode({ ...kept, ...WITH_REASON }, bare)).toHaveLength(bare);
    expect(encode({ ...kept, ...WITH_REASON }, bare - 1)).toBeUndefined();
  });
});
