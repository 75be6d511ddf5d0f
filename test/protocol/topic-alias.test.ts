import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, publishes, subscribeTo } from "../support/exchange.ts";
import { cut } from "../support/flows.ts";
import { puback, publish } from "../support/packets.ts";

const LONG = "a/topic/that/pays/for/an/alias";

describe("topic aliases of a client", () => {
  it("[MQTT-3.3.2-12] stand for their topic, for every alias up to the maximum", async () => {
    const test = await startBroker();
    const client = await join(test);
    expect(client.connack?.properties.topicAliasMaximum).toBe(64);
    const subscriber = await join(test);
    await subscribeTo(subscriber, [{ filter: "#", qos: 2 }]);
    for (let topicAlias = 1; topicAlias <= 64; topicAlias++) {
      client.send(publish({ topic: `t/${topicAlias}`, payload: "set", properties: { topicAlias } }));
    }
    for (let topicAlias = 64; topicAlias >= 1; topicAlias--) {
      client.send(publish({ payload: "used", qos: 1, packetIdentifier: topicAlias, properties: { topicAlias } }));
    }
    const received = await publishes(subscriber, 128);
    const up = Array.from({ length: 64 }, (_, index) => `t/${index + 1}`);
    expect(received.map(({ topic }) => topic)).toEqual([...up, ...up.toReversed()]);
    expect(received.every(({ properties }) => properties.topicAlias === undefined)).toBe(true);
  });

  it("can be set to another topic", async () => {
    const test = await startBroker();
    const [client, subscriber] = [await join(test), await join(test)];
    await subscribeTo(subscriber, ["#"]);
    const properties = { topicAlias: 1 };
    client.send(publish({ topic: "a", payload: "1", properties }), publish({ payload: "2", properties }));
    client.send(publish({ topic: "b", payload: "3", properties }), publish({ payload: "4", properties }));
    expect(await messages(subscriber, 4)).toEqual(["a=1", "a=2", "b=3", "b=4"]);
  });

  it("serve a retained message too", async () => {
    const test = await startBroker();
    const client = await join(test);
    const properties = { topicAlias: 3 };
    client.send(publish({ topic: "a", properties }), publish({ payload: "kept", retain: true, properties }));
    await subscribeTo(client, ["a"]);
    expect(await messages(client, 1)).toEqual(["a=kept"]);
  });

  it.each([
    ["[MQTT-3.3.2-8] 0", { topic: "a", properties: { topicAlias: 0 } }, 0x94],
    ["[MQTT-3.2.2-17] [MQTT-3.3.2-9] over the maximum", { topic: "a", properties: { topicAlias: 65 } }, 0x94],
    ["that was never set", { properties: { topicAlias: 2 } }, 0x82],
    ["[MQTT-4.7.3-1] that is missing, with an empty topic", { properties: {} }, 0x82],
  ])("the client is disconnected for one %s", async (_name, packet, reasonCode) => {
    const test = await startBroker();
    const client = await join(test);
    client.send(publish(packet));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode });
    await client.expectClosed();
  });

  it("[MQTT-3.2.2-18] none is taken where the maximum is 0", async () => {
    const test = await startBroker({ limits: { topicAliasMaximum: 0 } });
    const client = await join(test);
    expect(client.connack?.properties.topicAliasMaximum).toBeUndefined();
    client.send(publish({ topic: "a", properties: { topicAlias: 1 } }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x94 });
  });

  it("[MQTT-3.3.2-7] are forgotten with the connection, also when the session goes on", async () => {
    const test = await startBroker();
    const connect = { clientIdentifier: "c", cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = await test.connect(connect);
    first.send(publish({ topic: "a", properties: { topicAlias: 1 } }));
    await first.close();
    const second = await test.connect(connect);
    second.send(publish({ properties: { topicAlias: 1 } }));
    expect(await second.expect("disconnect")).toMatchObject({ reasonCode: 0x82 });
  });
});

describe("topic aliases of the broker", () => {
  it("[MQTT-3.1.2-26] [MQTT-3.3.2-11] are set with the topic first, and never exceed the client's maximum", async () => {
    const test = await startBroker();
    const client = await test.connect({ properties: { topicAliasMaximum: 2 } });
    await subscribeTo(client, ["#"]);
    const topics = [`${LONG}/1`, `${LONG}/2`, `${LONG}/3`];
    for (const topic of [...topics, ...topics]) test.broker.publish(topic, "x");
    const received = (await publishes(client, 6)).map(({ topic, properties }) => [topic, properties.topicAlias]);
    expect(received).toEqual([
      [topics[0], 1],
      [topics[1], 2],
      [topics[2], undefined],
      ["", 1],
      ["", 2],
      [topics[2], undefined],
    ]);
  });

  it("[MQTT-3.1.2-27] are not used towards a client that wants none", async () => {
    const test = await startBroker();
    const clients = [await test.connect(), await test.connect({ properties: { topicAliasMaximum: 0 } })];
    for (const client of clients) {
      await subscribeTo(client, ["#"]);
      for (let round = 0; round < 3; round++) test.broker.publish(LONG, "x");
      const received = await publishes(client, 3);
      expect(received.map(({ topic, properties }) => [topic, properties.topicAlias])).toEqual(
        Array.from({ length: 3 }, () => [LONG, undefined]),
      );
    }
  });

  it("[MQTT-3.3.2-7] a message sent again on the next connection carries its topic", async () => {
    const test = await startBroker();
    const connect = {
      clientIdentifier: "c",
      cleanStart: false,
      properties: { sessionExpiryInterval: 60, topicAliasMaximum: 10 },
    };
    const first = await test.connect(connect);
    await subscribeTo(first, [{ filter: "#", qos: 1 }]);
    const publisher = await join(test);
    await publishAcknowledged(publisher, LONG, "1");
    await publishAcknowledged(publisher, LONG, "2");
    expect((await publishes(first, 2)).map(({ topic }) => topic)).toEqual([LONG, ""]);
    await cut(test, first);
    const second = await test.connect(connect);
    const again = await publishes(second, 2);
    expect(again.map(({ topic, properties }) => [topic, properties.topicAlias])).toEqual([
      [LONG, 1],
      ["", 1],
    ]);
    expect(again.map(({ duplicate }) => duplicate)).toEqual([true, true]);
    second.send(...again.map(({ packetIdentifier }) => puback(packetIdentifier)));
    await second.expectNothing();
  });

  it("go together with the properties of the message and subscription identifiers", async () => {
    const test = await startBroker();
    const client = await test.connect({ properties: { topicAliasMaximum: 1 } });
    await subscribeTo(client, [{ filter: "#", qos: 1 }], { subscriptionIdentifiers: [300] });
    const properties = { contentType: "t", userProperties: [["a", "b"]] as [string, string][] };
    for (let round = 0; round < 2; round++) {
      await publishAcknowledged(await join(test), LONG, "x", { properties });
    }
    const [first, second] = await publishes(client, 2);
    const expected = { ...properties, topicAlias: 1, subscriptionIdentifiers: [300] };
    expect(first).toMatchObject({ topic: LONG, properties: expected });
    expect(second).toMatchObject({ topic: "", properties: expected });
  });

  it("[MQTT-3.1.2-24] one that makes a packet too large for the client is left out", async () => {
    const test = await startBroker();
    const userProperties: [string, string][] = [["n", "v".repeat(119)]];
    const bare = publish({ topic: LONG, payload: "x", properties: { userProperties } });
    for (let slack = 0; slack < 6; slack++) {
      const maximumPacketSize = bare.length + slack;
      const client = await test.connect({ properties: { topicAliasMaximum: 1, maximumPacketSize } });
      await subscribeTo(client, ["#"]);
      for (let round = 0; round < 2; round++) test.broker.publish(LONG, "x", { properties: { userProperties } });
      test.broker.publish("end", "");
      const [first, second] = await publishes(client, 2);
      expect(first, `${slack} bytes of slack`).toMatchObject({ topic: LONG, properties: { userProperties } });
      expect(second?.topic).toBe(first?.properties.topicAlias === undefined ? LONG : "");
      expect(second?.properties.topicAlias).toBe(first?.properties.topicAlias);
      expect(await client.expect("publish")).toMatchObject({ topic: "end" });
      await client.close();
    }
    expect(test.broker.statistics.messagesDroppedTooLarge).toBe(0);
  });
});
