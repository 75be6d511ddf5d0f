import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, publishes, subscribeTo, unsubscribeFrom } from "../support/exchange.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { puback, publish, subscribe, unsubscribe, type Version } from "../support/packets.ts";
import { itAt, titleAt } from "../support/title.ts";

const VERSIONS: Version[] = [3, 4, 5];

describe.each(VERSIONS)("SUBSCRIBE and UNSUBSCRIBE of version %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] [MQTT-2.2.1-6] [MQTT-3.8.4-1 of 3.1.1] [MQTT-3.8.4-2 of 3.1.1] [MQTT-3.8.4-4 of 3.1.1] [MQTT-3.8.4-5 of 3.1.1] [MQTT-3.9.3-1 of 3.1.1] [MQTT-2.3.1-7 of 3.1.1] answers one SUBACK with the granted QoS of each filter in order", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    const subscriptions = [
      { filter: "a", qos: 2 },
      { filter: "b", qos: 0 },
      { filter: "c/#", qos: 1 },
    ];
    client.send(subscribe({ version, packetIdentifier: 65535, subscriptions }));
    expect(await client.expect("suback")).toMatchObject({ packetIdentifier: 65535, reasonCodes: [2, 0, 1] });
    await client.expectNothing();
  });

  it("[MQTT-3.8.4-5] [MQTT-3.8.4-4 of 3.1.1] [MQTT-3.8.4-5 of 3.1.1] [MQTT-3.9.3-2 of 3.1.1] takes the good filters of a SUBSCRIBE that has bad ones", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    const { reasonCodes } = await subscribeTo(client, ["a", "b+", "c"]);
    const refused = { 3: 0, 4: 0x80, 5: 0x8f }[version];
    expect(reasonCodes).toEqual([0, refused, 0]);
    await publishAcknowledged(client, "b", "not subscribed");
    client.send(publish({ version, topic: "c", payload: "x" }), publish({ version, topic: "a", payload: "y" }));
    expect(await messages(client, 2)).toEqual(["c=x", "a=y"]);
  });

  it.each([
    [titleAt(version, "[MQTT-4.7.1-1] [MQTT-4.7.1-2 of 3.1.1] refuses"), ["#/a", "a#", "a/#/b", "a/+#", "##"]],
    [titleAt(version, "[MQTT-4.7.1-2] [MQTT-4.7.1-3 of 3.1.1] refuses"), ["+a", "a/b+/c", "a+", "++"]],
  ])("%s the filters %j", async (_refuses, filters) => {
    const test = await startBroker();
    const client = await join(test, version);
    const { reasonCodes } = await subscribeTo(client, filters);
    expect(reasonCodes).toEqual(filters.map(() => ({ 3: 0, 4: 0x80, 5: 0x8f })[version]));
  });

  it.each([
    [0, 0, 0],
    [0, 2, 0],
    [1, 0, 0],
    [1, 1, 1],
    [1, 2, 1],
    [2, 0, 0],
    [2, 1, 1],
    [2, 2, 2],
  ])(
    "[MQTT-3.8.4-8] [MQTT-3.8.4-6 of 3.1.1] delivers QoS %i to a subscription of QoS %i with QoS %i",
    async (published, granted, delivered) => {
      const test = await startBroker();
      const subscriber = await join(test, version);
      const publisher = await join(test, version);
      await subscribeTo(subscriber, [{ filter: "t", qos: granted }]);
      publisher.send(publish({ version, topic: "t", qos: published, payload: "x" }));
      expect(await subscriber.expect("publish")).toMatchObject({ topic: "t", qos: delivered, duplicate: false });
    },
  );

  it("[MQTT-3.8.4-3] [MQTT-3.8.4-3 of 3.1.1] replaces the subscription with the same filter", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, [{ filter: "t/+", qos: 2 }]);
    await subscribeTo(client, [{ filter: "t/+", qos: 0 }]);
    expect(test.broker.gauges.core).toMatchObject({ subscriptionEntries: 1 });
    client.send(publish({ version, topic: "t/1", qos: 1 }));
    expect(await client.expect("publish")).toMatchObject({ qos: 0 });
    await client.expect("puback");
    await client.expectNothing();
  });

  it("[MQTT-3.10.4-1] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-2.2.1-6] [MQTT-3.10.4-1 of 3.1.1] [MQTT-3.10.4-4 of 3.1.1] [MQTT-3.10.4-5 of 3.1.1] [MQTT-3.10.4-6 of 3.1.1] [MQTT-2.3.1-7 of 3.1.1] ends the subscriptions with these very filters", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, ["a/+", "a/b", "c"]);
    client.send(unsubscribe({ version, packetIdentifier: 7, filters: ["a/+", "a/#", "c"] }));
    expect(await client.expect("unsuback")).toMatchObject({
      packetIdentifier: 7,
      reasonCodes: version === 5 ? [0x00, 0x11, 0x00] : [],
    });
    client.send(publish({ version, topic: "a/x" }), publish({ version, topic: "c" }));
    client.send(publish({ version, topic: "a/b", payload: "still" }));
    expect(await messages(client, 1)).toEqual(["a/b=still"]);
    await client.expectNothing();
  });

  it("[MQTT-3.10.4-3] finishes a QoS 2 delivery whose subscription has ended", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, [{ filter: "t", qos: 2 }]);
    client.send(publish({ version, topic: "t", qos: 2, packetIdentifier: 9 }));
    const { packetIdentifier } = await client.expect("publish");
    await client.expect("pubrec");
    await unsubscribeFrom(client, ["t"]);
    client.send(Buffer.from([0x50, 2, packetIdentifier >> 8, packetIdentifier & 255]));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
  });

  it("[MQTT-3.10.4-2] [MQTT-3.10.4-2 of 3.1.1] sends nothing that is published behind the UNSUBSCRIBE in the same chunk", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, ["t"]);
    client.send(
      publish({ version, topic: "t", payload: "before" }),
      unsubscribe({ version, filters: ["t"] }),
      publish({ version, topic: "t", payload: "after" }),
    );
    expect(await messages(client, 1)).toEqual(["t=before"]);
    await client.expect("unsuback");
    await client.expectNothing();
  });

  it("[MQTT-4.5.0-1] [MQTT-4.5.0-1 of 3.1.1] delivers what is published behind the SUBSCRIBE in the same chunk, and nothing from before it", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    client.send(
      publish({ version, topic: "t", payload: "before" }),
      subscribe({ version, subscriptions: ["t"] }),
      publish({ version, topic: "t", payload: "after" }),
    );
    await client.expect("suback");
    expect(await messages(client, 1)).toEqual(["t=after"]);
    await client.expectNothing();
  });

  it("[MQTT-4.6.0-6] [MQTT-4.6.0-5 of 3.1.1] keeps the order of one publisher over topics", async () => {
    const test = await startBroker();
    const subscriber = await join(test, version, true);
    const publisher = await join(test, version);
    await subscribeTo(subscriber, [{ filter: "#", qos: 1 }]);
    const sent = Array.from({ length: 500 }, (_, index) => ({ topic: `t/${index % 7}`, payload: `${index}` }));
    publisher.send(...sent.map((each, index) => publish({ version, ...each, qos: 1, packetIdentifier: index + 1 })));
    expect(await messages(subscriber, 500)).toEqual(sent.map(({ topic, payload }) => `${topic}=${payload}`));
  });
});

describe("subscriptions of MQTT 3.x and 5.0 together", () => {
  it("gives each client the message in the words of its own version", async () => {
    const test = await startBroker();
    const clients = [await join(test, 3), await join(test, 4), await join(test, 5)];
    for (const client of clients) await subscribeTo(client, [{ filter: "t", qos: 1 }]);
    const publisher = await join(test, 5);
    await publishAcknowledged(publisher, "t", "x", { properties: { contentType: "text" } });
    const [from3, from4, from5] = (await Promise.all(clients.map((client) => publishes(client, 1)))).flat();
    expect(from3).toMatchObject({ topic: "t", payload: Buffer.from("x"), qos: 1, properties: NO_PROPERTIES });
    expect(from4).toMatchObject({ topic: "t", payload: Buffer.from("x"), qos: 1, properties: NO_PROPERTIES });
    expect(from5).toMatchObject({ topic: "t", payload: Buffer.from("x"), qos: 1, properties: { contentType: "text" } });
    for (const client of clients) client.send(puback(1));
    for (const client of clients) await client.expectNothing();
  });

  it("tells a publisher of 5.0 that nobody is there to get its message", async () => {
    const test = await startBroker();
    const client = await join(test);
    expect(await publishAcknowledged(client, "nobody")).toMatchObject({ reasonCode: 0x10 });
    client.send(publish({ topic: "nobody", qos: 2, packetIdentifier: 3 }));
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 3, reasonCode: 0x10 });
  });

  it("does not say so where somebody is there who cannot take it now", async () => {
    const test = await startBroker();
    const lasting = { clientIdentifier: "c", cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const offline = await test.connect(lasting);
    await subscribeTo(offline, [{ filter: "t", qos: 0 }]);
    await offline.close();
    const client = await join(test);
    expect(await publishAcknowledged(client, "t", "", { properties: { topicAlias: 1 } })).toMatchObject({
      reasonCode: 0,
    });
    expect(await publishAcknowledged(client, "", "", { properties: { topicAlias: 1 } })).toMatchObject({
      reasonCode: 0,
    });
    await subscribeTo(client, [{ filter: "own", noLocal: true }]);
    expect(await publishAcknowledged(client, "own")).toMatchObject({ reasonCode: 0 });
  });
});
