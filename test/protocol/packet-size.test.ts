import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, subscribeTo, text } from "../support/exchange.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { puback, publish, subscribe, type Version } from "../support/packets.ts";
import { varint } from "../support/wire.ts";

describe("a client's maximum packet size", () => {
  it.each([0, 1, 2])(
    "[MQTT-3.1.2-24] [MQTT-3.1.2-25] a message of QoS %i over it is dropped, others and the connection go on",
    async (qos) => {
      const test = await startBroker();
      const small = await test.connect({ properties: { maximumPacketSize: 100, receiveMaximum: 1 } });
      const other = await join(test);
      for (const client of [small, other]) await subscribeTo(client, [{ filter: "t", qos: 2 }]);
      const fits = publish({ topic: "t", qos, payload: "" });
      const largest = "x".repeat(100 - fits.length);
      const publisher = await join(test);
      for (const payload of [`${largest}x`, largest]) {
        publisher.send(publish({ topic: "t", qos, payload, packetIdentifier: payload.length }));
      }
      expect(await small.expect("publish")).toMatchObject({ payload: Buffer.from(largest), qos });
      await small.expectNothing();
      expect(await messages(other, 2)).toEqual([`t=${largest}x`, `t=${largest}`]);
      expect(test.broker.statistics.messagesDroppedTooLarge).toBe(1);
    },
  );

  it("[MQTT-3.1.2-25] what does not fit takes no place in the window of a queue", async () => {
    const test = await startBroker();
    const connect = { clientIdentifier: "c", cleanStart: false };
    const first = await test.connect({ ...connect, properties: { sessionExpiryInterval: 60 } });
    await subscribeTo(first, [{ filter: "#", qos: 1 }]);
    await first.close();
    const publisher = await join(test);
    for (let index = 0; index < 5; index++) {
      await publishAcknowledged(publisher, "large", "x".repeat(100));
      await publishAcknowledged(publisher, "small", `${index}`);
    }
    const second = await test.connect({ ...connect, properties: { maximumPacketSize: 50, receiveMaximum: 1 } });
    for (let index = 0; index < 5; index++) {
      const message = await second.expect("publish");
      expect(text(message)).toBe(`small=${index}`);
      second.send(puback(message.packetIdentifier));
    }
    await second.expectNothing();
  });

  it("[MQTT-3.1.2-25] a retained message over it is left out", async () => {
    const test = await startBroker();
    const publisher = await join(test);
    await publishAcknowledged(publisher, "a/large", "x".repeat(100), { retain: true });
    await publishAcknowledged(publisher, "a/small", "x", { retain: true });
    const client = await test.connect({ properties: { maximumPacketSize: 60 } });
    await subscribeTo(client, [{ filter: "a/+", qos: 1 }]);
    expect(await messages(client, 1)).toEqual(["a/small=x"]);
    await client.expectNothing();
  });

  it("[MQTT-3.9.2-1] [MQTT-3.14.2-3] reason strings are left out where they do not fit", async () => {
    const test = await startBroker();
    const tight = await test.connect({ clientIdentifier: "c", properties: { maximumPacketSize: 30 } });
    expect(await subscribeTo(tight, ["a+"])).toMatchObject({ reasonCodes: [0x8f], properties: NO_PROPERTIES });
    tight.send(publish({ topic: "t", properties: { subscriptionIdentifiers: [1] } }));
    expect(await tight.expect("disconnect")).toMatchObject({ reasonCode: 0x82, properties: NO_PROPERTIES });
    const wide = await test.connect();
    expect((await subscribeTo(wide, ["a+"])).properties.reasonString).toBeTypeOf("string");
  });

  it("[MQTT-3.1.2-24] even a CONNACK or SUBACK is not sent when it is too large", async () => {
    const test = await startBroker();
    const client = await test.connect({ clientIdentifier: "c", properties: { maximumPacketSize: 20 } });
    expect(client.connack?.reasonCode).toBe(0);
    client.send(subscribe({ subscriptions: Array.from({ length: 30 }, (_, index) => `t/${index}`) }));
    await client.expectNothing();
    client.send(publish({ topic: "t/29", payload: "x" }));
    expect(text(await client.expect("publish"))).toBe("t/29=x");
  });
});

describe("the broker's maximum packet size", () => {
  it("[MQTT-3.2.2-15] is told to clients of 5.0, and a larger packet ends the connection with 0x95", async () => {
    const test = await startBroker({ limits: { maximumPacketSize: 1_000 } });
    const [client, subscriber] = [await join(test), await join(test)];
    expect(client.connack?.properties.maximumPacketSize).toBe(1_000);
    await subscribeTo(subscriber, ["t"]);
    const overhead = publish({ topic: "t", payload: Buffer.alloc(900) }).length - 900;
    client.send(publish({ topic: "t", payload: Buffer.alloc(1_000 - overhead, "x") }));
    expect((await subscriber.expect("publish")).payload.length).toBe(1_000 - overhead);
    client.send(publish({ topic: "t", payload: Buffer.alloc(1_001 - overhead) }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x95 });
    await client.expectClosed();
    await subscriber.expectNothing();
  });

  it.each<Version>([3, 4, 5])("holds by the header alone, whatever follows, in version %i", async (version) => {
    const test = await startBroker();
    const client = await join(test, version);
    client.send(Buffer.from([0x30]), varint(1_048_576));
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x95 });
    await client.expectClosed();
  });

  it("[MQTT-3.14.0-1] holds before the CONNECT, where only the connection is closed", async () => {
    const test = await startBroker({ limits: { maximumPacketSize: 1_000 } });
    const client = await test.open();
    client.send(Buffer.from([0x10]), varint(2_000));
    await client.expectClosed();
  });
});
