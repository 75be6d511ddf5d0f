import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, retainEnd, retainedFor, subscribeTo } from "../support/exchange.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { disconnect, publish, type Version } from "../support/packets.ts";
import { itAt } from "../support/title.ts";

describe.each<Version>([3, 4, 5])("retained messages of version %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.3.1-5] [MQTT-3.3.1-8] [MQTT-3.3.1-5 of 3.1.1] [MQTT-3.3.1-12 of 3.1.1] the last one of a topic is kept; one without RETAIN changes nothing", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await publishAcknowledged(client, "t", "1", { retain: true });
    await publishAcknowledged(client, "t", "2", { retain: true });
    await publishAcknowledged(client, "t", "3");
    await publishAcknowledged(client, "t", "");
    await subscribeTo(client, ["t"]);
    expect(await client.expect("publish")).toMatchObject({ retain: true, payload: Buffer.from("2") });
  });

  it("[MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-10 of 3.1.1] [MQTT-3.3.1-11 of 3.1.1] an empty one takes it away, and is delivered itself", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    retainEnd(test);
    await publishAcknowledged(client, "t", "kept", { retain: true });
    await subscribeTo(client, [{ filter: "t", qos: 1 }]);
    await client.expect("publish");
    client.send(publish({ version, topic: "t", retain: true }));
    expect(await client.expect("publish")).toMatchObject({ topic: "t", payload: Buffer.alloc(0), retain: false });
    expect(await retainedFor(await join(test, version), ["t"])).toEqual([]);
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 1 });
  });

  it("[MQTT-3.3.1-7] [MQTT-3.3.1-11 of 3.1.1] an empty one for a topic that has none leaves nothing", async () => {
    const test = await startBroker();
    await publishAcknowledged(await join(test, version), "t", "", { retain: true });
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 0, core: { retainedEntries: 0 } });
  });

  it("[MQTT-3.3.1-12] [MQTT-3.3.1-6 of 3.1.1] [MQTT-3.3.1-8 of 3.1.1] [MQTT-3.3.1-9 of 3.1.1] subscribers that are there get it without RETAIN, later ones with", async () => {
    const test = await startBroker();
    const [early, late, publisher] = [await join(test, version), await join(test, version), await join(test, version)];
    await subscribeTo(early, ["t"]);
    await publishAcknowledged(publisher, "t", "x", { retain: true });
    expect(await early.expect("publish")).toMatchObject({ retain: false, payload: Buffer.from("x") });
    await subscribeTo(late, ["t"]);
    expect(await late.expect("publish")).toMatchObject({ retain: true, payload: Buffer.from("x") });
  });

  it.each([
    [0, 2, 0],
    [1, 1, 1],
    [2, 1, 1],
    [2, 2, 2],
    [1, 0, 0],
  ])(
    "[MQTT-3.8.4-8] [MQTT-3.3.1-5 of 3.1.1] [MQTT-3.8.4-6 of 3.1.1] one of QoS %i comes to a subscription of QoS %i with QoS %i",
    async (kept, granted, delivered) => {
      const test = await startBroker();
      const client = await join(test, version);
      client.send(publish({ version, topic: "t", payload: "x", qos: kept, retain: true }));
      if (kept > 0) await client.next();
      await subscribeTo(client, [{ filter: "t", qos: granted }]);
      expect(await client.expect("publish")).toMatchObject({ retain: true, qos: delivered });
    },
  );

  it("[MQTT-3.3.1-9] [MQTT-3.3.1-6 of 3.1.1] comes for each subscription that matches, whatever others the client has", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    retainEnd(test);
    await publishAcknowledged(client, "a/b", "x", { retain: true });
    expect(await retainedFor(client, ["a/+"])).toEqual(["a/b=x"]);
    expect(await retainedFor(client, ["a/#"])).toEqual(["a/b=x"]);
    expect(await retainedFor(client, ["a/#", "+/b"])).toEqual(["a/b=x", "a/b=x"]);
  });

  it("[MQTT-3.1.2-7 of 3.1.1] stays when its publisher's session ends", async () => {
    const test = await startBroker();
    const publisher = await join(test, version);
    publisher.send(publish({ version, topic: "t", payload: "x", retain: true }), disconnect());
    await publisher.expectClosed();
    const client = await join(test, version);
    await subscribeTo(client, ["#"]);
    expect(await messages(client, 1)).toEqual(["t=x"]);
  });
});

describe("limits.maximumRetainedMessages", () => {
  it("keeps no more topics, and still delivers, replaces and takes away", async () => {
    const test = await startBroker({ limits: { maximumRetainedMessages: 2 } });
    const client = await join(test);
    const watcher = await join(test);
    await subscribeTo(watcher, ["#"]);
    await publishAcknowledged(client, "a", "1", { retain: true });
    await publishAcknowledged(client, "b", "1", { retain: true });
    await publishAcknowledged(client, "c", "1", { retain: true });
    await publishAcknowledged(client, "a", "2", { retain: true });
    expect(await messages(watcher, 4)).toEqual(["a=1", "b=1", "c=1", "a=2"]);
    expect(test.broker.statistics.retainedRefused).toBe(1);
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 2, core: { retainedEntries: 2 } });
    await publishAcknowledged(client, "b", "", { retain: true });
    await publishAcknowledged(client, "d", "1", { retain: true });
    await subscribeTo(client, ["#"]);
    expect((await messages(client, 2)).toSorted()).toEqual(["a=2", "d=1"]);
  });
});

describe("retained messages that expire", () => {
  it("[MQTT-3.3.2-6] say how long they have still to live", async () => {
    const test = await startBroker();
    const client = await join(test);
    const before = Date.now();
    await publishAcknowledged(client, "t", "x", { retain: true, properties: { messageExpiryInterval: 1000 } });
    await oneSecond();
    await subscribeTo(client, ["t"]);
    const { properties } = await client.expect("publish");
    const elapsed = Math.ceil((Date.now() - before) / 1000);
    expect(properties.messageExpiryInterval).toBeLessThanOrEqual(999);
    expect(properties.messageExpiryInterval).toBeGreaterThanOrEqual(1000 - elapsed);
  });

  it("[MQTT-3.3.2-5] are gone when their time is over, and leave no trace", async () => {
    const test = await startBroker();
    const client = await join(test);
    retainEnd(test);
    await publishAcknowledged(client, "t", "x", { retain: true, properties: { messageExpiryInterval: 1 } });
    await oneSecond();
    expect(await retainedFor(client, ["t"])).toEqual([]);
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 1, core: { retainedEntries: 1 } });
  });

  it("[MQTT-3.3.1-5] live on when one without an expiry takes their place", async () => {
    const test = await startBroker();
    const client = await join(test);
    await publishAcknowledged(client, "t", "1", { retain: true, properties: { messageExpiryInterval: 1 } });
    await publishAcknowledged(client, "t", "2", { retain: true });
    await oneSecond();
    await subscribeTo(client, ["t"]);
    expect(await client.expect("publish")).toMatchObject({ payload: Buffer.from("2"), properties: NO_PROPERTIES });
  });
});

/** Time itself is what these tests are about; a timer may fire a little early. */
function oneSecond(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_020));
}
