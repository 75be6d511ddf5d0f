import { describe, expect, it } from "vitest";
import { type DurableBroker, type DurableOptions, lasting, resume, startDurable } from "../support/durable.ts";
import { publishFrom, subscribeTo } from "../support/flows.ts";
import { puback, publish } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";

const COUNT = 10_000;
/** Deliveries of one session that stay in memory at the most. */
const WINDOW = 512;

/** A broker with an offline session for which thousands of messages wait on disk. */
async function withQueue(options: DurableOptions = {}, count = COUNT): Promise<DurableBroker> {
  const test = await startDurable({ limits: { maximumQueuedMessages: 1_000_000 }, ...options });
  const client = await test.connect(lasting("c"));
  await subscribeTo(client, "a/#", 1);
  await client.close();
  for (let index = 0; index < count; index++) test.broker.publish("a/queued", `${index}`, { qos: 1 });
  await test.kept();
  return test;
}

/** The payloads of the QoS 1 messages that come next, acknowledged by the client itself. */
async function numbers(client: RawClient, count: number): Promise<string[]> {
  const payloads: string[] = [];
  while (payloads.length < count) {
    const { qos, payload } = await client.expect("publish");
    if (qos === 1) payloads.push(payload.toString());
  }
  return payloads;
}

const upTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);

describe.each(["the same broker", "a broker that starts anew"])(
  "thousands of messages that wait come from %s",
  (which) => {
    async function ready(options: DurableOptions = {}): Promise<DurableBroker> {
      const test = await withQueue(options);
      return which === "the same broker" ? test : test.restart();
    }

    it("[MQTT-4.6.0-6] complete and in order, a window at a time", async () => {
      const test = await ready();
      const client = await resume(test, lasting("c"), { autoAck: true });
      expect(await numbers(client, COUNT)).toEqual(upTo(COUNT));
      await client.expectNothing();
      for (const { limit } of test.disk.fetches) expect(limit).toBeLessThanOrEqual(WINDOW);
      const onDisk = which === "the same broker" ? COUNT - WINDOW : COUNT;
      expect(test.disk.fetches.length).toBeGreaterThanOrEqual(Math.ceil(onDisk / WINDOW));
    });

    it("no further than the client takes them", async () => {
      const test = await ready();
      const properties = { sessionExpiryInterval: 0xffffffff, receiveMaximum: 10 };
      const client = await resume(test, { ...lasting("c"), properties });
      expect(await numbers(client, 10)).toEqual(upTo(10));
      await client.expectNothing();
      expect(test.disk.fetches.length).toBeLessThanOrEqual(1);
    });

    it("[MQTT-4.6.0-6] and live messages after them, though they come in meanwhile; QoS 0 as they come", async () => {
      const test = await ready();
      const client = await resume(test, lasting("c"));
      const publisher = await test.connect();
      const received: string[] = [];
      const qos0: string[] = [];
      let live = 0;
      while (received.length < COUNT + 20) {
        const { qos, payload, packetIdentifier } = await client.expect("publish");
        if (qos === 0) qos0.push(payload.toString());
        else received.push(payload.toString());
        if (qos === 1) client.send(puback(packetIdentifier));
        if (received.length % 500 !== 0 || qos === 0 || live === 20) continue;
        for (const each of [0, 1]) publisher.send(publish({ topic: "a/live", payload: `${live}`, qos: each }));
        await publisher.expect("puback");
        live++;
      }
      expect(received).toEqual([...upTo(COUNT), ...upTo(20)]);
      expect(qos0).toEqual(upTo(20));
      await client.expectNothing();
    });

    it("once: those that were acknowledged are gone after a crash in the midst of it", async () => {
      const test = await ready();
      const first = await resume(test, lasting("c"));
      const received: string[] = [];
      while (received.length < 4_000) {
        const { payload, packetIdentifier } = await first.expect("publish");
        received.push(payload.toString());
        first.send(puback(packetIdentifier));
      }
      await test.kept();
      const anew = await test.restart();
      const client = await resume(anew, lasting("c"), { autoAck: true });
      // The last acknowledgements may not have reached the broker.
      const [again = ""] = await numbers(client, 1);
      expect(Number(again)).toBeGreaterThan(received.length - 1_100);
      expect(Number(again)).toBeLessThanOrEqual(received.length);
      const rest = await numbers(client, COUNT - Number(again) - 1);
      expect(rest).toEqual(upTo(COUNT).slice(Number(again) + 1));
      await client.expectNothing();
    });
  },
);

it("the limit counts messages on disk, over a restart", async () => {
  const limits = { maximumQueuedMessages: 2_000 };
  const before = await withQueue({ limits }, 2_500);
  expect(before.broker.statistics.messagesDroppedQueueFull).toBe(500);
  const test = await before.restart();
  await publishFrom(await test.connect(), "a/more", "x");
  expect(test.broker.statistics.messagesDroppedQueueFull).toBe(1);
  const client = await resume(test, lasting("c"), { autoAck: true });
  expect(await numbers(client, 2_000)).toEqual(upTo(2_000));
  await client.expectNothing();
});

it("messages that arrive while the ones before are being written come in order", async () => {
  const test = await withQueue({}, 600);
  const publisher = await test.connect();
  test.disk.hold();
  for (let index = 600; index < 1_200; index++) {
    publisher.send(publish({ topic: "a/x", payload: `${index}`, qos: 1, packetIdentifier: index }));
  }
  await test.disk.held();
  for (let index = 1_200; index < 1_800; index++) {
    publisher.send(publish({ topic: "a/x", payload: `${index}`, qos: 1, packetIdentifier: index }));
  }
  await (await test.connect()).expectNothing();
  await test.disk.settle();
  await test.disk.held();
  const connecting = test.open({ autoAck: true }).then(async (client) => {
    await client.handshake(lasting("c"));
    return client;
  });
  await (await test.connect()).expectNothing();
  test.disk.release();
  const client = await connecting;
  expect(await numbers(client, 1_800)).toEqual(upTo(1_800));
  await client.expectNothing();
});

describe("where what waits cannot be read", () => {
  it("[MQTT-4.13.2-1] its client is sent away, and gets it when it can be read again", async () => {
    const before = await withQueue({}, 1_000);
    const test = await before.restart();
    test.disk.isReadable = false;
    const client = await resume(test, lasting("c"));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x83 });
    await client.expectClosed();
    test.disk.isReadable = true;
    const again = await resume(test, lasting("c"), { autoAck: true });
    expect(await numbers(again, 1_000)).toEqual(upTo(1_000));
  });

  it("a shared subscription asks again when there is a reason to, not for ever", async () => {
    const before = await startDurable();
    const member = await before.connect(lasting("m"));
    await subscribeTo(member, "$share/g/a", 1);
    await member.close();
    for (let index = 0; index < 1_000; index++) before.broker.publish("a", `${index}`, { qos: 1 });
    await before.kept();
    const test = await before.restart();
    test.disk.isReadable = false;
    const client = await resume(test, lasting("m"), { autoAck: true });
    for (let i = 0; i < 20; i++) await client.expectNothing();
    expect(test.disk.fetches).toHaveLength(1);
    test.disk.isReadable = true;
    test.broker.publish("a", "1000", { qos: 1 });
    await client.close();
    const again = await resume(test, lasting("m"), { autoAck: true });
    expect(await numbers(again, 1_001)).toEqual(upTo(1_001));
  });
});

it("nothing of them is left on disk when all is done", async () => {
  const test = await withQueue({}, 3_000);
  const anew = await test.restart();
  const client = await resume(anew, lasting("c"), { autoAck: true });
  await numbers(client, 3_000);
  await client.expectNothing();
  await anew.kept();
  expect(await anew.rowsLeft()).toEqual({ sessions: 2, subscriptions: 1 });
});

it("nor when the client begins anew instead", async () => {
  const test = await withQueue({}, 3_000);
  await resume(test, lasting("c"));
  await test.connect({ clientIdentifier: "c", cleanStart: true });
  await test.kept();
  expect(await test.rowsLeft()).toEqual({ sessions: 1 });
});
