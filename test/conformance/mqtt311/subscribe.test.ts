import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { messages, publishes } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo } from "../../support/flows.ts";
import { pingreq } from "../../support/packets.ts";
import { field, packet, u8, u16 } from "../../support/wire.ts";
import { enter, enterLasting, expectDropped, publish, subscribe } from "./clients.ts";

/** SUBSCRIBE and SUBACK of MQTT 3.1.1 (§3.8, §3.9), and PINGREQ (§3.12). */

describe("a SUBSCRIBE", () => {
  it("[MQTT-3.8.3-2 of 3.1.1] with wildcards is taken, as this server has them", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    client.send(subscribe(["a/+", "b/#", "+/c"]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: [0, 0, 0] });
    const publisher = await enter(test, "p");
    for (const topic of ["a/x", "b/x/y", "x/c"]) await publishFrom(publisher, topic, "");
    expect((await publishes(client, 3)).map(({ topic }) => topic)).toEqual(["a/x", "b/x/y", "x/c"]);
  });

  it("[MQTT-3.8.3-3 of 3.1.1] without a filter closes the connection", async () => {
    await expectDropped(await startBroker(), subscribe([]));
  });

  it("[MQTT-3.8.3-4 of 3.1.1] with QoS 3 or a reserved bit closes the connection", async () => {
    const test = await startBroker();
    for (const options of [3, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff]) {
      await expectDropped(test, subscribe(["good", { filter: "a", options }]), pingreq());
    }
    for (const options of [0, 1, 2]) await subscribeTo(await enter(test, `control${options}`), "a", options);
  });

  it("[MQTT-3.8.4-1 of 3.1.1] [MQTT-3.8.4-2 of 3.1.1] is answered by a SUBACK with its packet identifier, each", async () => {
    const client = await enter(await startBroker(), "c");
    const identifiers = [7, 65_535, 1, 0x0102];
    client.send(...identifiers.map((packetIdentifier) => subscribe(["a"], { packetIdentifier })));
    for (const packetIdentifier of identifiers)
      expect(await client.expect("suback")).toMatchObject({ packetIdentifier });
    await client.expectNothing();
  });

  it("[MQTT-3.8.4-3 of 3.1.1] to a filter that is there replaces its QoS, repeats retained messages, and misses no message", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a/kept", "retained", { retain: true });
    const client = await enter(test, "c");
    await subscribeTo(client, "a/+", 0);
    expect(await client.expect("publish")).toMatchObject({ topic: "a/kept", retain: true, qos: 0 });
    await subscribeTo(client, "a/+", 2);
    expect(await client.expect("publish")).toMatchObject({ topic: "a/kept", retain: true, qos: 1 });
    await publishFrom(publisher, "a/x", "once", { qos: 2 });
    expect(await client.expect("publish")).toMatchObject({ topic: "a/x", retain: false, qos: 2 });
    await client.expectNothing();
  });

  it("[MQTT-3.8.4-3 of 3.1.1] again and again, between the messages of another client, misses none of them", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    await subscribeTo(client, "a", 1);
    const publisher = await enter(test, "p");
    for (let number = 0; number < 50; number++) {
      publisher.send(publish({ topic: "a", payload: `${number}` }));
      client.send(subscribe([{ filter: "a", qos: number % 3 }]));
    }
    const received: string[] = [];
    for (let subacks = 0; subacks < 50 || received.length < 50; ) {
      const answer = await client.next();
      if (answer.type === "suback") subacks++;
      else if (answer.type === "publish") received.push(answer.payload.toString());
    }
    expect(received).toEqual(Array.from({ length: 50 }, (_, number) => `${number}`));
  });

  it("[MQTT-3.8.4-4 of 3.1.1] with several filters is like several ones, and answered by one SUBACK", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    client.send(subscribe(["a", { filter: "b", qos: 1 }, "a", { filter: "a", qos: 2 }]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: [0, 1, 0, 2] });
    await client.expectNothing();
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a", "1", { qos: 2 });
    await publishFrom(publisher, "b", "2", { qos: 2 });
    expect(await publishes(client, 2)).toMatchObject([
      { topic: "a", qos: 2 },
      { topic: "b", qos: 1 },
    ]);
    await client.expectNothing();
  });

  it("[MQTT-3.8.4-5 of 3.1.1] [MQTT-3.9.3-1 of 3.1.1] [MQTT-3.9.3-2 of 3.1.1] gets a code for each filter in order: the QoS, or 0x80", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    client.send(subscribe([{ filter: "a", qos: 2 }, "a/#/b", { filter: "b", qos: 1 }, "a+", "c"]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: [2, 0x80, 1, 0x80, 0] });
  });

  it("[MQTT-3.9.3-2 of 3.1.1] gets no other code for no right to subscribe, nor for too many subscriptions", async () => {
    const authorize = (_client: object, _action: string, topic: string): boolean => topic !== "secret";
    const access = { authenticate: () => 0, authorize };
    const client = await enter(await startBroker({ access, limits: { maximumSubscriptions: 1 } }), "c");
    client.send(subscribe(["secret", { filter: "a", qos: 2 }, "one too many"]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: [0x80, 2, 0x80] });
  });

  it.each([0, 1, 2].flatMap((qos) => [0, 1, 2].map((granted) => [qos, granted] as const)))(
    "[MQTT-3.8.4-6 of 3.1.1] brings messages of QoS %i, granted QoS %i, at the lower of them",
    async (qos, granted) => {
      const test = await startBroker();
      const client = await enter(test, "c");
      await subscribeTo(client, "a", granted);
      await publishFrom(await enter(test, "p"), "a", "x", { qos });
      expect(await client.expect("publish")).toMatchObject({ qos: Math.min(qos, granted) });
      await client.expectNothing();
    },
  );

  it("[MQTT-3.8.4-6 of 3.1.1] counts by the QoS granted also for messages that waited", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 1);
    await cut(test, client);
    await publishFrom(await enter(test, "p"), "a", "x", { qos: 2 });
    expect(await (await enterLasting(test, "c")).expect("publish")).toMatchObject({ qos: 1 });
  });
});

describe("a topic filter", () => {
  it.each(["a#", "a/#/b", "#/a", "##", "a/b#", "/#/"])("[MQTT-4.7.1-2 of 3.1.1] like %j is refused", async (filter) => {
    const client = await enter(await startBroker(), "c");
    client.send(subscribe([filter]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: [0x80] });
  });

  it.each(["a+", "+a", "a/+b", "a/b+/c", "++", "+#"])("[MQTT-4.7.1-3 of 3.1.1] like %j is refused", async (filter) => {
    const client = await enter(await startBroker(), "c");
    client.send(subscribe([filter]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: [0x80] });
  });

  it("[MQTT-4.7.1-2 of 3.1.1] [MQTT-4.7.1-3 of 3.1.1] with its wildcards where they may be is granted", async () => {
    const client = await enter(await startBroker(), "c");
    client.send(subscribe(["#", "a/#", "/#", "+", "+/+", "/+", "a/+/b", "+/a/#"]));
    expect(await client.expect("suback")).toMatchObject({ reasonCodes: Array(8).fill(0) });
  });

  it("[MQTT-4.7.3-1 of 3.1.1] or topic name of no character closes the connection", async () => {
    const test = await startBroker();
    await expectDropped(test, subscribe(["a", ""]));
    await expectDropped(test, packet(0xa2, u16(1), field("a"), field("")));
    await expectDropped(test, packet(0x30, field("")));
  });

  it("[MQTT-4.7.2-1 of 3.1.1] that begins with a wildcard does not match topics that begin with $", async () => {
    const test = await startBroker();
    const [wild, named] = [await enter(test, "w"), await enter(test, "n")];
    wild.send(subscribe(["#", "+/x", "+", "+/#"]));
    await wild.expect("suback");
    named.send(subscribe(["$x/#"]));
    await named.expect("suback");
    for (const topic of ["$x/x", "$x", "a/$x"]) test.broker.publish(topic, "1");
    expect(await messages(named, 2)).toEqual(["$x/x=1", "$x=1"]);
    expect(await messages(wild, 1)).toEqual(["a/$x=1"]);
    await wild.expectNothing();
  });

  it("[MQTT-4.7.3-3 of 3.1.1] and topic name may have 65,535 bytes", async () => {
    const test = await startBroker();
    const longest = "x".repeat(65_535);
    const client = await enter(test, "c");
    await subscribeTo(client, longest);
    await publishFrom(await enter(test, "p"), longest, "1");
    expect((await client.expect("publish")).topic).toBe(longest);
  });

  it.each([
    ["a", "A"],
    ["é", "e\u0301"],
    ["a b", "a%20b"],
    ["\ufb01", "fi"],
    ["a/b", "a//b"],
    ["a", "a/"],
    ["a", "/a"],
    ["a\\b", "a/b"],
  ])("[MQTT-4.7.3-4 of 3.1.1] %j does not match %j, but itself", async (filter, other) => {
    const test = await startBroker();
    const client = await enter(test, "c");
    await subscribeTo(client, filter);
    const publisher = await enter(test, "p");
    await publishFrom(publisher, other, "no");
    await publishFrom(publisher, filter, "yes");
    expect(await messages(client, 1)).toEqual([`${filter}=yes`]);
    await client.expectNothing();
  });
});

it("[MQTT-3.12.4-1 of 3.1.1] a PINGREQ is answered by a PINGRESP, each", async () => {
  const client = await enter(await startBroker(), "c");
  client.send(pingreq(), pingreq(), packet(0x82, u16(1), field("a"), u8(0)), pingreq());
  const types = [];
  for (let count = 0; count < 4; count++) types.push((await client.next()).type);
  expect(types).toEqual(["pingresp", "pingresp", "suback", "pingresp"]);
  await client.expectNothing();
});
