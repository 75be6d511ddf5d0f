import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, publishAcknowledged, subscribeTo, text } from "../support/exchange.ts";
import {
  auth,
  connect,
  disconnect,
  puback,
  pubcomp,
  publish,
  pubrel,
  subscribe,
  unsubscribe,
} from "../support/packets.ts";
import { titleAt } from "../support/title.ts";
import { field, packet, u8, u16 } from "../support/wire.ts";
import { propertyBlock, type WireProperties } from "../support/wire-properties.ts";

const MALFORMED = 0x81;
const PROTOCOL_ERROR = 0x82;
const NO_PROPERTIES = u8(0);
const TWICE = Buffer.from([0x01, 0, 0x01, 0]);

const ODD: WireProperties = { reasonString: "é", userProperties: [["", ""]] };

type Case = [what: string, bytes: Uint8Array, reasonCode: number];

/** What neither version allows; the bytes for each. */
function cases(version: 4 | 5): Case[] {
  const block = version === 5 ? NO_PROPERTIES : Buffer.alloc(0);
  const raw = (firstByte: number, ...parts: Uint8Array[]): Buffer => packet(firstByte, ...parts);
  const subscribeTo = (options: object): Buffer => subscribe({ version, subscriptions: [{ filter: "t", ...options }] });
  const forBoth: Case[] = [
    ["a reserved packet type 0", raw(0x00), MALFORMED],
    ["[MQTT-2.1.3-1] [MQTT-2.2.2-2 of 3.1.1] PUBACK with flags", raw(0x41, u16(1)), MALFORMED],
    ["[MQTT-2.1.3-1] [MQTT-2.2.2-2 of 3.1.1] PUBREC with flags", raw(0x52, u16(1)), MALFORMED],
    ["[MQTT-3.6.1-1] [MQTT-3.6.1-1 of 3.1.1] PUBREL without its flags", raw(0x60, u16(1)), MALFORMED],
    ["[MQTT-2.1.3-1] [MQTT-2.2.2-2 of 3.1.1] PUBCOMP with flags", raw(0x74, u16(1)), MALFORMED],
    [
      "[MQTT-3.8.1-1] [MQTT-3.8.1-1 of 3.1.1] SUBSCRIBE without its flags",
      raw(0x80, u16(1), block, field("t"), u8(0)),
      MALFORMED,
    ],
    [
      "[MQTT-3.10.1-1] [MQTT-3.10.1-1 of 3.1.1] UNSUBSCRIBE without its flags",
      raw(0xa0, u16(1), block, field("t")),
      MALFORMED,
    ],
    ["[MQTT-2.1.3-1] [MQTT-2.2.2-2 of 3.1.1] PINGREQ with flags", raw(0xc1), MALFORMED],
    ["[MQTT-3.14.1-1] [MQTT-3.14.1-1 of 3.1.1] DISCONNECT with flags", raw(0xe1), MALFORMED],
    ["a remaining length of five bytes", Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), MALFORMED],
    ["[MQTT-1.5.5-1] a remaining length not in its shortest form", Buffer.from([0xc0, 0x80, 0x00]), MALFORMED],
    ["PINGREQ with a body", raw(0xc0, u8(0)), MALFORMED],
    ["[MQTT-3.3.1-4] [MQTT-3.3.1-4 of 3.1.1] PUBLISH with QoS 3", publish({ version, topic: "t", qos: 3 }), MALFORMED],
    [
      "[MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-3.3.2-2 of 3.1.1] [MQTT-4.7.1-1 of 3.1.1] PUBLISH to a topic with #",
      publish({ version, topic: "a/#" }),
      0x90,
    ],
    [
      "[MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-3.3.2-2 of 3.1.1] [MQTT-4.7.1-1 of 3.1.1] PUBLISH to a topic with +",
      publish({ version, topic: "+" }),
      0x90,
    ],
    [
      "[MQTT-4.7.3-1] [MQTT-4.7.3-1 of 3.1.1] PUBLISH to an empty topic",
      publish({ version, topic: "" }),
      PROTOCOL_ERROR,
    ],
    [
      "[MQTT-1.5.4-1] [MQTT-3.3.2-1] [MQTT-1.5.3-1 of 3.1.1] [MQTT-3.3.2-1 of 3.1.1] PUBLISH to a topic not UTF-8",
      publish({ version, topic: Buffer.from([0xc3, 0x28]) }),
      MALFORMED,
    ],
    [
      "[MQTT-1.5.4-1] [MQTT-1.5.3-1 of 3.1.1] a surrogate",
      publish({ version, topic: Buffer.from([0xed, 0xa0, 0x80]) }),
      MALFORMED,
    ],
    [
      "[MQTT-1.5.4-2] [MQTT-4.7.3-2] [MQTT-1.5.3-2 of 3.1.1] [MQTT-4.7.3-2 of 3.1.1] PUBLISH to a topic with U+0000",
      publish({ version, topic: "a\0" }),
      MALFORMED,
    ],
    [
      "[MQTT-2.2.1-3] [MQTT-2.3.1-1 of 3.1.1] PUBLISH with packet identifier 0",
      raw(0x32, field("t"), u16(0), block),
      PROTOCOL_ERROR,
    ],
    ["PUBLISH that ends in its topic", raw(0x30, u16(5), Buffer.from("abc")), MALFORMED],
    ["PUBLISH that ends in its packet identifier", raw(0x32, field("t"), u8(0)), MALFORMED],
    ["PUBLISH without anything", raw(0x30), MALFORMED],
    ["PUBACK without a packet identifier", raw(0x40, u8(0)), MALFORMED],
    ["PUBACK with packet identifier 0", puback(0), PROTOCOL_ERROR],
    [
      "[MQTT-2.2.1-3] [MQTT-2.3.1-1 of 3.1.1] SUBSCRIBE with packet identifier 0",
      subscribe({ version, packetIdentifier: 0, subscriptions: ["t"] }),
      PROTOCOL_ERROR,
    ],
    [
      "[MQTT-3.8.3-2] [MQTT-3.8.3-3 of 3.1.1] SUBSCRIBE without a filter",
      subscribe({ version, subscriptions: [] }),
      PROTOCOL_ERROR,
    ],
    ["SUBSCRIBE without options behind its filter", raw(0x82, u16(1), block, field("t")), MALFORMED],
    ["[MQTT-3.8.3-4 of 3.1.1] SUBSCRIBE with QoS 3", subscribeTo({ options: 3 }), PROTOCOL_ERROR],
    ["[MQTT-3.8.3-5] [MQTT-3.8.3-4 of 3.1.1] SUBSCRIBE with reserved bits", subscribeTo({ options: 0x40 }), MALFORMED],
    [
      "[MQTT-4.7.3-1] [MQTT-4.7.3-1 of 3.1.1] SUBSCRIBE with an empty filter",
      subscribeTo({ filter: "" }),
      PROTOCOL_ERROR,
    ],
    [
      "[MQTT-3.8.3-1] [MQTT-3.8.3-1 of 3.1.1] SUBSCRIBE with a filter not UTF-8",
      subscribeTo({ filter: Buffer.from([0xff]) }),
      MALFORMED,
    ],
    [
      "[MQTT-4.7.3-2] [MQTT-1.5.4-2] [MQTT-4.7.3-2 of 3.1.1] [MQTT-1.5.3-2 of 3.1.1] SUBSCRIBE with U+0000 in its filter",
      subscribeTo({ filter: "a\0" }),
      MALFORMED,
    ],
    [
      "[MQTT-3.10.3-2] [MQTT-3.10.3-2 of 3.1.1] UNSUBSCRIBE without a filter",
      unsubscribe({ version, filters: [] }),
      PROTOCOL_ERROR,
    ],
    [
      "[MQTT-3.10.3-1] [MQTT-3.10.3-1 of 3.1.1] UNSUBSCRIBE not UTF-8",
      unsubscribe({ version, filters: [Buffer.from([0xc0])] }),
      MALFORMED,
    ],
    [
      "[MQTT-2.2.1-3] [MQTT-2.3.1-1 of 3.1.1] UNSUBSCRIBE with packet identifier 0",
      unsubscribe({ version, packetIdentifier: 0, filters: ["t"] }),
      PROTOCOL_ERROR,
    ],
    ["UNSUBSCRIBE that ends in its filter", raw(0xa2, u16(1), block, u16(4), Buffer.from("ab")), MALFORMED],
    [
      "[MQTT-3.1.0-2] [MQTT-3.1.0-2 of 3.1.1] a second CONNECT",
      connect({ version, clientIdentifier: "again" }),
      PROTOCOL_ERROR,
    ],
    ["a CONNACK from a client", raw(0x20, u16(0), block), PROTOCOL_ERROR],
    ["a SUBACK from a client", raw(0x90, u16(1), block, u8(0)), PROTOCOL_ERROR],
    ["an UNSUBACK from a client", raw(0xb0, u16(1), block, u8(0)), PROTOCOL_ERROR],
    ["a PINGRESP from a client", raw(0xd0), PROTOCOL_ERROR],
  ];
  return forBoth.map(([what, bytes, reasonCode]) => [titleAt(version, what), bytes, reasonCode]);
}

const FIVE: Case[] = [
  ["[MQTT-2.1.3-1] [MQTT-3.15.1-1] AUTH with flags", packet(0xf1), MALFORMED],
  [
    "[MQTT-4.12.0-7] AUTH without a method in the CONNECT",
    auth({ reasonCode: 0x19, properties: { authenticationMethod: "m" } }),
    PROTOCOL_ERROR,
  ],
  [
    "PUBLISH with a property that no packet has",
    publish({ topic: "t", properties: Buffer.from([0x7f, 0]) }),
    MALFORMED,
  ],
  ["PUBLISH with a property of another packet", publish({ topic: "t", properties: { receiveMaximum: 1 } }), MALFORMED],
  ["PUBLISH with a property twice", publish({ topic: "t", properties: TWICE }), PROTOCOL_ERROR],
  [
    "PUBLISH with payload format indicator 2",
    publish({ topic: "t", properties: { payloadFormatIndicator: 2 } }),
    PROTOCOL_ERROR,
  ],
  [
    "PUBLISH whose properties end in a value",
    publish({ topic: "t", properties: Buffer.from([0x02, 0, 0]) }),
    MALFORMED,
  ],
  ["PUBLISH whose property length is too long", packet(0x30, field("t"), u8(9), u8(1)), MALFORMED],
  ["PUBLISH without a property length", packet(0x30, field("t")), MALFORMED],
  ["PUBLISH with a padded property length", packet(0x30, field("t"), Buffer.from([0x80, 0x00])), MALFORMED],
  [
    "[MQTT-3.3.2-14] PUBLISH with a wildcard in its response topic",
    publish({ topic: "t", properties: { responseTopic: "a/#" } }),
    0x90,
  ],
  [
    "[MQTT-3.3.2-13] PUBLISH with a response topic not UTF-8",
    publish({ topic: "t", properties: Buffer.from([0x08, 0, 1, 0xff]) }),
    MALFORMED,
  ],
  [
    "[MQTT-3.3.2-19] PUBLISH with a content type not UTF-8",
    publish({ topic: "t", properties: Buffer.from([0x03, 0, 1, 0xff]) }),
    MALFORMED,
  ],
  [
    "[MQTT-1.5.7-1] PUBLISH with a user property not UTF-8",
    publish({ topic: "t", properties: Buffer.from([0x26, 0, 1, 0x61, 0, 1, 0xff]) }),
    MALFORMED,
  ],
  [
    "[MQTT-3.3.4-6] PUBLISH with a subscription identifier",
    publish({ topic: "t", properties: { subscriptionIdentifiers: [1] } }),
    PROTOCOL_ERROR,
  ],
  ["PUBACK with a bad property", puback({ packetIdentifier: 1, properties: { contentType: "x" } }), MALFORMED],
  ["PUBACK with bytes behind its properties", packet(0x40, u16(1), u8(0), NO_PROPERTIES, u8(0)), MALFORMED],
  [
    "[MQTT-3.4.2-1] PUBACK with a reason code that it does not have",
    puback({ packetIdentifier: 1, reasonCode: 0x01 }),
    PROTOCOL_ERROR,
  ],
  [
    "[MQTT-3.6.2-1] PUBREL with a reason code that it does not have",
    pubrel({ packetIdentifier: 1, reasonCode: 0x80 }),
    PROTOCOL_ERROR,
  ],
  [
    "PUBREL with two reason strings",
    pubrel({ packetIdentifier: 1, properties: Buffer.from([0x1f, 0, 0, 0x1f, 0, 0]) }),
    PROTOCOL_ERROR,
  ],
  [
    "SUBSCRIBE with retain handling 3",
    subscribe({ subscriptions: [{ filter: "t", retainHandling: 3 }] }),
    PROTOCOL_ERROR,
  ],
  [
    "SUBSCRIBE with subscription identifier 0",
    subscribe({ subscriptions: ["t"], properties: { subscriptionIdentifiers: [0] } }),
    PROTOCOL_ERROR,
  ],
  [
    "SUBSCRIBE with two subscription identifiers",
    subscribe({ subscriptions: ["t"], properties: { subscriptionIdentifiers: [1, 2] } }),
    PROTOCOL_ERROR,
  ],
  [
    "SUBSCRIBE with a subscription identifier of five bytes",
    subscribe({ subscriptions: ["t"], properties: Buffer.from([0x0b, 0x80, 0x80, 0x80, 0x80, 0x01]) }),
    MALFORMED,
  ],
  [
    "UNSUBSCRIBE with a property of another packet",
    unsubscribe({ filters: ["t"], properties: { subscriptionIdentifiers: [1] } }),
    MALFORMED,
  ],
  ["[MQTT-3.14.2-1] DISCONNECT with a reason code of servers", disconnect({ reasonCode: 0x8b }), PROTOCOL_ERROR],
  ["DISCONNECT with a property that it does not have", disconnect({ properties: { contentType: "x" } }), MALFORMED],
  ["DISCONNECT with bytes behind its properties", packet(0xe0, u8(0), propertyBlock(), u8(0)), MALFORMED],
];

describe("what the standard does not allow, in 5.0", () => {
  it.each([...cases(5), ...FIVE])(
    "[MQTT-4.13.1-1] [MQTT-4.13.2-1] [MQTT-3.14.4-1] [MQTT-3.14.4-2] %s: DISCONNECT with the reason and close; others go on",
    async (_what, bytes, reasonCode) => {
      const test = await startBroker();
      const [client, other] = [await join(test), await join(test)];
      await subscribeTo(other, ["will", "live"]);
      const behind = publish({ topic: "live", payload: "behind" });
      client.send(publish({ topic: "live", payload: "before" }), bytes, behind);
      expect(await client.expect("disconnect")).toMatchObject({ reasonCode });
      await client.expectClosed();
      expect(text(await other.expect("publish"))).toBe("live=before");
      await publishAcknowledged(await join(test), "live", "after");
      expect(text(await other.expect("publish"))).toBe("live=after");
    },
  );
});

describe("what looks odd and is allowed, in 5.0", () => {
  it.each<[string, Uint8Array]>([
    ["acknowledgements of nothing", Buffer.concat([puback(9), pubcomp(9)])],
    ["PUBACK with 0x10, as bridges send it", puback({ packetIdentifier: 9, reasonCode: 0x10 })],
    [
      "PUBACK with a reason string and user properties",
      puback({ packetIdentifier: 9, reasonCode: 0x87, properties: ODD }),
    ],
    ["an empty property block in a PUBACK", puback({ packetIdentifier: 9, reasonCode: 0, properties: {} })],
    ["a noncharacter in a topic", publish({ topic: "\uffff\u{1fffe}" })],
    ["a control character in a topic", publish({ topic: "\u0001\u007f" })],
  ])("%s", async (_what, bytes) => {
    const test = await startBroker();
    const client = await join(test);
    client.send(bytes);
    await client.expectNothing();
  });
});

describe("what the standard does not allow, in 3.1.1", () => {
  const FOUR: Case[] = [
    ["AUTH, which it does not have", packet(0xf0), MALFORMED],
    ["PUBACK with a reason code", packet(0x40, u16(1), u8(0)), MALFORMED],
    ["DISCONNECT with a body", packet(0xe0, u8(0)), MALFORMED],
    [
      "[MQTT-3.8.3-4 of 3.1.1] SUBSCRIBE with the options of 5.0",
      subscribe({ version: 4, subscriptions: [{ filter: "t", noLocal: true }] }),
      MALFORMED,
    ],
  ];

  it.each([...cases(4), ...FOUR])("[MQTT-4.8.0-1 of 3.1.1] %s: close; others go on", async (_what, bytes) => {
    const test = await startBroker();
    const [client, other] = [await join(test, 4), await join(test, 4)];
    await subscribeTo(other, ["live"]);
    const before = publish({ version: 4, topic: "live", payload: "before" });
    client.send(before, bytes, publish({ version: 4, topic: "live", payload: "behind" }));
    await client.expectClosed();
    expect(text(await other.expect("publish"))).toBe("live=before");
    await publishAcknowledged(await join(test, 4), "live", "after");
    expect(text(await other.expect("publish"))).toBe("live=after");
  });
});
