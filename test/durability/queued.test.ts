import { describe, expect, it } from "vitest";
import {
  type DurableBroker,
  lasting,
  resume,
  settle,
  startDurable,
  takeAll,
  takeUnacknowledged,
} from "../support/durable.ts";
import { publishFrom, subscribeTo, takeMessage, takePayloads } from "../support/flows.ts";
import { publish, subscribe, type Version } from "../support/packets.ts";
import { holdTime, pass } from "../support/time.ts";
import { itAt } from "../support/title.ts";

const PROPERTIES = {
  payloadFormatIndicator: 1,
  contentType: "text/plain",
  responseTopic: "answers/here",
  correlationData: Buffer.from([0, 1, 255]),
  userProperties: [
    ["b", "1"],
    ["a", "2"],
    ["b", "3"],
  ] as [string, string][],
};

/** A broker with an offline session that has subscribed to everything below `a` with QoS 2. */
async function withOfflineSession(version: Version = 5): Promise<DurableBroker> {
  const test = await startDurable();
  const client = await test.connect(lasting("c", version));
  await subscribeTo(client, "a/#", 2);
  await client.close();
  return test;
}

describe.each<Version>([3, 4, 5])("after a crash messages that wait for a client at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.2-5] [MQTT-4.6.0-6] [MQTT-3.1.2-5 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1] come in order, each with its QoS, none of QoS 0", async () => {
    const before = await withOfflineSession(version);
    const publisher = await before.connect({ version, clientIdentifier: "p" });
    for (const [index, qos] of [1, 2, 0, 2, 1].entries())
      await publishFrom(publisher, `a/${index}`, `${index}`, { qos });
    const test = await before.restart();
    const client = await resume(test, lasting("c", version));
    const wanted = [
      [0, 1],
      [1, 2],
      [3, 2],
      [4, 1],
    ].map(([index, qos]) => ({
      topic: `a/${index}`,
      payload: Buffer.from(`${index}`),
      qos,
      retain: false,
      duplicate: false,
    }));
    expect(await takeAll(client, 4)).toMatchObject(wanted);
    await client.expectNothing();
  });

  it("come once: what was acknowledged before the next crash is gone", async () => {
    const before = await withOfflineSession(version);
    const publisher = await before.connect({ version, clientIdentifier: "p" });
    for (const payload of ["1", "2", "3", "4"])
      await publishFrom(publisher, "a/b", payload, { qos: (Number(payload) % 2) + 1 });
    const second = await before.restart();
    const first = await resume(second, lasting("c", version));
    for (const message of (await takeUnacknowledged(first, 4)).slice(0, 2)) await settle(first, message);
    await first.expectNothing();
    await second.kept();
    const test = await second.restart();
    const client = await resume(test, lasting("c", version));
    const messages = await takeAll(client, 2);
    expect(messages.map(({ payload }) => payload.toString())).toEqual(["3", "4"]);
    await client.expectNothing();
  });

  it("come before what is published after it", async () => {
    const before = await withOfflineSession(version);
    await publishFrom(await before.connect(), "a/b", "early");
    const test = await before.restart();
    await publishFrom(await test.connect(), "a/b", "late");
    const client = await resume(test, lasting("c", version));
    await publishFrom(await test.connect(), "a/b", "live");
    expect(await takePayloads(client, 3)).toEqual(["early", "late", "live"]);
  });
});

describe("after a crash a message that waits has", () => {
  it("[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] all its properties, those of the user in their order", async () => {
    const before = await withOfflineSession();
    const publisher = await before.connect();
    for (const qos of [1, 2]) {
      publisher.send(publish({ topic: "a/b", payload: "x", qos, packetIdentifier: qos, properties: PROPERTIES }));
      await publisher.expect(qos === 1 ? "puback" : "pubrec");
    }
    const test = await before.restart();
    const client = await resume(test, lasting("c"));
    for (const qos of [1, 2]) {
      const message = await takeMessage(client);
      expect(message).toMatchObject({ qos, payload: Buffer.from("x") });
      expect(message.properties).toEqual(PROPERTIES);
    }
  });

  it("any bytes, and as many as a packet may have", async () => {
    const before = await withOfflineSession();
    const publisher = await before.connect();
    const payloads = [Buffer.alloc(0), Buffer.alloc(1_000_000, 7), Buffer.from([0xff, 0, 0x80])];
    for (const payload of payloads) {
      publisher.send(publish({ topic: "a/ü", payload, qos: 1 }));
      await publisher.expect("puback");
    }
    const test = await before.restart();
    const client = await resume(test, lasting("c"));
    for (const payload of payloads) {
      const message = await takeMessage(client);
      expect(message.topic).toBe("a/ü");
      expect(message.payload.equals(payload)).toBe(true);
    }
  });

  it("[MQTT-3.3.4-3] the identifiers of all subscriptions that matched it, the highest QoS of them, and its retain flag as they ask for it", async () => {
    const before = await startDurable();
    const first = await before.connect(lasting("c"));
    for (const [filter, identifier, qos] of [
      ["a/#", 5, 1],
      ["a/+", 300_000, 2],
    ] as const) {
      first.send(
        subscribe({
          subscriptions: [{ filter, qos, retainAsPublished: filter === "a/+" }],
          properties: { subscriptionIdentifiers: [identifier] },
        }),
      );
      await first.expect("suback");
    }
    await first.close();
    await publishFrom(await before.connect(), "a/b", "x", { qos: 2, retain: true });
    const test = await before.restart();
    const message = await takeMessage(await resume(test, lasting("c")));
    expect(message).toMatchObject({ qos: 2, retain: true });
    expect([...(message.properties.subscriptionIdentifiers ?? [])].sort()).toEqual([300_000, 5]);
  });

  it("[MQTT-3.3.2-6] what is left of its Message Expiry Interval", async () => {
    holdTime();
    const before = await withOfflineSession();
    const publisher = await before.connect();
    publisher.send(publish({ topic: "a/b", qos: 1, properties: { messageExpiryInterval: 100 } }));
    await publisher.expect("puback");
    pass(10);
    await before.crash();
    pass(20);
    const test = await before.restart();
    pass(30);
    const message = await takeMessage(await resume(test, lasting("c")));
    expect(message.properties).toEqual({ messageExpiryInterval: 40 });
  });
});

it("[MQTT-3.3.2-5] a message that expired while the broker was down does not come, the next one does", async () => {
  holdTime();
  const before = await withOfflineSession();
  const publisher = await before.connect();
  for (const [qos, messageExpiryInterval] of [
    [1, 5],
    [2, 5],
    [1, 50],
  ] as const) {
    const properties = { messageExpiryInterval };
    publisher.send(
      publish({ topic: "a/b", payload: `${messageExpiryInterval}`, qos, packetIdentifier: 1, properties }),
    );
    await publisher.expect(qos === 1 ? "puback" : "pubrec");
  }
  await before.crash();
  pass(6);
  const test = await before.restart();
  const client = await resume(test, lasting("c"));
  expect(await takePayloads(client, 1)).toEqual(["50"]);
  await client.expectNothing();
  expect(test.broker.statistics.messagesExpired).toBe(2);
});

it("a message for many sessions reaches each of them after a crash, once, and leaves the disk with the last", async () => {
  const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
  let test = await startDurable();
  for (const name of names) {
    const client = await test.connect(lasting(name));
    await subscribeTo(client, "a", 1);
    await client.close();
  }
  await publishFrom(await test.connect(), "a", "for all");
  const puts = test.disk.writes.flatMap(({ operations }) => operations).filter(({ kind }) => kind === "put");
  expect(puts.filter(({ table }) => table === "messages")).toHaveLength(1);
  expect(puts.filter(({ table }) => table === "deliveries")).toHaveLength(10);
  for (const name of names) {
    test = await test.restart();
    const client = await resume(test, lasting(name));
    expect(await takePayloads(client, 1)).toEqual(["for all"]);
    await client.expectNothing();
    await test.kept();
  }
  test = await test.restart();
  for (const name of names) await (await resume(test, lasting(name))).expectNothing();
  const { sessions: _, ...others } = await test.rowsLeft();
  expect(others).toEqual({ subscriptions: 10 });
});
