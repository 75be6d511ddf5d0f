import { expect, it } from "vitest";
import { startDurable } from "../support/durable.ts";
import { publishAcknowledged, publishes, retainEnd, retainedFor, subscribeTo } from "../support/exchange.ts";
import { publishFrom } from "../support/flows.ts";
import { publish } from "../support/packets.ts";
import { holdTime, pass } from "../support/time.ts";

it("[MQTT-3.3.1-5] after a crash retained messages of all QoS are there, with what they held last", async () => {
  const before = await startDurable();
  const publisher = await before.connect();
  for (const qos of [0, 1, 2]) await publishFrom(publisher, `t/${qos}`, "old", { qos, retain: true });
  for (const qos of [2, 1, 0]) await publishFrom(publisher, `t/${qos}`, `new ${qos}`, { qos, retain: true });
  await before.kept();
  const test = await before.restart();
  const client = await test.connect();
  await subscribeTo(client, [{ filter: "t/+", qos: 2 }]);
  const messages = await publishes(client, 3);
  expect(messages.map(({ topic, payload, qos, retain }) => `${topic} ${payload} ${qos} ${retain}`).sort()).toEqual([
    "t/0 new 0 0 true",
    "t/1 new 1 1 true",
    "t/2 new 2 2 true",
  ]);
  await client.expectNothing();
});

it("[MQTT-3.3.1-6] [MQTT-3.3.1-7] after a crash a retained message that was removed is not there, nor one that came and went", async () => {
  let test = await startDurable();
  const publisher = await test.connect();
  await publishAcknowledged(publisher, "a", "x", { retain: true });
  await publishAcknowledged(publisher, "b", "x", { retain: true });
  await publishAcknowledged(publisher, "a", "", { retain: true });
  test = await test.restart();
  const again = await test.connect();
  // Restored ones can be removed, too.
  for (const payload of ["x", ""]) await publishAcknowledged(again, "c", payload, { retain: true });
  retainEnd(test);
  await publishAcknowledged(again, "b", "", { retain: true });
  test = await test.restart();
  expect(await retainedFor(await test.connect(), ["#"])).toEqual([]);
  expect(await test.rowsLeft()).toEqual({ messages: 1, retained: 1 });
});

it("[MQTT-3.3.2-4] [MQTT-3.3.2-6] [MQTT-3.3.2-17] [MQTT-3.3.2-18] after a crash they have their properties, and what is left of their Message Expiry Interval", async () => {
  holdTime();
  const before = await startDurable();
  const publisher = await before.connect();
  const properties = {
    payloadFormatIndicator: 1,
    contentType: "x/y",
    responseTopic: "r",
    correlationData: Buffer.from([0, 255]),
    userProperties: [
      ["z", "1"],
      ["a", "2"],
    ] as [string, string][],
  };
  await publishAcknowledged(publisher, "a", "x", { retain: true, properties });
  await publishAcknowledged(publisher, "b", "x", { retain: true, properties: { messageExpiryInterval: 60 } });
  await publishAcknowledged(publisher, "gone", "x", { retain: true, properties: { messageExpiryInterval: 20 } });
  await before.crash();
  pass(25);
  const test = await before.restart();
  const client = await test.connect();
  await subscribeTo(client, ["#"]);
  const messages = await publishes(client, 2);
  const found = Object.fromEntries(messages.map((message) => [message.topic, message.properties]));
  expect(found).toEqual({ a: properties, b: { messageExpiryInterval: 35 } });
  await client.expectNothing();
  pass(3);
  expect(test.broker.gauges.retainedMessages).toBe(2);
});

it("[MQTT-3.8.3-3] after a crash No Local still knows who retained a message", async () => {
  const before = await startDurable();
  await publishAcknowledged(await before.connect({ clientIdentifier: "me" }), "a", "own", { retain: true });
  await publishAcknowledged(await before.connect({ clientIdentifier: "you" }), "b", "other", { retain: true });
  const test = await before.restart();
  const client = await test.connect({ clientIdentifier: "me" });
  await subscribeTo(client, [{ filter: "#", noLocal: true }]);
  expect((await publishes(client, 1))[0]).toMatchObject({ topic: "b" });
  await client.expectNothing();
});

it("topics may be longer than a key of the database, and differ at their end only", async () => {
  const topics = ["x", "y"].map((end) => `${"t".repeat(30_000)}/${end}`);
  let test = await startDurable();
  for (const topic of topics) await publishAcknowledged(await test.connect(), topic, topic.slice(-1), { retain: true });
  test = await test.restart();
  const publisher = await test.connect();
  expect((await retainedAt(test, topics[0] ?? "")).payload.toString()).toBe("x");
  expect((await retainedAt(test, topics[1] ?? "")).payload.toString()).toBe("y");
  await publishAcknowledged(publisher, topics[0] ?? "", "", { retain: true });
  test = await test.restart();
  expect(test.broker.gauges.retainedMessages).toBe(1);
  expect((await retainedAt(test, topics[1] ?? "")).payload.toString()).toBe("y");
});

it("thousands of them come back", async () => {
  const before = await startDurable();
  for (let i = 0; i < 5_000; i++) before.broker.publish(`many/${i}`, `${i}`, { retain: true });
  await before.kept();
  const test = await before.restart();
  expect(test.broker.gauges.retainedMessages).toBe(5_000);
  retainEnd(test);
  const found = await retainedFor(await test.connect(), ["many/+"]);
  expect(new Set(found).size).toBe(5_000);
});

it("a message of QoS 0 that is retained is kept without anybody who waits for it", async () => {
  const before = await startDurable();
  const publisher = await before.connect();
  publisher.send(publish({ topic: "a", payload: "x", retain: true }));
  await publisher.expectNothing();
  await before.kept();
  const test = await before.restart();
  expect(test.broker.gauges.retainedMessages).toBe(1);
});

async function retainedAt(test: Awaited<ReturnType<typeof startDurable>>, topic: string) {
  const client = await test.connect();
  await subscribeTo(client, [topic]);
  return client.expect("publish");
}
