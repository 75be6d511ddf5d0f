import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { cut, publishFrom, subscribeTo, takePayloads } from "../support/flows.ts";
import type { ConnectOptions, Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

function lasting(version: Version, options: ConnectOptions = {}): ConnectOptions {
  const properties = { sessionExpiryInterval: 0xffffffff };
  return { version, clientIdentifier: "c", cleanStart: false, ...(version === 5 && { properties }), ...options };
}

/** A client that subscribed with QoS 2 to everything below `a` and is offline now. Gives the client that publishes. */
async function withOfflineSubscriber(test: TestBroker, version: Version): Promise<RawClient> {
  const subscriber = await test.connect(lasting(version));
  await subscribeTo(subscriber, "a/#", 2);
  await subscriber.close();
  return test.connect({ version, clientIdentifier: "publisher" });
}

describe.each<Version>([3, 4, 5])("messages for an offline session at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.2-5] [MQTT-4.5.0-1] [MQTT-4.6.0-6] [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.1.2-5 of 3.1.1] [MQTT-4.5.0-1 of 3.1.1] [MQTT-4.6.0-5 of 3.1.1] QoS 1 and 2 wait and come in order, without DUP; QoS 0 do not wait", async () => {
    const test = await startBroker();
    const publisher = await withOfflineSubscriber(test, version);
    for (const [index, qos] of [1, 0, 2, 1, 0, 2].entries()) await publishFrom(publisher, "a/b", `${index}`, { qos });
    const subscriber = await test.connect(lasting(version));
    for (const [payload, qos] of [
      ["0", 1],
      ["2", 2],
      ["3", 1],
      ["5", 2],
    ] as const) {
      expect(await subscriber.expect("publish")).toMatchObject({
        payload: Buffer.from(payload),
        qos,
        duplicate: false,
        retain: false,
      });
    }
    await subscriber.expectNothing();
  });

  it("come before what is published once the client is back", async () => {
    const test = await startBroker();
    const publisher = await withOfflineSubscriber(test, version);
    const expected = Array.from({ length: 50 }, (_, index) => `${index}`);
    for (const payload of expected) await publishFrom(publisher, "a/b", payload);
    const subscriber = await test.connect(lasting(version));
    await publishFrom(publisher, "a/b", "live");
    expect(await takePayloads(subscriber, 51)).toEqual([...expected, "live"]);
  });

  it("over the limit: the newest is dropped and counted, the publisher acknowledged", async () => {
    const test = await startBroker({ limits: { maximumQueuedMessages: 2 } });
    const publisher = await withOfflineSubscriber(test, version);
    for (const payload of ["1", "2", "3"]) await publishFrom(publisher, "a/b", payload);
    expect(test.broker.statistics.messagesDroppedQueueFull).toBe(1);
    const subscriber = await test.connect(lasting(version));
    expect(await takePayloads(subscriber, 2)).toEqual(["1", "2"]);
    await subscriber.expectNothing();
  });

  it("QoS 0 wait too where the broker is told so", async () => {
    const test = await startBroker({ limits: { queueQos0Messages: true } });
    const publisher = await withOfflineSubscriber(test, version);
    for (const [index, qos] of [0, 1, 0].entries()) await publishFrom(publisher, "a/b", `${index}`, { qos });
    const subscriber = await test.connect(lasting(version));
    expect(await takePayloads(subscriber, 3)).toEqual(["0", "1", "2"]);
    await subscriber.expectNothing();
  });

  it("[MQTT-4.6.0-6] [MQTT-4.6.0-6 of 3.1.1] no QoS 0 message overtakes those that wait for acknowledgements before them", async () => {
    const test = await startBroker({ limits: { queueQos0Messages: true, maximumInflightMessages: 1 } });
    const publisher = await withOfflineSubscriber(test, version);
    for (const [index, qos] of [1, 1, 0].entries()) await publishFrom(publisher, "a/b", `${index}`, { qos });
    const subscriber = await test.connect(lasting(version));
    await publishFrom(publisher, "a/b", "3", { qos: 0 });
    expect(await takePayloads(subscriber, 4)).toEqual(["0", "1", "2", "3"]);
    await publishFrom(publisher, "a/b", "4", { qos: 0 });
    expect(await takePayloads(subscriber, 1)).toEqual(["4"]);
  });

  it("over the limit the oldest QoS 0 message makes room first", async () => {
    const test = await startBroker({ limits: { queueQos0Messages: true, maximumQueuedMessages: 3 } });
    const publisher = await withOfflineSubscriber(test, version);
    for (const [index, qos] of [1, 0, 0, 1, 1, 1].entries()) await publishFrom(publisher, "a/b", `${index}`, { qos });
    expect(test.broker.statistics.messagesDroppedQueueFull).toBe(3);
    const subscriber = await test.connect(lasting(version));
    expect(await takePayloads(subscriber, 3)).toEqual(["0", "3", "4"]);
  });

  it("a message that found room counts as taken, even when another had to make it", async () => {
    const test = await startBroker({ limits: { queueQos0Messages: true, maximumQueuedMessages: 1 } });
    await withOfflineSubscriber(test, version);
    expect(test.broker.publish("a/b", "0", { qos: 0 })).toBe(1);
    expect(test.broker.publish("a/b", "1", { qos: 1 })).toBe(1);
    expect(test.broker.publish("a/b", "2", { qos: 1 })).toBe(0);
    const subscriber = await test.connect(lasting(version));
    expect(await takePayloads(subscriber, 1)).toEqual(["1"]);
    await subscriber.expectNothing();
  });

  it("none wait where the limit is 0", async () => {
    const test = await startBroker({ limits: { maximumQueuedMessages: 0 } });
    const publisher = await withOfflineSubscriber(test, version);
    await publishFrom(publisher, "a/b", "x");
    const subscriber = await test.connect(lasting(version));
    await subscriber.expectNothing();
    await publishFrom(publisher, "a/b", "live");
    expect(await takePayloads(subscriber, 1)).toEqual(["live"]);
  });

  it("wait again when the connection is cut before they were taken", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 2 } });
    const publisher = await withOfflineSubscriber(test, version);
    for (const payload of ["1", "2", "3", "4"]) await publishFrom(publisher, "a/b", payload);
    const first = await test.connect(lasting(version));
    await first.expect("publish");
    await first.expect("publish");
    await first.expectNothing();
    await cut(test, first);
    const second = await test.connect(lasting(version));
    expect(await takePayloads(second, 4)).toEqual(["1", "2", "3", "4"]);
  });
});

it("a queue of many thousand messages comes out complete and in order", async () => {
  const test = await startBroker();
  await withOfflineSubscriber(test, 5);
  const count = 5_000;
  for (let index = 0; index < count; index++) test.broker.publish("a/b", `${index}`, { qos: 1 });
  const subscriber = await test.connect(lasting(5), { autoAck: true });
  const received: number[] = [];
  while (received.length < count) received.push(Number((await subscriber.expect("publish")).payload.toString()));
  expect(received).toEqual(Array.from({ length: count }, (_, index) => index));
});
