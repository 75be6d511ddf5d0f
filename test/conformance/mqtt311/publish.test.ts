import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { publishes, subscribeTo as subscribeToAll } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo, takeMessage } from "../../support/flows.ts";
import { pingreq } from "../../support/packets.ts";
import { enter, enterLasting, expectDropped, publish } from "./clients.ts";

/** PUBLISH of MQTT 3.1.1 (§3.3). */

describe("DUP", () => {
  it("[MQTT-3.3.1-1 of 3.1.1] is set when a message is sent again", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 2);
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a", "1", { qos: 1 });
    await publishFrom(publisher, "a", "2", { qos: 2 });
    expect(await publishes(client, 2)).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    await cut(test, client);
    expect(await publishes(await enterLasting(test, "c"), 2)).toMatchObject([
      { qos: 1, duplicate: true },
      { qos: 2, duplicate: true },
    ]);
  });

  it.each([1, 2])(
    "[MQTT-3.3.1-2 of 3.1.1] is never set with QoS 0, where the publisher's message of QoS %i had it",
    async (qos) => {
      const test = await startBroker();
      const receiver = await enter(test, "r");
      await subscribeTo(receiver, "a", 0);
      const publisher = await enter(test, "p");
      publisher.send(publish({ topic: "a", qos, duplicate: true }));
      await receiver.expect("publish");
      expect(receiver.bytes().at(-5)).toBe(0x30);
    },
  );

  it.each([1, 2])(
    "[MQTT-3.3.1-3 of 3.1.1] of the publisher with QoS %i does not go on to receivers, nor does its absence",
    async (qos) => {
      const test = await startBroker();
      const receiver = await enterLasting(test, "r");
      await subscribeTo(receiver, "a", 2);
      const publisher = await enter(test, "p");
      publisher.send(publish({ topic: "a", qos, packetIdentifier: 1, duplicate: true }));
      publisher.send(publish({ topic: "a", qos, packetIdentifier: 2, duplicate: false }));
      expect(await publishes(receiver, 2)).toMatchObject([
        { qos, duplicate: false },
        { qos, duplicate: false },
      ]);
      await cut(test, receiver);
      expect(await publishes(await enterLasting(test, "r"), 2)).toMatchObject([
        { duplicate: true },
        { duplicate: true },
      ]);
    },
  );
});

describe("a PUBLISH", () => {
  it("[MQTT-3.3.1-4 of 3.1.1] with QoS 3 closes the connection", async () => {
    const test = await startBroker();
    for (const duplicate of [false, true]) await expectDropped(test, publish({ topic: "a", qos: 3, duplicate }));
  });

  it.each(["#", "+", "a/#", "a/+/b", "a+", "#a"])(
    "[MQTT-3.3.2-2 of 3.1.1] [MQTT-4.7.1-1 of 3.1.1] to the topic name %j closes the connection",
    async (topic) => {
      const test = await startBroker();
      const witness = await enter(test, "w");
      await subscribeTo(witness, "#");
      await expectDropped(test, publish({ topic }));
      await witness.expectNothing();
    },
  );

  it("[MQTT-3.3.2-3 of 3.1.1] is delivered with its topic name, to matching filters only", async () => {
    const test = await startBroker();
    const receiver = await enter(test, "r");
    await subscribeToAll(receiver, ["a/+", "b/#", "c"]);
    const publisher = await enter(test, "p");
    for (const topic of ["a", "a/1", "a/1/2", "b", "b/1/2", "c", "c/1", "d"]) await publishFrom(publisher, topic, "x");
    expect((await publishes(receiver, 4)).map(({ topic }) => topic)).toEqual(["a/1", "b", "b/1/2", "c"]);
    await receiver.expectNothing();
  });

  it("[MQTT-3.3.4-1 of 3.1.1] is answered by its QoS: not at all, by PUBACK, by PUBREC", async () => {
    const client = await enter(await startBroker(), "c");
    client.send(publish({ topic: "a", qos: 0 }));
    await client.expectNothing();
    client.send(publish({ topic: "a", qos: 1, packetIdentifier: 5 }));
    expect(await client.expect("puback")).toMatchObject({ packetIdentifier: 5 });
    client.send(publish({ topic: "a", qos: 2, packetIdentifier: 6 }));
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 6 });
    await client.expectNothing();
  });

  it.each([
    [0, 2, 1],
    [2, 1, 0],
    [1, 0, 1],
    [0, 0, 0],
  ])(
    "[MQTT-3.3.5-1 of 3.1.1] to overlapping subscriptions of QoS %i, %i and %i comes at the highest of them",
    async (...granted) => {
      const test = await startBroker();
      const receiver = await enter(test, "r");
      const filters = ["a/b", "a/+", "#"];
      await subscribeToAll(
        receiver,
        filters.map((filter, index) => ({ filter, qos: granted[index] ?? 0 })),
      );
      await publishFrom(await enter(test, "p"), "a/b", "x", { qos: 2 });
      receiver.send(pingreq());
      const received: number[] = [];
      for (let packet = await receiver.next(); packet.type === "publish"; packet = await receiver.next()) {
        received.push(packet.qos);
      }
      expect(Math.max(...received)).toBe(Math.max(...granted));
    },
  );

  it.each([0, 1, 2])(
    "[MQTT-3.3.5-2 of 3.1.1] without the right to, of QoS %i, reaches nobody and is acknowledged like any other",
    async (qos) => {
      const authorize = (_client: object, action: string, topic: string): boolean =>
        action === "subscribe" || topic === "ok";
      const test = await startBroker({ access: { authenticate: () => 0, authorize } });
      const witness = await enter(test, "w");
      await subscribeTo(witness, "#");
      const publisher = await enter(test, "p");
      await publishFrom(publisher, "secret", "x", { qos, retain: true });
      await publishFrom(publisher, "ok", "x", { qos });
      expect(await takeMessage(witness)).toMatchObject({ topic: "ok" });
      expect(test.broker.gauges.retainedMessages).toBe(0);
    },
  );
});
