import { describe, expect, test } from "vitest";
import { decodeConnect, decodeProtocol } from "../../../src/codec/connect.ts";
import { REASON } from "../../../src/codec/reason-codes.ts";
import { decodeAmid, refusal, refusalsOfTruncations } from "../../support/codec.ts";
import { type ConnectOptions, connect, type Version } from "../../support/packets.ts";
import { itAt } from "../../support/title.ts";
import { packet } from "../../support/wire.ts";

const VERSIONS: Version[] = [3, 4, 5];
const ID = { clientIdentifier: "client" };

const decode = (options: ConnectOptions) => decodeAmid(connect(options), decodeConnect);
const refused = (options: ConnectOptions) => refusal(() => decode(options));
/** A CONNECT with more bytes at its end than its flags ask for. */
const withTail = (options: ConnectOptions, tail: number[]) =>
  refusal(() => decodeAmid(packet(0x10, connect(options).subarray(2), Buffer.from(tail)), decodeConnect));

describe.each(VERSIONS)("CONNECT of version %i", (version) => {
  const test = itAt(version);

  test("reads with all that it may hold", () => {
    const will = { topic: "will/é", payload: Buffer.from([0, 1, 2]), qos: 2, retain: true };
    const connected = decode({
      version,
      ...ID,
      keepAlive: 600,
      cleanStart: false,
      username: "user",
      password: "pass",
      will,
    });
    expect(connected).toEqual({
      version,
      bridge: false,
      clientIdentifier: "client",
      keepAlive: 600,
      cleanStart: false,
      username: "user",
      password: Buffer.from("pass"),
      will: { ...will, topic: Buffer.from("will/é"), properties: {} },
      properties: {},
    });
  });

  test("reads with the least that it may hold", () => {
    const connected = decode({ version, ...ID });
    expect(connected).toMatchObject({ version, cleanStart: true, keepAlive: 0, clientIdentifier: "client" });
    expect(Object.keys(connected)).not.toEqual(expect.arrayContaining(["will"]));
    expect([connected.username, connected.password, connected.will]).toEqual([undefined, undefined, undefined]);
  });

  test("[MQTT-3.1.4-1] [MQTT-3.1.4-1 of 3.1.1] cut off anywhere, it is malformed", () => {
    const bytes = connect({ version, ...ID, will: { topic: "w", payload: "p", qos: 1 }, username: "u", password: "p" });
    const refusals = refusalsOfTruncations(bytes, decodeConnect);
    // MQTT 3.1 allows user name and password to be missing at the end: both (6 bytes), or the password alone (3 bytes).
    const whole = version === 3 ? [refusals.length - 6, refusals.length - 3] : [];
    expect(refusals).toEqual(refusals.map((_, at) => (whole.includes(at) ? undefined : REASON.MALFORMED_PACKET)));
  });

  test("[MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.2-18 of 3.1.1] [MQTT-3.1.2-20 of 3.1.1] bytes behind the last field are malformed", () => {
    expect(withTail({ version, ...ID }, [0])).toBe(REASON.MALFORMED_PACKET);
    expect(withTail({ version, ...ID }, [0, 1, 0x61])).toBe(REASON.MALFORMED_PACKET);
  });

  test("[MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12] [MQTT-3.1.3-4 of 3.1.1] [MQTT-3.1.3-10 of 3.1.1] [MQTT-3.1.3-11 of 3.1.1] its strings are valid UTF-8", () => {
    const bad = Buffer.from([0xff]);
    expect(refused({ version, clientIdentifier: bad })).toBe(REASON.MALFORMED_PACKET);
    expect(refused({ version, ...ID, username: bad })).toBe(REASON.MALFORMED_PACKET);
    expect(refused({ version, ...ID, will: { topic: bad } })).toBe(REASON.MALFORMED_PACKET);
  });

  test("a password may be any bytes", () => {
    expect(decode({ version, ...ID, username: "u", password: Buffer.from([0, 255]) }).password).toEqual(
      Buffer.from([0, 255]),
    );
  });

  test("[MQTT-3.1.2-12] [MQTT-3.1.2-14 of 3.1.1] a will with QoS 3 is malformed", () => {
    expect(refused({ version, ...ID, will: { topic: "w", qos: 3 } })).toBe(REASON.MALFORMED_PACKET);
  });

  test("[MQTT-3.1.2-9] [MQTT-3.1.2-9 of 3.1.1] the will flag without the will's fields is malformed", () => {
    expect(refused({ version, ...ID, flags: 0x06 })).toBe(REASON.MALFORMED_PACKET);
  });

  test("[MQTT-4.7.0-1] [MQTT-4.7.3-1] [MQTT-4.7.1-1 of 3.1.1] [MQTT-4.7.3-1 of 3.1.1] a will's topic is a topic name", () => {
    expect(refused({ version, ...ID, will: { topic: "a/#" } })).toBe(REASON.TOPIC_NAME_INVALID);
    expect(refused({ version, ...ID, will: { topic: "+" } })).toBe(REASON.TOPIC_NAME_INVALID);
    expect(refused({ version, ...ID, will: { topic: "" } })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("its version is known even if the rest is bad", () => {
    const bytes = connect({ version, flags: 0xff });
    expect(decodeAmid(bytes, decodeProtocol)).toEqual({ version, bridge: false });
  });
});

describe.each([4, 5] as const)("flags of version %i", (version) => {
  const test = itAt(version);

  test("[MQTT-3.1.2-3] [MQTT-3.1.2-3 of 3.1.1] the reserved flag is 0", () => {
    expect(refused({ version, ...ID, flags: 0x03 })).toBe(REASON.MALFORMED_PACKET);
  });

  test("[MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-13 of 3.1.1] [MQTT-3.1.2-15 of 3.1.1] without a will its QoS and retain flags are 0", () => {
    for (const flags of [0x0a, 0x12, 0x22]) expect(refused({ version, ...ID, flags })).toBe(REASON.MALFORMED_PACKET);
  });

  test("[MQTT-3.1.2-17] [MQTT-3.1.2-19] [MQTT-3.1.2-19 of 3.1.1] [MQTT-3.1.2-21 of 3.1.1] what a flag promises has to be there", () => {
    expect(refused({ version, ...ID, flags: 0x82 })).toBe(REASON.MALFORMED_PACKET);
    expect(refused({ version, ...ID, username: "u", flags: 0xc2 })).toBe(REASON.MALFORMED_PACKET);
  });
});

describe("what differs by version", () => {
  test("[MQTT-3.1.2-22 of 3.1.1] no password without a user name before 5.0", () => {
    expect(refused({ version: 3, ...ID, password: "p" })).toBe(REASON.MALFORMED_PACKET);
    expect(refused({ version: 4, ...ID, password: "p" })).toBe(REASON.MALFORMED_PACKET);
    expect(decode({ version: 5, ...ID, password: "p" })).toMatchObject({ password: Buffer.from("p") });
  });

  test("[MQTT-3.1.3-8 of 3.1.1] an empty client identifier asks for a clean session; 3.1 has none at all", () => {
    expect(decode({ version: 5, cleanStart: false }).clientIdentifier).toBe("");
    expect(decode({ version: 4, cleanStart: true }).clientIdentifier).toBe("");
    expect(refused({ version: 4, cleanStart: false })).toBe(REASON.CLIENT_IDENTIFIER_NOT_VALID);
    expect(refused({ version: 3, cleanStart: true })).toBe(REASON.CLIENT_IDENTIFIER_NOT_VALID);
  });

  test("MQTT 3.1: unused flags mean nothing, and user name and password may be missing at the end", () => {
    expect(decode({ version: 3, ...ID, flags: 0x2b })).toMatchObject({ cleanStart: true });
    expect(decode({ version: 3, ...ID, flags: 0xc2 }).username).toBeUndefined();
  });

  test("properties of a CONNECT and of its will are told apart", () => {
    const { properties, will } = decode({
      ...ID,
      properties: { sessionExpiryInterval: 7, userProperties: [["a", "1"]] },
      will: { topic: "w", properties: { willDelayInterval: 3, userProperties: [["b", "2"]] } },
    });
    expect(properties).toEqual({ sessionExpiryInterval: 7, userProperties: [["a", "1"]] });
    expect(will?.properties).toEqual({ willDelayInterval: 3, userProperties: [["b", "2"]] });
  });
});

describe("protocol name and level", () => {
  const NOT_SPOKEN: [string, number][] = [
    ["MQTT", 3],
    ["MQTT", 6],
    ["MQTT", 0],
    ["MQTT", 0x85],
    ["MQIsdp", 4],
    ["MQIsdp", 5],
    ["mqtt", 5],
    ["HTTP", 4],
    ["", 4],
  ];

  test.each(NOT_SPOKEN)(
    "[MQTT-3.1.2-1] [MQTT-3.1.2-2] [MQTT-3.1.2-1 of 3.1.1] [MQTT-3.1.2-2 of 3.1.1] %s with level %i is not spoken here",
    (protocolName, level) => {
      const bytes = connect({ ...ID, protocolName, level });
      expect(refusal(() => decodeAmid(bytes, decodeConnect))).toBe(REASON.UNSUPPORTED_PROTOCOL_VERSION);
      expect(refusal(() => decodeAmid(bytes, decodeProtocol))).toBe(REASON.UNSUPPORTED_PROTOCOL_VERSION);
    },
  );

  test("a Mosquitto bridge is told by the high bit of the level", () => {
    expect(decode({ version: 3, ...ID, level: 0x83 })).toMatchObject({ version: 3, bridge: true });
    expect(decode({ version: 4, ...ID, level: 0x84 })).toMatchObject({ version: 4, bridge: true });
  });

  test("cut off, they are malformed", () => {
    expect(refusalsOfTruncations(connect(ID), decodeProtocol).slice(0, 7)).toEqual(
      Array.from({ length: 7 }, () => REASON.MALFORMED_PACKET),
    );
  });
});
