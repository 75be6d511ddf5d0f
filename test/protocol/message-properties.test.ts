import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, publishAcknowledged, publishes, retainEnd, subscribeTo } from "../support/exchange.ts";
import { publish } from "../support/packets.ts";
import { propertyBytes, type WireProperties } from "../support/wire-properties.ts";

const ALL: WireProperties = {
  userProperties: [
    ["b", "1"],
    ["a", "é"],
    ["b", "1"],
    ["", ""],
    ["b", "0"],
  ],
  correlationData: Buffer.from([0, 255, 128, 0]),
  payloadFormatIndicator: 1,
  responseTopic: "answers/é",
  contentType: "text/plain; charset=utf-8",
};
const LASTING = { clientIdentifier: "c", cleanStart: false, properties: { sessionExpiryInterval: 60 } };

describe("the properties of a message", () => {
  it.each([0, 1, 2])(
    "[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] reach the receiver as they are, with QoS %i",
    async (qos) => {
      const test = await startBroker();
      const [publisher, subscriber] = [await join(test), await join(test)];
      await subscribeTo(subscriber, [{ filter: "t", qos: 2 }]);
      publisher.send(publish({ topic: "t", payload: "x", qos, properties: ALL }));
      expect(await subscriber.expect("publish")).toMatchObject({ qos, properties: ALL });
    },
  );

  it("[MQTT-3.3.2-18] keep their order among one another", async () => {
    const test = await startBroker();
    const [publisher, subscriber] = [await join(test), await join(test)];
    await subscribeTo(subscriber, ["t"]);
    const mixed = Buffer.concat(
      (["contentType", "userProperties", "responseTopic"] as const).map((name) => propertyBytes({ [name]: ALL[name] })),
    );
    const withExpiry = Buffer.concat([mixed, propertyBytes({ messageExpiryInterval: 9 }), mixed.subarray(0, 0)]);
    publisher.send(publish({ topic: "t", properties: withExpiry }));
    await subscriber.expect("publish");
    expect(subscriber.bytes().includes(mixed)).toBe(true);
  });

  it("[MQTT-3.3.2-17] reach those who get the message later: from a queue, and as a retained message", async () => {
    const test = await startBroker();
    const offline = await test.connect(LASTING);
    await subscribeTo(offline, [{ filter: "t", qos: 1 }]);
    await offline.close();
    const publisher = await join(test);
    await publishAcknowledged(publisher, "t", "x", { retain: true, properties: ALL });
    const back = await test.connect(LASTING);
    expect((await back.expect("publish")).properties).toEqual(ALL);
    await subscribeTo(publisher, ["t"]);
    expect((await publisher.expect("publish")).properties).toEqual(ALL);
  });

  it("[MQTT-3.3.4-6] a subscription identifier from a client is a Protocol Error", async () => {
    const test = await startBroker();
    const client = await join(test);
    client.send(publish({ topic: "t", properties: { subscriptionIdentifiers: [1] } }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x82 });
  });
});

describe("message expiry interval", () => {
  it("[MQTT-3.3.2-6] goes through unchanged where nothing waits, also to 0", async () => {
    const test = await startBroker();
    const [publisher, subscriber] = [await join(test), await join(test)];
    await subscribeTo(subscriber, [{ filter: "t", qos: 1 }]);
    for (const messageExpiryInterval of [0xffff_ffff, 7, 0]) {
      await publishAcknowledged(publisher, "t", "x", { properties: { messageExpiryInterval } });
      expect((await subscriber.expect("publish")).properties).toEqual({ messageExpiryInterval });
    }
  });

  it("[MQTT-3.3.2-5] [MQTT-3.3.2-6] counts down while a message waits for its receiver, which never gets it when it is over", async () => {
    const test = await startBroker();
    const offline = await test.connect(LASTING);
    await subscribeTo(offline, [{ filter: "#", qos: 2 }]);
    await offline.close();
    const publisher = await join(test);
    await publishAcknowledged(publisher, "short", "", { properties: { messageExpiryInterval: 1 } });
    await publishAcknowledged(publisher, "long", "", { properties: { messageExpiryInterval: 1_000 } });
    await publishAcknowledged(publisher, "ever", "");
    await new Promise((resolve) => setTimeout(resolve, 1_020));
    const back = await test.connect(LASTING);
    const [long, ever] = await publishes(back, 2);
    expect([long?.topic, ever?.topic]).toEqual(["long", "ever"]);
    expect(long?.properties.messageExpiryInterval).toBeLessThanOrEqual(999);
    expect(long?.properties.messageExpiryInterval).toBeGreaterThan(900);
    expect(ever?.properties).toEqual({});
    await back.expectNothing();
    expect(test.broker.statistics.messagesExpired).toBe(1);
  });

  it("[MQTT-3.3.2-5] 0 reaches only who is there", async () => {
    const test = await startBroker();
    const offline = await test.connect(LASTING);
    await subscribeTo(offline, [{ filter: "t", qos: 1 }]);
    await offline.close();
    await publishAcknowledged(await join(test), "t", "x", { properties: { messageExpiryInterval: 0 } });
    await (await test.connect(LASTING)).expectNothing();
  });

  it("[MQTT-3.3.2-5] a message that waits behind the receive maximum expires too", async () => {
    const test = await startBroker();
    const client = await test.connect({ properties: { receiveMaximum: 1 } });
    await subscribeTo(client, [{ filter: "#", qos: 1 }]);
    const publisher = await join(test);
    await publishAcknowledged(publisher, "first");
    await publishAcknowledged(publisher, "second", "", { properties: { messageExpiryInterval: 1 } });
    await publishAcknowledged(publisher, "third");
    const first = await client.expect("publish");
    await new Promise((resolve) => setTimeout(resolve, 1_020));
    client.send(Buffer.from([0x40, 2, 0, first.packetIdentifier]));
    expect(await client.expect("publish")).toMatchObject({ topic: "third" });
  });
});

describe("payload format indicator", () => {
  const BAD = Buffer.from([0xc3]);
  const properties = { payloadFormatIndicator: 1 };

  it("[MQTT-3.3.2-4] is passed on and not looked at by default", async () => {
    const test = await startBroker();
    const client = await join(test);
    await subscribeTo(client, ["t"]);
    client.send(publish({ topic: "t", payload: BAD, properties }));
    expect(await client.expect("publish")).toMatchObject({ payload: BAD, properties });
  });

  it("with limits.validatePayloadFormat a payload that is not UTF-8 is refused with 0x99, and goes nowhere", async () => {
    const test = await startBroker({ limits: { validatePayloadFormat: true } });
    const [client, subscriber] = [await join(test), await join(test)];
    retainEnd(test);
    await subscribeTo(subscriber, ["t"]);
    expect(await publishAcknowledged(client, "t", BAD, { properties, retain: true })).toMatchObject({
      reasonCode: 0x99,
    });
    client.send(publish({ topic: "t", payload: BAD, qos: 2, packetIdentifier: 4, properties }));
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 4, reasonCode: 0x99 });
    client.send(publish({ topic: "t", payload: "é", properties }), publish({ topic: "t", payload: BAD }));
    expect((await publishes(subscriber, 2)).map(({ payload }) => payload)).toEqual([Buffer.from("é"), BAD]);
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 1 });
    client.send(publish({ topic: "t", payload: BAD, properties }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x99 });
  });
});
