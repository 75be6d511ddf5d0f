import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { pingreq } from "../support/packets.ts";
import { itAt } from "../support/title.ts";

describe("CONNACK of MQTT 5.0", () => {
  it("tells the limits of the server", async () => {
    const test = await startBroker({ limits: { maximumPacketSize: 5_000, receiveMaximum: 7, topicAliasMaximum: 3 } });
    const { connack } = await test.connect({ clientIdentifier: "c" });
    expect(connack?.properties).toEqual({ maximumPacketSize: 5_000, receiveMaximum: 7, topicAliasMaximum: 3 });
  });

  it("leaves out what the standard takes for granted", async () => {
    const test = await startBroker({ limits: { receiveMaximum: 65_535, topicAliasMaximum: 0 } });
    const { connack } = await test.connect({ clientIdentifier: "c", keepAlive: 60 });
    expect(connack?.properties).toEqual({ maximumPacketSize: 1_048_576 });
  });

  it.each([
    ["a longer Keep Alive", 61, 60],
    ["no Keep Alive", 0, 60],
    ["a shorter Keep Alive", 59, undefined],
    ["the same Keep Alive", 60, undefined],
  ])("%s than the server's maximum: %i is answered by server keep alive %s", async (_name, keepAlive, told) => {
    const test = await startBroker({ limits: { maximumKeepAlive: 60 } });
    const { connack } = await test.connect({ clientIdentifier: "c", keepAlive });
    expect(connack?.properties.serverKeepAlive).toBe(told);
  });

  it.each([
    ["over the maximum", 11, 10],
    ["of for ever", 0xffffffff, 10],
    ["of the maximum", 10, undefined],
    ["of 0", 0, undefined],
    ["left out", undefined, undefined],
  ])("a session expiry interval %s: %s is answered by %s", async (_name, sessionExpiryInterval, told) => {
    const test = await startBroker({ limits: { maximumSessionExpiryInterval: 10 } });
    const properties = sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval };
    const { connack } = await test.connect({ clientIdentifier: "c", properties });
    expect(connack?.properties.sessionExpiryInterval).toBe(told);
  });

  it("[MQTT-3.1.2-28] holds response information only for a client that asks for it", async () => {
    const test = await startBroker({ responseInformation: ({ clientIdentifier }) => `reply/${clientIdentifier}` });
    const informationFor = async (requestResponseInformation: number) => {
      const { connack } = await test.connect({ clientIdentifier: "c", properties: { requestResponseInformation } });
      return connack?.properties.responseInformation;
    };
    expect(await informationFor(1)).toBe("reply/c");
    expect(await informationFor(0)).toBeUndefined();
    const { connack } = await test.connect({ clientIdentifier: "c" });
    expect(connack?.properties.responseInformation).toBeUndefined();
  });

  it("holds no response information where the server has none", async () => {
    const test = await startBroker({ responseInformation: () => undefined });
    const properties = { requestResponseInformation: 1 };
    const { connack } = await test.connect({ clientIdentifier: "c", properties });
    expect(connack).toMatchObject({ reasonCode: 0 });
    expect(connack?.properties.responseInformation).toBeUndefined();
  });

  it("refuses a client when the response information cannot be had, and keeps no session for it", async () => {
    const test = await startBroker({
      responseInformation: () => {
        throw new Error("out of order");
      },
    });
    const properties = { requestResponseInformation: 1, sessionExpiryInterval: 0xffffffff };
    const client = await test.connect({ clientIdentifier: "c", properties });
    expect(client.connack?.reasonCode).toBeGreaterThanOrEqual(0x80);
    await client.expectClosed();
    const { connack } = await test.connect({ clientIdentifier: "c", cleanStart: false });
    expect(connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
  });

  it("[MQTT-3.2.2-19] drops its reason string rather than exceed the client's maximum packet size", async () => {
    const test = await startBroker({ access: { authenticate: () => 0x87 } });
    const roomy = await test.connect({ clientIdentifier: "c" });
    expect(roomy.connack?.properties.reasonString).toBeTypeOf("string");
    const narrow = await test.connect({ clientIdentifier: "c", properties: { maximumPacketSize: 20 } });
    expect(narrow.connack).toMatchObject({ reasonCode: 0x87, properties: NO_PROPERTIES });
    expect(narrow.bytes().length).toBeLessThanOrEqual(20);
  });

  it("[MQTT-3.1.2-24] [MQTT-3.2.0-1] a client with no room for the CONNACK is refused, not let in without one", async () => {
    const test = await startBroker();
    const client = await test.connect({ clientIdentifier: "c", properties: { maximumPacketSize: 6 } });
    expect(client.connack?.reasonCode).toBeGreaterThanOrEqual(0x80);
    client.send(pingreq());
    await client.expectClosed();
    expect(client.bytes().length).toBeLessThanOrEqual(6);
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("says why a client is refused, even to one that wants no problem information", async () => {
    const test = await startBroker({ access: { authenticate: () => 0x87 } });
    const { connack } = await test.connect({ clientIdentifier: "c", properties: { requestProblemInformation: 0 } });
    expect(connack?.properties.reasonString).toBeTypeOf("string");
  });
});

describe.each([3, 4] as const)("CONNACK at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.2.2-3 of 3.1.1] is four bytes", async () => {
    const test = await startBroker({ limits: { maximumKeepAlive: 10, maximumSessionExpiryInterval: 10 } });
    const client = await test.connect({ version, clientIdentifier: "c", cleanStart: false, keepAlive: 100 });
    expect([...client.bytes()]).toEqual([0x20, 2, 0, 0]);
  });
});

it("the session present flag is reserved in MQTT 3.1, and a session is resumed all the same", async () => {
  const test = await startBroker();
  const first = await test.connect({ version: 3, clientIdentifier: "c", cleanStart: false });
  await first.close();
  const again = await test.connect({ version: 3, clientIdentifier: "c", cleanStart: false });
  expect([...again.bytes()]).toEqual([0x20, 2, 0, 0]);
  expect(test.broker.gauges.sessions).toBe(1);
});
