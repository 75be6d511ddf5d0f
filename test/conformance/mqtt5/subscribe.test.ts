import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { publishAcknowledged, publishes } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo } from "../../support/flows.ts";
import { puback, pubcomp, publish, pubrec, subscribe, unsubscribe } from "../../support/packets.ts";
import { enter, enterLasting } from "./clients.ts";

/** Subscriptions of MQTT 5.0 (§3.3.4, §3.8 to §3.11). */

describe("a subscription identifier", () => {
  it("[MQTT-3.3.4-5] comes with the copy of its own subscription, where there are several copies", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    for (const [filter, identifier] of [
      ["a/+", 1],
      ["$share/g/a/#", 2],
    ] as const) {
      client.send(subscribe({ subscriptions: [filter], properties: { subscriptionIdentifiers: [identifier] } }));
      await client.expect("suback");
    }
    client.send(subscribe({ subscriptions: ["$share/h/a/b"] }));
    await client.expect("suback");
    await publishAcknowledged(await enter(test, "p"), "a/b", "x");
    const copies = (await publishes(client, 3)).map(({ properties }) => properties.subscriptionIdentifiers ?? []);
    expect(copies.sort()).toEqual([[], [1], [2]]);
    await client.expectNothing();
  });
});

describe("a SUBSCRIBE to a filter that is there", () => {
  it("[MQTT-3.8.4-4] repeats the retained messages with Retain Handling 0", async () => {
    const test = await startBroker();
    await publishAcknowledged(await enter(test, "p"), "a", "kept", { retain: true });
    const client = await enter(test, "c");
    for (const qos of [0, 1, 2]) {
      client.send(subscribe({ subscriptions: [{ filter: "a", qos, retainHandling: 0 }] }));
      await client.expect("suback");
      expect(await client.expect("publish")).toMatchObject({ topic: "a", retain: true, qos: Math.min(qos, 1) });
    }
    await client.expectNothing();
  });

  it.each([
    [0, "#"],
    [1, "a"],
    [2, "+"],
  ])(
    "[MQTT-3.8.4-4] loses no message, nor brings one twice, with Retain Handling %i to %j",
    async (retainHandling, filter) => {
      const test = await startBroker();
      const client = await enter(test, "c");
      client.send(subscribe({ subscriptions: [{ filter, qos: 1 }] }));
      await client.expect("suback");
      const publisher = await enter(test, "p");
      for (let number = 0; number < 100; number++) {
        publisher.send(publish({ topic: "a", payload: `${number}` }));
        client.send(subscribe({ subscriptions: [{ filter, qos: number % 3, retainHandling }] }));
      }
      const received: string[] = [];
      for (let subacks = 0; subacks < 100 || received.length < 100; ) {
        const answer = await client.next();
        if (answer.type === "suback") subacks++;
        else if (answer.type === "publish") received.push(answer.payload.toString());
      }
      expect(received).toEqual(Array.from({ length: 100 }, (_, number) => `${number}`));
      await client.expectNothing();
    },
  );
});

describe("an UNSUBSCRIBE", () => {
  it("[MQTT-3.10.4-3] lets deliveries of QoS 1 and 2 that began run to their end", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 2);
    const publisher = await enter(test, "p");
    for (const qos of [1, 2, 2]) await publishFrom(publisher, "a", "x", { qos });
    const [one, two, three] = (await publishes(client, 3)).map(({ packetIdentifier }) => packetIdentifier);
    client.send(pubrec(two ?? 0));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier: two, reasonCode: 0 });
    client.send(unsubscribe({ filters: ["a"] }));
    expect(await client.expect("unsuback")).toMatchObject({ reasonCodes: [0] });
    await cut(test, client);
    const again = await enterLasting(test, "c");
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: two, reasonCode: 0 });
    expect(await publishes(again, 2)).toMatchObject([
      { packetIdentifier: one, payload: Buffer.from("x"), duplicate: true },
      { packetIdentifier: three, payload: Buffer.from("x"), duplicate: true },
    ]);
    again.send(puback(one ?? 0), pubcomp(two ?? 0), pubrec(three ?? 0));
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: three, reasonCode: 0 });
    again.send(pubcomp(three ?? 0));
    await again.expectNothing();
  });
});

describe("SUBACK and UNSUBACK", () => {
  const authorize = (_client: object, _action: string, topic: string): boolean => topic !== "secret";
  const options = { access: { authenticate: () => 0, authorize }, limits: { maximumSubscriptions: 3 } };

  it("[MQTT-3.8.4-7] [MQTT-3.9.3-2] say for each filter the QoS granted, or a failure of their table", async () => {
    const client = await enter(await startBroker(options), "c");
    const filters = ["a", "secret", "b", "a/#/b", "$share/g", "c", "one too many"];
    client.send(subscribe({ subscriptions: filters.map((filter, index) => ({ filter, qos: index % 3 })) }));
    const { reasonCodes } = await client.expect("suback");
    expect(reasonCodes).toEqual([0, 0x87, 2, 0x8f, 0x8f, 2, 0x97]);
  });

  it("[MQTT-3.11.3-1] [MQTT-3.11.3-2] say for each filter whether there was a subscription, in order", async () => {
    const client = await enter(await startBroker(options), "c");
    client.send(subscribe({ subscriptions: ["a", "b", "$share/g/c"] }));
    await client.expect("suback");
    client.send(unsubscribe({ filters: ["none", "b", "b", "$share/g/c", "$share/h/c", "a/#/b", "a", "c"] }));
    const { reasonCodes } = await client.expect("unsuback");
    expect(reasonCodes).toEqual([0x11, 0, 0x11, 0, 0x11, 0x11, 0, 0x11]);
  });
});
