import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as TYPES from "../../assembly/shared/packet-types.ts";
import { decodeAckProperties, encodeAck } from "../../src/codec/acks.ts";
import { decodeAuth, encodeAuth } from "../../src/codec/auth.ts";
import { encodeConnack } from "../../src/codec/connack.ts";
import { decodeConnect, decodeProtocol } from "../../src/codec/connect.ts";
import { decodeDisconnect, encodeDisconnect } from "../../src/codec/disconnect.ts";
import { PublishForm, publishLength, writePublish } from "../../src/codec/publish.ts";
import { decodeMessageProperties, PublishProperties } from "../../src/codec/publish-properties.ts";
import { encodeSuback } from "../../src/codec/suback.ts";
import { decodeSubscribe } from "../../src/codec/subscribe.ts";
import { encodeUnsuback } from "../../src/codec/unsuback.ts";
import { decodeUnsubscribe } from "../../src/codec/unsubscribe.ts";
import { packetIdentifier, payload, properties, qos, text, topicFilter, topicName } from "../support/arbitraries.ts";
import { decodeAmid, refusal, refusalsOfTruncations } from "../support/codec.ts";
import * as client from "../support/packets.ts";
import { decodePacket } from "../support/server-packets.ts";
import { bodyStart, field, packet } from "../support/wire.ts";
import { propertyBytes, type WireProperties } from "../support/wire-properties.ts";

const version = fc.constantFrom<client.Version>(3, 4, 5);
const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each));
/** 3.x has no properties. */
const inVersion = (of: client.Version, given: WireProperties): WireProperties => (of === 5 ? given : {});

/** Every packet that a client sends and src/codec decodes, with the decoder and what it should give. */
const connect = fc
  .record({
    version,
    clientIdentifier: text.map((each) => each || "id"),
    cleanStart: fc.boolean(),
    keepAlive: fc.integer({ min: 0, max: 0xffff }),
    credentials: fc.option(fc.record({ username: text, password: fc.option(bytes, { nil: undefined }) }), {
      nil: undefined,
    }),
    will: fc.option(
      fc.record({ topic: topicName, payload: bytes, qos, retain: fc.boolean(), properties: properties("will") }),
      {
        nil: undefined,
      },
    ),
    properties: properties("connect"),
  })
  .map(({ credentials, will, ...rest }) => {
    const present = { username: credentials?.username, password: credentials?.password };
    const expected = {
      ...rest,
      ...(present.username !== undefined && { username: present.username }),
      ...(present.password !== undefined && { password: present.password }),
      ...(will && { will: { ...will, properties: inVersion(rest.version, will.properties) } }),
      properties: inVersion(rest.version, rest.properties),
    };
    const topic = will && {
      will: { ...will, properties: inVersion(rest.version, will.properties), topic: Buffer.from(will.topic) },
    };
    return {
      bytes: client.connect(expected),
      expected: { ...expected, ...topic, bridge: false },
      decode: decodeConnect,
    };
  });

const subscription = fc.record({
  filter: topicFilter.map((each) => `f${each}`),
  qos,
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  retainHandling: fc.integer({ min: 0, max: 2 }),
});
const PLAIN = { noLocal: false, retainAsPublished: false, retainHandling: 0 };

const subscribe = fc
  .record({
    version,
    packetIdentifier,
    subscriptions: fc.array(subscription, { minLength: 1, maxLength: 5 }),
    properties: properties("subscribe"),
  })
  .map((given) => {
    const subscriptions = given.subscriptions.map((each) => (given.version === 5 ? each : { ...each, ...PLAIN }));
    const expectedProperties = inVersion(given.version, given.properties);
    const [subscriptionIdentifier] = expectedProperties.subscriptionIdentifiers ?? [];
    return {
      bytes: client.subscribe({ ...given, subscriptions }),
      expected: {
        packetIdentifier: given.packetIdentifier,
        subscriptions: subscriptions.map((each) => ({ ...each, filter: Buffer.from(each.filter) })),
        ...(subscriptionIdentifier !== undefined && { subscriptionIdentifier }),
        properties: expectedProperties,
      },
      decode: (buffer: Buffer, body: number, end: number) => decodeSubscribe(buffer, body, end, given.version),
    };
  });

const unsubscribe = fc
  .record({
    version,
    packetIdentifier,
    filters: fc.array(topicFilter, { minLength: 1, maxLength: 5 }),
    properties: properties("unsubscribe"),
  })
  .map((given) => ({
    bytes: client.unsubscribe(given),
    expected: {
      packetIdentifier: given.packetIdentifier,
      filters: given.filters.map((each) => Buffer.from(each)),
      properties: inVersion(given.version, given.properties),
    },
    decode: (buffer: Buffer, body: number, end: number) => decodeUnsubscribe(buffer, body, end, given.version),
  }));

const disconnect = fc
  .record({ reasonCode: fc.constantFrom(0, 4, 0x80, 0x98), properties: properties("disconnect") })
  .map((expected) => ({
    bytes: client.disconnect(expected),
    expected,
    decode: (buffer: Buffer, body: number, end: number) => decodeDisconnect(buffer, body, end, 5),
  }));

const auth = fc
  .record({ reasonCode: fc.constantFrom(0x18, 0x19), properties: properties("auth"), authenticationMethod: text })
  .map(({ reasonCode, authenticationMethod, properties: given }) => {
    const all = { ...given, authenticationMethod };
    return {
      bytes: client.auth({ reasonCode, properties: all }),
      expected: { reasonCode, authenticationMethod, properties: all },
      decode: decodeAuth,
    };
  });

type Sent = fc.Arbitrary<{
  bytes: Buffer;
  expected: object;
  decode: (b: Buffer, body: number, end: number) => unknown;
}>;
const SENT: [name: string, packets: Sent][] = [
  ["CONNECT", connect],
  ["SUBSCRIBE", subscribe],
  ["UNSUBSCRIBE", unsubscribe],
  ["DISCONNECT", disconnect],
  ["AUTH", auth],
];

describe.each(SENT)("a client's %s", (_name, packets) => {
  test("reads as it was written", () => {
    fc.assert(
      fc.property(packets, ({ bytes, expected, decode }) => {
        expect(decodeAmid(bytes, decode)).toEqual(expected);
      }),
    );
  });

  test("cut off anywhere gives a PacketError or a shorter packet, and never another error", () => {
    fc.assert(
      fc.property(packets, ({ bytes, decode }) => {
        // Any other error is thrown on by `refusal`.
        for (const code of refusalsOfTruncations(bytes, decode)) expect(code ?? 0x81).toBeGreaterThanOrEqual(0x81);
      }),
      { numRuns: 30 },
    );
  });

  test("with bytes changed gives a PacketError or a packet, and never another error", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(packets, fc.array(change, { minLength: 1, maxLength: 4 }), ({ bytes, decode }, changes) => {
        const start = bodyStart(bytes);
        for (const [at, value] of changes) bytes[start + (at % (bytes.length - start))] = value;
        const code = refusal(() => decode(bytes, start, bytes.length));
        expect(code ?? 0x81).toBeGreaterThanOrEqual(0x81);
      }),
      { numRuns: 300 },
    );
  });

  test("with a byte behind its end is refused", () => {
    fc.assert(
      fc.property(packets, fc.integer({ min: 0, max: 255 }), ({ bytes, decode }, tail) => {
        const body = bytes.subarray(bodyStart(bytes));
        expect(refusal(() => decodeAmid(packet(0x10, body, Buffer.from([tail])), decode))).toBeGreaterThanOrEqual(0x81);
      }),
    );
  });
});

test("random bytes give a PacketError or a packet, and never another error", () => {
  const DECODERS = [
    decodeConnect,
    decodeProtocol,
    decodeAuth,
    ...([3, 4, 5] as const).flatMap((of) => [
      (buffer: Buffer, body: number, end: number) => decodeSubscribe(buffer, body, end, of),
      (buffer: Buffer, body: number, end: number) => decodeUnsubscribe(buffer, body, end, of),
      (buffer: Buffer, body: number, end: number) => decodeDisconnect(buffer, body, end, of),
    ]),
    (buffer: Buffer, body: number, end: number) => decodeAckProperties(buffer, body, end - body, TYPES.PUBACK),
    (buffer: Buffer, body: number, end: number) => new PublishProperties().decode(buffer, body, end - body),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...DECODERS), bytes, (decode, given) => {
      expect(refusal(() => decode(given, 0, given.length)) ?? 0x81).toBeGreaterThanOrEqual(0x81);
      const start = field("MQTT");
      const named = Buffer.concat([start, given]);
      expect(refusal(() => decode(named, 0, named.length)) ?? 0x81).toBeGreaterThanOrEqual(0x81);
    }),
    { numRuns: 3_000 },
  );
});

describe("what the server sends reads as it was meant", () => {
  const reasonCode = fc.constantFrom(0, 0x80, 0x87, 0x97);

  test("CONNACK, DISCONNECT, AUTH", () => {
    fc.assert(
      fc.property(
        reasonCode,
        fc.boolean(),
        properties("connack"),
        properties("disconnect"),
        properties("auth"),
        (code, present, ...given) => {
          const [forConnack, { sessionExpiryInterval: _, ...forDisconnect }, forAuth] = given;
          const read = (sent: Buffer | undefined) => decodePacket(sent ?? Buffer.alloc(0), 5);
          const sessionPresent = present && code === 0;
          expect(read(encodeConnack(5, present, code, forConnack))).toEqual({
            type: "connack",
            sessionPresent,
            reasonCode: code,
            properties: forConnack,
          });
          expect(read(encodeDisconnect(code, forDisconnect))).toEqual({
            type: "disconnect",
            reasonCode: code,
            properties: forDisconnect,
          });
          expect(read(encodeAuth(0x18, forAuth))).toEqual({ type: "auth", reasonCode: 0x18, properties: forAuth });
        },
      ),
    );
  });

  test("PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK", () => {
    const codes = fc.array(reasonCode, { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(packetIdentifier, reasonCode, codes, properties("ack"), (identifier, code, reasonCodes, given) => {
        const read = (sent: Buffer | undefined) => decodePacket(sent ?? Buffer.alloc(0), 5);
        for (const type of [TYPES.PUBACK, TYPES.PUBREC, TYPES.PUBREL, TYPES.PUBCOMP]) {
          const ack = { packetIdentifier: identifier, reasonCode: code, properties: given };
          expect(read(encodeAck(5, type, identifier, code, given))).toMatchObject(ack);
        }
        const expected = { packetIdentifier: identifier, reasonCodes, properties: given };
        expect(read(encodeSuback(5, identifier, reasonCodes, given))).toEqual({ type: "suback", ...expected });
        expect(read(encodeUnsuback(5, identifier, reasonCodes, given))).toEqual({ type: "unsuback", ...expected });
      }),
    );
  });

  test("PUBLISH, its properties taken from a client's", () => {
    const incoming = new PublishProperties();
    const form = new PublishForm();
    fc.assert(
      fc.property(
        version,
        topicName,
        payload,
        qos,
        packetIdentifier,
        properties("publish"),
        (of, topic, body, level, identifier, given) => {
          const { subscriptionIdentifiers, ...fromClient } = given;
          const { topicAlias, messageExpiryInterval, ...forwarded } = fromClient;
          const sent = propertyBytes(fromClient);
          incoming.decode(sent, 0, sent.length);
          expect(decodeMessageProperties(incoming.forwarded)).toEqual(forwarded);
          Object.assign(form, { version: of, qos: level, packetIdentifier: identifier, subscriptionIdentifiers });
          form.topicAlias = incoming.topicAlias;
          form.messageExpiryInterval = incoming.messageExpiryInterval;
          form.forwarded = incoming.forwarded;
          form.setTopic(Buffer.from(topic));
          form.setPayload(body);
          const target = Buffer.alloc(publishLength(form));
          expect(writePublish(target, 0, form)).toBe(target.length);
          const read = decodePacket(target, of);
          expect(read).toMatchObject({ topic, qos: level, packetIdentifier: level === 0 ? 0 : identifier });
          expect(read).toHaveProperty("properties", inVersion(of, given));
          expect(read).toHaveProperty("payload", body);
        },
      ),
    );
  });
});
