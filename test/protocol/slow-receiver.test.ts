import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { join, publishAcknowledged, subscribeTo } from "../support/exchange.ts";
import { takeMessage } from "../support/flows.ts";
import { pingreq, publish, subscribe } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";

const PAYLOAD = Buffer.alloc(65_536, "x");
/** More than the sockets of both sides hold. */
const MESSAGES = 600;
const LASTING = { clientIdentifier: "slow", cleanStart: false, properties: { sessionExpiryInterval: 60 } };

/** Publishes as many messages to `t`, each with its number in front, and lets the event loop turn in between. */
async function flood({ broker }: TestBroker, qos: 0 | 1, witness: RawClient): Promise<void> {
  for (let index = 0; index < MESSAGES; index++) {
    const payload = Buffer.from(PAYLOAD);
    payload.writeUInt32BE(index);
    broker.publish("t", payload, { qos });
    if (index % 20 === 19) await witness.expectNothing();
  }
}

describe("a receiver that stops reading", () => {
  it("misses QoS 0 messages, which are counted, and gets what follows when it reads again; others notice nothing", async () => {
    const test = await startBroker({ limits: { maximumOutboxBytes: 200_000 } });
    const [slow, other] = [await join(test), await join(test)];
    await subscribeTo(slow, ["t", "end"]);
    await subscribeTo(other, ["live"]);
    slow.stream.pause();
    await flood(test, 0, other);
    await publishAcknowledged(await join(test), "live", "x");
    await other.expect("publish");
    const dropped = test.broker.statistics.messagesDroppedOutboxFull;
    expect(dropped).toBeGreaterThan(MESSAGES / 2);
    slow.stream.resume();
    let last = -1;
    for (let left = MESSAGES - dropped; left > 0; left--) {
      const { payload } = await slow.expect("publish");
      expect(payload.readUInt32BE()).toBeGreaterThan(last);
      expect(payload.length).toBe(PAYLOAD.length);
      last = payload.readUInt32BE();
    }
    await slow.expectNothing();
    test.broker.publish("end", "");
    expect(await slow.expect("publish")).toMatchObject({ topic: "end" });
  });

  it("[MQTT-4.5.0-1] [MQTT-4.6.0-6] gets all QoS 1 messages in order when it reads again", async () => {
    const test = await startBroker({ limits: { maximumOutboxBytes: 200_000 } });
    const [slow, other] = [await join(test), await join(test)];
    await subscribeTo(slow, [{ filter: "t", qos: 1 }]);
    slow.stream.pause();
    await flood(test, 1, other);
    slow.stream.resume();
    for (let index = 0; index < MESSAGES; index++) {
      const { payload, duplicate } = await takeMessage(slow);
      expect([payload.readUInt32BE(), duplicate]).toEqual([index, false]);
    }
    await slow.expectNothing();
    expect(test.broker.statistics).toMatchObject({ messagesDroppedOutboxFull: 0, messagesDroppedQueueFull: 0 });
  });

  it("is disconnected after the stall timeout, and a session that lasts gets its QoS 1 messages later", async () => {
    const test = await startBroker({ limits: { maximumOutboxBytes: 200_000, stallTimeout: 300 } });
    const slow = await test.connect(LASTING);
    const other = await join(test);
    await subscribeTo(slow, [{ filter: "t", qos: 1 }]);
    slow.stream.pause();
    const gone = once(test.broker, "disconnect");
    await flood(test, 1, other);
    await gone;
    expect(test.broker.statistics.connectionsStalled).toBe(1);
    slow.destroy();
    const back = await test.connect(LASTING);
    expect(back.connack).toMatchObject({ sessionPresent: true });
    for (let index = 0; index < MESSAGES; index++) {
      expect((await takeMessage(back)).payload.readUInt32BE()).toBe(index);
    }
    await other.expectNothing();
  });

  it("is not disconnected while nothing waits for it", async () => {
    const test = await startBroker({ limits: { stallTimeout: 100 } });
    const [idle, other] = [await join(test), await join(test)];
    await subscribeTo(idle, ["t"]);
    idle.stream.pause();
    test.broker.publish("t", "x");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.expectNothing();
    idle.stream.resume();
    expect(await idle.expect("publish")).toMatchObject({ topic: "t" });
    expect(test.broker.statistics.connectionsStalled).toBe(0);
  });
});

describe("a client that asks for ever and reads no answer", () => {
  it.each([
    ["PINGREQ", pingreq(), 3_000_000],
    ["SUBSCRIBE", subscribe({ subscriptions: ["not a filter+"] }), 100_000],
  ])("is not read from until it reads again: %s", async (_name, request, count) => {
    const test = await startBroker({ limits: { maximumOutboxBytes: 65_536 } });
    const { statistics } = test.broker;
    const [greedy, other] = [await join(test), await join(test)];
    const before = greedy.bytes().length;
    greedy.send(request);
    await greedy.next();
    const answerBytes = greedy.bytes().length - before;
    const { stream } = greedy;
    stream.removeAllListeners("data");
    stream.pause();
    // The PUBLISH behind each request shows how far the broker has got.
    const pair = Buffer.concat([request, publish({ topic: "t" })]);
    stream.write(Buffer.alloc(count * pair.length, pair));
    for (let handled = -1; handled !== statistics.messagesReceived; ) {
      handled = statistics.messagesReceived;
      for (let round = 0; round < 200; round++) await other.expectNothing();
    }
    expect(statistics.messagesReceived).toBeLessThan(count);
    await new Promise<void>((resolve) => {
      let answered = 0;
      stream.on("data", (chunk: Buffer) => {
        answered += chunk.length;
        if (answered === count * answerBytes) resolve();
      });
      stream.resume();
    });
    await other.expectNothing();
    expect(statistics.messagesReceived).toBe(count);
  });
});
