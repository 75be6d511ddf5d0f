import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import {
  join,
  messages,
  publishAcknowledged,
  publishes,
  retainEnd,
  retainedFor,
  subscribeTo,
  unsubscribeFrom,
} from "../support/exchange.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { publish } from "../support/packets.ts";

describe("subscription options of 5.0", () => {
  it("[MQTT-3.8.3-3] sends a client with No Local none of its own messages", async () => {
    const test = await startBroker();
    const client = await join(test);
    const other = await join(test);
    await subscribeTo(client, [{ filter: "t", qos: 1, noLocal: true }]);
    client.send(publish({ topic: "t", payload: "own" }));
    expect(await publishAcknowledged(client, "t", "own")).toMatchObject({ packetIdentifier: 200 });
    await publishAcknowledged(other, "t", "another's");
    expect(await messages(client, 1)).toEqual(["t=another's"]);
    await client.expectNothing();
  });

  it("[MQTT-3.8.3-3] No Local counts by client identifier, across connections", async () => {
    const test = await startBroker();
    const connect = { clientIdentifier: "me", cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = await test.connect(connect);
    await subscribeTo(first, [{ filter: "t", qos: 1, noLocal: true }]);
    await first.close();
    const second = await test.connect(connect);
    await publishAcknowledged(second, "t", "own");
    await second.expectNothing();
  });

  it("[MQTT-3.8.3-3] sends a client with No Local no retained message of its own", async () => {
    const test = await startBroker();
    const client = await join(test);
    const other = await join(test);
    await publishAcknowledged(client, "own", "x", { retain: true });
    await publishAcknowledged(other, "another's", "x", { retain: true });
    retainEnd(test);
    expect(await retainedFor(client, [{ filter: "#", qos: 1, noLocal: true }])).toEqual(["another's=x"]);
  });

  it("[MQTT-3.8.4-4] [MQTT-3.8.4-5] a filter that stands twice in one SUBSCRIBE brings its retained messages twice", async () => {
    const test = await startBroker();
    const client = await join(test);
    await publishAcknowledged(client, "t", "x", { retain: true });
    retainEnd(test);
    const twice = [{ filter: "t" }, { filter: "t" }];
    expect(await retainedFor(client, twice)).toEqual(["t=x", "t=x"]);
  });

  it("[MQTT-3.8.3-3] a subscription without No Local still gets what one with it does not", async () => {
    const test = await startBroker();
    const client = await join(test);
    await subscribeTo(client, [{ filter: "a/#", qos: 2, noLocal: true }], { subscriptionIdentifiers: [1] });
    await subscribeTo(client, [{ filter: "+/b", qos: 0 }], { subscriptionIdentifiers: [2] });
    client.send(publish({ topic: "a/b", payload: "x" }));
    expect(await client.expect("publish")).toMatchObject({ qos: 0, properties: { subscriptionIdentifiers: [2] } });
    await client.expectNothing();
  });

  it("[MQTT-3.3.1-12] [MQTT-3.3.1-13] forwards RETAIN as published only to those who ask for it", async () => {
    const test = await startBroker();
    const [asPublished, cleared] = [await join(test), await join(test)];
    await subscribeTo(asPublished, [{ filter: "t", retainAsPublished: true }]);
    await subscribeTo(cleared, [{ filter: "t", retainAsPublished: false }]);
    const publisher = await join(test);
    publisher.send(publish({ topic: "t", payload: "1", retain: true }), publish({ topic: "t", payload: "2" }));
    expect((await publishes(asPublished, 2)).map(({ retain }) => retain)).toEqual([true, false]);
    expect((await publishes(cleared, 2)).map(({ retain }) => retain)).toEqual([false, false]);
  });

  it.each([
    ["[MQTT-3.3.1-9]", 0, ["t=kept", "t=kept"]],
    ["[MQTT-3.3.1-10]", 1, ["t=kept"]],
    ["[MQTT-3.3.1-11]", 2, []],
  ])(
    "%s retain handling %i: retained messages for a new and a repeated subscription",
    async (_tag, retainHandling, expected) => {
      const test = await startBroker();
      const client = await join(test);
      await publishAcknowledged(client, "t", "kept", { retain: true });
      retainEnd(test);
      const subscriptions = [{ filter: "t", retainHandling }];
      const first = await retainedFor(client, subscriptions);
      const second = await retainedFor(client, subscriptions);
      expect([...first, ...second]).toEqual(expected);
    },
  );

  it("[MQTT-3.3.1-10] a subscription that was ended counts as new with retain handling 1", async () => {
    const test = await startBroker();
    const client = await join(test);
    await publishAcknowledged(client, "t", "kept", { retain: true });
    await subscribeTo(client, [{ filter: "t", retainHandling: 2 }]);
    await unsubscribeFrom(client, ["t"]);
    await subscribeTo(client, [{ filter: "t", retainHandling: 1 }]);
    expect(await client.expect("publish")).toMatchObject({ retain: true, payload: Buffer.from("kept") });
  });

  it("[MQTT-3.8.4-3] the options and the identifier of the last SUBSCRIBE count", async () => {
    const test = await startBroker();
    const client = await join(test);
    await subscribeTo(client, [{ filter: "t", noLocal: true, qos: 1 }], { subscriptionIdentifiers: [7] });
    await subscribeTo(client, [{ filter: "t", retainAsPublished: true }]);
    client.send(publish({ topic: "t", payload: "x", qos: 1, retain: true }));
    expect(await client.expect("publish")).toMatchObject({ qos: 0, retain: true, properties: NO_PROPERTIES });
  });
});

describe("overlapping subscriptions", () => {
  it("[MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] give one copy at the highest QoS with every identifier", async () => {
    const test = await startBroker();
    const client = await join(test);
    await subscribeTo(client, [{ filter: "a/#", qos: 1 }], { subscriptionIdentifiers: [1] });
    await subscribeTo(client, [{ filter: "a/+", qos: 2 }], { subscriptionIdentifiers: [268_435_455] });
    await subscribeTo(client, [{ filter: "a/b", qos: 0 }]);
    await subscribeTo(client, [{ filter: "+/b", qos: 0 }], { subscriptionIdentifiers: [1] });
    const publisher = await join(test);
    publisher.send(publish({ topic: "a/b", payload: "x", qos: 2 }));
    const message = await client.expect("publish");
    expect(message).toMatchObject({ topic: "a/b", qos: 2 });
    expect(message.properties.subscriptionIdentifiers?.toSorted()).toEqual([1, 1, 268_435_455]);
    await client.expectNothing();
  });

  it("[MQTT-3.3.1-13] keep RETAIN where one of them asks for it", async () => {
    const test = await startBroker();
    const client = await join(test);
    await subscribeTo(client, ["t/#", { filter: "+", retainAsPublished: true }]);
    client.send(publish({ topic: "t", payload: "x", retain: true }));
    expect(await client.expect("publish")).toMatchObject({ retain: true });
    await client.expectNothing();
  });

  it("[MQTT-3.3.5-1 of 3.1.1] give one copy at the highest QoS", async () => {
    const test = await startBroker();
    const client = await join(test, 4);
    await subscribeTo(client, [{ filter: "a/#", qos: 1 }, { filter: "+/b", qos: 2 }, "a/b"]);
    client.send(publish({ version: 4, topic: "a/b", payload: "x", qos: 2 }));
    expect(await client.expect("publish")).toMatchObject({ qos: 2 });
    await client.expect("pubrec");
    await client.expectNothing();
  });
});

describe("subscription identifiers of 5.0", () => {
  it("go with retained messages as well, and with all filters of their SUBSCRIBE", async () => {
    const test = await startBroker();
    const client = await join(test);
    await publishAcknowledged(client, "a", "kept", { retain: true });
    await subscribeTo(client, ["a", "b"], { subscriptionIdentifiers: [128] });
    expect(await client.expect("publish")).toMatchObject({ properties: { subscriptionIdentifiers: [128] } });
    client.send(publish({ topic: "b" }));
    expect(await client.expect("publish")).toMatchObject({ properties: { subscriptionIdentifiers: [128] } });
  });

  it("go with messages that waited for the client", async () => {
    const test = await startBroker();
    const connect = { clientIdentifier: "c", cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = await test.connect(connect);
    await subscribeTo(first, [{ filter: "t", qos: 1 }], { subscriptionIdentifiers: [9] });
    await first.close();
    await publishAcknowledged(await join(test), "t", "x");
    const second = await test.connect(connect);
    expect(await second.expect("publish")).toMatchObject({ properties: { subscriptionIdentifiers: [9] } });
  });
});
