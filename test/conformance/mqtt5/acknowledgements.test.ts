import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { publishFrom, subscribeTo } from "../../support/flows.ts";
import { publish, pubrec, pubrel, subscribe, unsubscribe } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { greeting, say, startRiddler } from "../../support/riddle.ts";
import type { Packet } from "../../support/server-packets.ts";
import { packet, u8, u16 } from "../../support/wire.ts";
import { propertyBlock, type WireProperties } from "../../support/wire-properties.ts";
import { connect, enter, expectDisconnected } from "./clients.ts";

/** What goes with an answer, and what is left out where the client's Maximum Packet Size has no room for it (MQTT 5.0 §3.4 to §3.15). */

/** Room for the CONNACK, and for no reason string of the server's. */
const LITTLE = 20;

const authorize = (_client: object, _action: string, topic: string): boolean => topic !== "secret";
const startGuarded = (): Promise<TestBroker> => startBroker({ access: { authenticate: () => 0, authorize } });

type Answer = [
  ids: string,
  name: Packet["type"],
  request: Uint8Array,
  reasonCode: number | number[],
  hasReason: boolean,
];

/** Requests whose answers say that something went wrong, and whether the server says more where there is room. */
const ANSWERS: Answer[] = [
  ["[MQTT-3.4.2-2] [MQTT-3.4.2-3]", "puback", publish({ topic: "secret", qos: 1 }), 0x87, true],
  ["[MQTT-3.5.2-2] [MQTT-3.5.2-3]", "pubrec", publish({ topic: "secret", qos: 2 }), 0x87, true],
  ["[MQTT-3.6.2-2] [MQTT-3.6.2-3]", "pubrel", pubrec(9), 0x92, false],
  ["[MQTT-3.7.2-2] [MQTT-3.7.2-3]", "pubcomp", pubrel(9), 0x92, false],
  ["[MQTT-3.9.2-1] [MQTT-3.9.2-2]", "suback", subscribe({ subscriptions: ["secret", "#/a"] }), [0x87, 0x8f], true],
  ["[MQTT-3.11.2-1] [MQTT-3.11.2-2]", "unsuback", unsubscribe({ filters: ["none"] }), [0x11], false],
  ["[MQTT-3.14.2-3] [MQTT-3.14.2-4]", "disconnect", publish({ topic: "#" }), 0x90, true],
];

async function answerTo(client: RawClient, request: Uint8Array): Promise<{ answer: Packet; size: number }> {
  const before = client.bytes().length;
  client.send(request);
  const answer = await client.next();
  return { answer, size: client.bytes().length - before };
}

function propertiesOf(answer: Packet): WireProperties {
  return "properties" in answer ? answer.properties : {};
}

const codesOf = (answer: Packet): number | number[] | undefined =>
  "reasonCodes" in answer ? answer.reasonCodes : "reasonCode" in answer ? answer.reasonCode : undefined;

describe.each(ANSWERS)("%s the %s of the server", (_ids, type, request, reasonCode, hasReason) => {
  it("has neither reason string nor user properties where they do not fit, and says the same without", async () => {
    const test = await startGuarded();
    const client = await enter(test, "c", { properties: { maximumPacketSize: LITTLE } });
    const { answer, size } = await answerTo(client, request);
    expect(answer.type).toBe(type);
    expect(codesOf(answer)).toEqual(reasonCode);
    expect(propertiesOf(answer)).toEqual({});
    expect(size).toBeLessThanOrEqual(LITTLE);
  });

  it("fits into exactly the client's Maximum Packet Size, whatever that is", async () => {
    const test = await startGuarded();
    const whole = await answerTo(await enter(test, "whole"), request);
    expect(propertiesOf(whole.answer).reasonString !== undefined).toBe(hasReason);
    for (const maximumPacketSize of [whole.size, whole.size - 1].filter((size) => size >= LITTLE)) {
      const client = await enter(test, `${maximumPacketSize}`, { properties: { maximumPacketSize } });
      const { answer, size } = await answerTo(client, request);
      expect(size).toBeLessThanOrEqual(maximumPacketSize);
      expect("reasonString" in propertiesOf(answer)).toBe(maximumPacketSize === whole.size);
    }
  });
});

describe("Request Problem Information 0", () => {
  it.each(ANSWERS.map(([, ...answer]) => answer))(
    "[MQTT-3.1.2-29] leaves no reason string and no user properties in the %s of the server",
    async (type, request, reasonCode) => {
      const test = await startGuarded();
      const client = await enter(test, "c", { properties: { requestProblemInformation: 0 } });
      const { answer } = await answerTo(client, request);
      expect(answer.type).toBe(type);
      expect(codesOf(answer)).toEqual(reasonCode);
      const mayHaveThem = type === "disconnect";
      expect("reasonString" in propertiesOf(answer)).toBe(mayHaveThem);
      expect(propertiesOf(answer).userProperties).toBeUndefined();
    },
  );

  it("[MQTT-3.1.2-29] leaves the User Properties of a PUBLISH", async () => {
    const test = await startGuarded();
    const client = await enter(test, "c", { properties: { requestProblemInformation: 0 } });
    await subscribeTo(client, "a");
    const properties: WireProperties = { userProperties: [["name", "value"]] };
    client.send(publish({ topic: "a", properties }));
    expect(await client.expect("publish")).toMatchObject({ properties });
  });
});

describe("the CONNACK of the server", () => {
  it("[MQTT-3.2.2-19] [MQTT-3.2.2-20] has neither reason string nor user properties where they do not fit", async () => {
    const test = await startBroker({ access: { authenticate: () => 0x87 } });
    const whole = await test.connect({ clientIdentifier: "c" });
    expect(whole.connack?.properties.reasonString).toBeDefined();
    const { length } = whole.bytes();
    for (const maximumPacketSize of [length, length - 1, LITTLE]) {
      const client = await test.connect({ clientIdentifier: "c", properties: { maximumPacketSize } });
      expect(client.connack).toMatchObject({ reasonCode: 0x87 });
      expect(client.bytes().length).toBeLessThanOrEqual(maximumPacketSize);
      expect("reasonString" in (client.connack?.properties ?? {})).toBe(maximumPacketSize === length);
      expect(client.connack?.properties.userProperties).toBeUndefined();
    }
  });
});

describe("the AUTH of the server", () => {
  it("[MQTT-3.15.2-2] [MQTT-3.15.2-3] has neither reason string nor user properties, and fits", async () => {
    const test = await startRiddler();
    const whole = await test.open();
    whole.send(connect(greeting("hello")));
    const { properties } = await whole.expect("auth");
    expect(properties).toEqual({ authenticationMethod: "riddle", authenticationData: Buffer.from("riddle") });
    const maximumPacketSize = 40;
    const client = await test.open();
    const given = greeting("hello", { clientIdentifier: "d" });
    client.send(
      connect({
        ...given,
        properties: { authenticationMethod: "riddle", authenticationData: Buffer.from("hello"), maximumPacketSize },
      }),
    );
    expect(Object.keys((await client.expect("auth")).properties)).toEqual([
      "authenticationMethod",
      "authenticationData",
    ]);
    expect(client.bytes().length).toBeLessThanOrEqual(maximumPacketSize);
    client.send(say("42"));
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
  });
});

describe("reason codes", () => {
  /** Those of the standard's tables, by packet. */
  const PUBREC = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
  const PUBCOMP = [0x00, 0x92];

  /** An acknowledgement with this reason code for a message that is under way. */
  async function acknowledge(test: TestBroker, firstByte: number, reasonCode: number): Promise<Packet> {
    const client = await enter(test, `c${firstByte}-${reasonCode}`);
    await subscribeTo(client, "a", 2);
    await publishFrom(await enter(test, "p"), "a", "x", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    if (firstByte === 0x70) {
      client.send(pubrec(packetIdentifier));
      await client.expect("pubrel");
    }
    client.send(packet(firstByte, u16(packetIdentifier), u8(reasonCode)), Buffer.from([0xc0, 0]));
    return client.next();
  }

  it("[MQTT-3.5.2-1] of a PUBREC are those of its table, both ways", async () => {
    const test = await startBroker();
    for (const reasonCode of PUBREC) {
      expect((await acknowledge(test, 0x50, reasonCode)).type).toBe(reasonCode < 0x80 ? "pubrel" : "pingresp");
    }
    for (const reasonCode of [0x01, 0x11, 0x81, 0x82, 0x92, 0xff]) {
      expect(await acknowledge(test, 0x50, reasonCode)).toMatchObject({ type: "disconnect", reasonCode: 0x82 });
    }
    const guarded = await enter(await startGuarded(), "c");
    guarded.send(publish({ topic: "nobody", qos: 2 }), publish({ topic: "secret", qos: 2, packetIdentifier: 2 }));
    expect(PUBREC).toContain((await guarded.expect("pubrec")).reasonCode);
    expect(PUBREC).toContain((await guarded.expect("pubrec")).reasonCode);
  });

  it("[MQTT-3.7.2-1] of a PUBCOMP are 0x00 and 0x92, both ways", async () => {
    const test = await startBroker();
    for (const reasonCode of PUBCOMP) expect((await acknowledge(test, 0x70, reasonCode)).type).toBe("pingresp");
    for (const reasonCode of [0x01, 0x10, 0x80, 0x97, 0xff]) {
      expect(await acknowledge(test, 0x70, reasonCode)).toMatchObject({ type: "disconnect", reasonCode: 0x82 });
    }
    const client = await enter(test, "sends");
    client.send(publish({ topic: "b", qos: 2 }), pubrel(1), pubrel(1));
    await client.expect("pubrec");
    expect([(await client.expect("pubcomp")).reasonCode, (await client.expect("pubcomp")).reasonCode]).toEqual(PUBCOMP);
  });

  it("[MQTT-3.4.2-1] [MQTT-3.6.2-1] a client's that are in no table of its packet are a Protocol Error", async () => {
    const test = await startBroker();
    for (const [firstByte, reasonCode] of [
      [0x40, 0x01],
      [0x40, 0x92],
      [0x62, 0x10],
      [0x62, 0x80],
    ] as const) {
      const bytes = packet(firstByte, u16(1), u8(reasonCode), propertyBlock());
      expect(await expectDisconnected(test, bytes)).toMatchObject({ reasonCode: 0x82 });
    }
  });
});
