import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { join, publishAcknowledged, publishes, subscribeTo, text, unsubscribeFrom } from "../support/exchange.ts";
import { cut } from "../support/flows.ts";
import { puback, publish, subscribe } from "../support/packets.ts";
import type { PublishPacket } from "../support/server-packets.ts";

const TOPICS = 5_000;

async function startWithRetained({ payload = "old", qos = 1 } = {}): Promise<TestBroker> {
  const test = await startBroker();
  for (let index = 0; index < TOPICS; index++) {
    test.broker.publish(`t/${index}`, `${payload}${index}`, { qos: qos === 1 ? 1 : 0, retain: true });
  }
  return test;
}

function expectEachOnce(received: readonly PublishPacket[]): void {
  expect(new Set(received.map(({ topic }) => topic)).size).toBe(TOPICS);
  expect(received.length).toBe(TOPICS);
}

/** Whether the broker, left alone, asks for another turn of the event loop and another. */
async function isBusy(): Promise<boolean> {
  for (let turn = 0; turn < 100; turn++) await nextTurn();
  const asked = vi.spyOn(globalThis, "setImmediate");
  for (let turn = 0; turn < 100; turn++) await nextTurn();
  const times = asked.mock.calls.length;
  asked.mockRestore();
  return times > 0;
}

describe("thousands of retained messages", () => {
  it("[MQTT-3.3.1-9] all come, each once, also for two subscriptions of one client at a time", async () => {
    const test = await startWithRetained();
    const client = await join(test, 5, true);
    await subscribeTo(client, [{ filter: "t/+", qos: 1 }], { subscriptionIdentifiers: [1] });
    client.send(subscribe({ subscriptions: [{ filter: "#", qos: 0 }], properties: { subscriptionIdentifiers: [2] } }));
    const received: PublishPacket[] = [];
    while (received.length < 2 * TOPICS) {
      const packet = await client.next();
      if (packet.type === "publish") received.push(packet);
      else expect(packet.type).toBe("suback");
    }
    for (const identifier of [1, 2]) {
      expectEachOnce(received.filter(({ properties }) => properties.subscriptionIdentifiers?.[0] === identifier));
    }
    await client.expectNothing();
  });

  it("[MQTT-3.3.4-9] [MQTT-4.9.0-2] stay within the receive maximum", async () => {
    const test = await startWithRetained();
    const client = await test.connect({ properties: { receiveMaximum: 7 } });
    await subscribeTo(client, [{ filter: "t/#", qos: 1 }]);
    const received: PublishPacket[] = [];
    for (let round = 0; round < 50; round++) {
      const window = await publishes(client, 7);
      await client.expectNothing();
      received.push(...window);
      client.send(...window.map(({ packetIdentifier }) => puback(packetIdentifier)));
    }
    expect(new Set(received.map(({ topic }) => topic)).size).toBe(350);
  });

  it("[MQTT-3.3.1-9] all come to a receiver that is slow to read, and hold up nobody", async () => {
    const test = await startWithRetained({ payload: "x".repeat(5_000), qos: 0 });
    const slow = await join(test);
    await subscribeTo(slow, ["none"]);
    slow.stream.pause();
    slow.send(subscribe({ subscriptions: ["t/#"] }));
    const other = await join(test);
    await subscribeTo(other, ["live"]);
    for (let round = 0; round < 20; round++) {
      other.send(publish({ topic: "live" }));
      await other.expect("publish");
    }
    expect(slow.waiting).toBe(0);
    slow.stream.resume();
    await slow.expect("suback");
    expectEachOnce(await publishes(slow, TOPICS));
    expect(test.broker.statistics.messagesDroppedOutboxFull).toBe(0);
  });

  it("are never followed by an older value of their topic", async () => {
    const test = await startWithRetained();
    const client = await test.connect({ properties: { receiveMaximum: 10 } });
    await subscribeTo(client, [{ filter: "t/#", qos: 1 }]);
    const newest = new Map<string, string>();
    let updates = 0;
    for (let settled = 0; newest.size < TOPICS; settled++) {
      const packet = await client.expect("publish");
      client.send(puback(packet.packetIdentifier));
      const value = packet.payload.toString();
      if (newest.get(packet.topic)?.startsWith("new")) expect(value).toMatch(/^new/);
      newest.set(packet.topic, value);
      if (settled % 3 === 0 && updates < TOPICS) {
        const topic = `t/${(updates++ * 7) % TOPICS}`;
        test.broker.publish(topic, `new${topic}`, { qos: 1, retain: true });
      }
    }
    expect([...newest.values()].some((value) => value.startsWith("new"))).toBe(true);
  });

  it("end when the client unsubscribes in the middle, and the connection goes on", async () => {
    const test = await startWithRetained();
    const client = await test.connect({ properties: { receiveMaximum: 5 } });
    await subscribeTo(client, [{ filter: "t/#", qos: 1 }]);
    const window = await publishes(client, 5);
    await unsubscribeFrom(client, ["t/#"]);
    client.send(...window.map(({ packetIdentifier }) => puback(packetIdentifier)));
    await client.expectNothing();
    await subscribeTo(client, [{ filter: "live", qos: 1 }]);
    test.broker.publish("live", "x", { qos: 1 });
    expect(text(await client.expect("publish"))).toBe("live=x");
  });

  it("[MQTT-3.8.4-4] are sent again, all of them, when the client subscribes again in the middle", async () => {
    const test = await startWithRetained();
    const client = await test.connect({ properties: { receiveMaximum: 5 } });
    await subscribeTo(client, [{ filter: "t/#", qos: 1 }]);
    const window = await publishes(client, 5);
    await subscribeTo(client, [{ filter: "t/#", qos: 0 }]);
    client.send(...window.map(({ packetIdentifier }) => puback(packetIdentifier)));
    const [first, again]: [PublishPacket[], PublishPacket[]] = [window, []];
    while (first.length + again.length < 2 * TOPICS) {
      const packet = await client.expect("publish");
      (packet.qos === 1 ? first : again).push(packet);
      if (packet.qos === 1) client.send(puback(packet.packetIdentifier));
    }
    expectEachOnce(first);
    expectEachOnce(again);
    await client.expectNothing();
  });

  it("come to the end for a session that was offline in between", async () => {
    const test = await startWithRetained();
    const connect = {
      clientIdentifier: "c",
      cleanStart: false,
      properties: { receiveMaximum: 100, sessionExpiryInterval: 60 },
    };
    const first = await test.connect(connect);
    await subscribeTo(first, [{ filter: "t/#", qos: 1 }]);
    const received = new Map((await publishes(first, 100)).map((packet) => [packet.topic, packet]));
    first.send(...[...received.values()].map(({ packetIdentifier }) => puback(packetIdentifier)));
    await first.close();
    const second = await test.connect(connect, { autoAck: true });
    while (received.size < TOPICS) {
      const packet = await second.expect("publish");
      received.set(packet.topic, packet);
    }
    await publishAcknowledged(await join(test), "t/live", "x");
    expect(text(await second.expect("publish"))).toBe("t/live=x");
  });

  it("cost no time while the subscriber acknowledges nothing, or is offline", async () => {
    const test = await startWithRetained();
    const properties = { receiveMaximum: 5, sessionExpiryInterval: 60 };
    const client = await test.connect({ clientIdentifier: "c", properties });
    await subscribeTo(client, [{ filter: "t/#", qos: 1 }]);
    await publishes(client, 5);
    expect(await isBusy()).toBe(false);
    await cut(test, client);
    expect(await isBusy()).toBe(false);
  });

  it("cost no memory of the core when the subscriber goes in the middle", async () => {
    const test = await startWithRetained();
    const { retainedNodes } = test.broker.gauges.core as { retainedNodes: number };
    for (let round = 0; round < 3; round++) {
      const client = await test.connect({ properties: { receiveMaximum: 5 } });
      await subscribeTo(client, [{ filter: "t/#", qos: 1 }]);
      await publishes(client, 5);
      await client.close();
    }
    const publisher = await join(test);
    publisher.send(...Array.from({ length: TOPICS }, (_, index) => publish({ topic: `t/${index}`, retain: true })));
    await publisher.expectNothing();
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 0, core: { retainedEntries: 0 } });
    const { retainedNodes: left } = test.broker.gauges.core as { retainedNodes: number };
    expect(left).toBeLessThanOrEqual(1);
    expect(left).toBeLessThan(retainedNodes);
  });
});
