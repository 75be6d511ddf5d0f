import { describe, expect, it } from "vitest";
import { type DurableBroker, lasting, startDurable } from "../support/durable.ts";
import { publishFrom, subscribeTo } from "../support/flows.ts";
import {
  type ConnectOptions,
  disconnect,
  pingreq,
  puback,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
  type Version,
} from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import type { PacketType } from "../support/server-packets.ts";

/** A client with a lasting session that has subscribed to `a`, and one to whom nothing is promised. */
async function withSubscriber(
  version: Version = 5,
): Promise<{ test: DurableBroker; subscriber: RawClient; other: RawClient }> {
  const test = await startDurable();
  const subscriber = await test.connect(lasting("c", version));
  await subscribeTo(subscriber, "a", 2);
  const other = await test.connect({ version, clientIdentifier: "other" });
  await test.kept();
  return { test, subscriber, other };
}

/** What the client is sent next comes when the group that the disk has got is written, and not before. */
async function comesWhenWritten(test: DurableBroker, client: RawClient, type: PacketType): Promise<void> {
  const { level } = await test.disk.held();
  expect(level).toBe("fsync");
  await (await test.connect()).expectNothing();
  expect(client.waiting).toBe(0);
  await test.disk.settle();
  await client.expect(type);
}

describe.each<Version>([3, 4, 5])("at protocol level %i an acknowledgement waits for the disk:", (version) => {
  it("PUBACK, of a message for a lasting session", async () => {
    const { test, other } = await withSubscriber(version);
    test.disk.hold();
    other.send(publish({ version, topic: "a", qos: 1 }));
    await comesWhenWritten(test, other, "puback");
  });

  it("PUBACK, of a retained message", async () => {
    const { test, other } = await withSubscriber(version);
    test.disk.hold();
    other.send(publish({ version, topic: "nobody", payload: "x", qos: 1, retain: true }));
    await comesWhenWritten(test, other, "puback");
  });

  it("PUBREC, of a client with a lasting session, and PUBCOMP", async () => {
    const { test } = await withSubscriber(version);
    const publisher = await test.connect(lasting("p", version));
    test.disk.hold();
    publisher.send(publish({ version, topic: "nobody", qos: 2, packetIdentifier: 7 }));
    await comesWhenWritten(test, publisher, "pubrec");
    publisher.send(pubrel(7));
    await comesWhenWritten(test, publisher, "pubcomp");
  });

  it("PUBREC, of a message for a lasting session", async () => {
    const { test, other } = await withSubscriber(version);
    test.disk.hold();
    other.send(publish({ version, topic: "a", qos: 2, packetIdentifier: 7 }));
    await comesWhenWritten(test, other, "pubrec");
  });

  it("SUBACK and UNSUBACK", async () => {
    const { test, subscriber } = await withSubscriber(version);
    test.disk.hold();
    subscriber.send(subscribe({ version, subscriptions: ["b"] }));
    await comesWhenWritten(test, subscriber, "suback");
    subscriber.send(unsubscribe({ version, filters: ["b"] }));
    await comesWhenWritten(test, subscriber, "unsuback");
  });

  it("CONNACK, of a lasting session that is new, and of one that is there", async () => {
    const { test } = await withSubscriber(version);
    const options: ConnectOptions = lasting("n", version);
    test.disk.hold();
    for (let i = 0; i < 2; i++) {
      const client = await test.open();
      const handshake = client.handshake(options);
      await test.disk.held();
      await (await test.connect()).expectNothing();
      expect(client.connack).toBeUndefined();
      await test.disk.settle();
      expect(await handshake).toMatchObject({ reasonCode: 0 });
    }
  });

  it("CONNACK, of a client that takes its lasting session away", async () => {
    const { test } = await withSubscriber(version);
    test.disk.hold();
    const client = await test.open();
    const handshake = client.handshake({ version, clientIdentifier: "c", cleanStart: true });
    await test.disk.held();
    await (await test.connect()).expectNothing();
    expect(client.connack).toBeUndefined();
    await test.disk.settle();
    expect(await handshake).toMatchObject({ reasonCode: 0, sessionPresent: false });
  });

  it("and so do QoS 2 messages and their PUBREL to a lasting session", async () => {
    const { test, subscriber } = await withSubscriber(version);
    test.disk.hold();
    test.broker.publish("a", "x", { qos: 2 });
    await comesWhenWritten(test, subscriber, "publish");
    subscriber.send(pubrec(1));
    await comesWhenWritten(test, subscriber, "pubrel");
  });
});

describe("does not wait for the disk:", () => {
  it("QoS 0, to a lasting session and to others, while the disk is at work", async () => {
    const { test, subscriber, other } = await withSubscriber();
    await subscribeTo(other, "a", 0);
    test.disk.hold();
    const busy = await test.connect();
    busy.send(publish({ topic: "kept", payload: "x", qos: 1, retain: true }));
    await test.disk.held();
    (await test.connect()).send(publish({ topic: "a", payload: "x" }));
    for (const client of [subscriber, other]) expect(await client.expect("publish")).toMatchObject({ qos: 0 });
  });

  it("a QoS 1 message to a lasting session, though the PUBACK to its publisher does", async () => {
    const { test, subscriber, other } = await withSubscriber();
    test.disk.hold();
    other.send(publish({ topic: "a", payload: "x", qos: 1 }));
    expect(await subscriber.expect("publish")).toMatchObject({ qos: 1, payload: Buffer.from("x") });
    await comesWhenWritten(test, other, "puback");
  });

  it.each([1, 2])("the acknowledgement of a QoS %i message that nobody with a lasting session gets", async (qos) => {
    const { test, other } = await withSubscriber();
    await subscribeTo(other, "b", 2);
    test.disk.hold();
    const publisher = await test.connect();
    await publishFrom(publisher, "b", "x", { qos });
    await publishFrom(publisher, "nobody", "x", { qos });
    expect(await other.expect("publish")).toMatchObject({ qos });
  });

  it("SUBACK and CONNACK of a session that ends with its connection", async () => {
    const { test } = await withSubscriber();
    test.disk.hold();
    await subscribeTo(await test.connect({ clientIdentifier: "new" }), "x", 1);
  });

  it("any other client, when one waits", async () => {
    const { test, other } = await withSubscriber();
    test.disk.hold();
    other.send(publish({ topic: "a", qos: 1 }));
    await test.disk.held();
    await subscribeTo(await test.connect(), "x");
    expect(other.waiting).toBe(0);
  });
});

it("answers keep their order over the groups, and leave group by group", async () => {
  const { test, other } = await withSubscriber();
  const later = await test.connect();
  test.disk.hold();
  other.send(publish({ topic: "a", qos: 1, packetIdentifier: 1 }));
  await test.disk.held();
  // In the next group, with what needs none behind it.
  other.send(
    publish({ topic: "a", qos: 2, packetIdentifier: 2 }),
    publish({ topic: "n", qos: 1, packetIdentifier: 3 }),
    pingreq(),
  );
  later.send(publish({ topic: "a", qos: 1, packetIdentifier: 4 }));
  await (await test.connect()).expectNothing();
  expect([other.waiting, later.waiting]).toEqual([0, 0]);
  await test.disk.settle();
  expect(await other.expect("puback")).toMatchObject({ packetIdentifier: 1 });
  await test.disk.held();
  await (await test.connect()).expectNothing();
  expect([other.waiting, later.waiting]).toEqual([0, 0]);
  await test.disk.settle();
  expect(await other.expect("pubrec")).toMatchObject({ packetIdentifier: 2 });
  expect(await other.expect("puback")).toMatchObject({ packetIdentifier: 3 });
  await other.expect("pingresp");
  expect(await later.expect("puback")).toMatchObject({ packetIdentifier: 4 });
});

it("[MQTT-3.1.4-3] a session that is taken over before its CONNACK was written is there for the one who took it", async () => {
  const test = await startDurable();
  test.disk.hold();
  const first = await test.open();
  const welcome = first.handshake(lasting("c"));
  await test.disk.held();
  const second = await test.open();
  const present = second.handshake(lasting("c"));
  await (await test.connect()).expectNothing();
  test.disk.release();
  expect(await welcome).toMatchObject({ sessionPresent: false, reasonCode: 0 });
  expect(await first.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
  expect(await present).toMatchObject({ sessionPresent: true, reasonCode: 0 });
  await subscribeTo(second, "a", 1);
});

it("who leaves before the answer came has still published", async () => {
  const { test, other } = await withSubscriber();
  test.disk.hold();
  other.send(publish({ topic: "kept", payload: "x", qos: 1, retain: true }), disconnect());
  await test.disk.held();
  test.disk.release();
  await other.expect("puback");
  await other.expectClosed();
  expect((await test.restart()).broker.gauges.retainedMessages).toBe(1);
});

it("one group serves all who wait for it", async () => {
  const { test } = await withSubscriber();
  const publishers = await Promise.all(Array.from({ length: 20 }, () => test.connect()));
  test.disk.hold();
  publishers[0]?.send(publish({ topic: "a", qos: 1 }));
  await test.disk.held();
  for (const publisher of publishers.slice(1)) publisher.send(publish({ topic: "a", qos: 1 }));
  await (await test.connect()).expectNothing();
  const before = test.broker.statistics.groupsWritten;
  await test.disk.settle();
  await test.disk.settle();
  for (const publisher of publishers) await publisher.expect("puback");
  expect(test.broker.statistics.groupsWritten - before).toBe(2);
});

it("[MQTT-4.4.0-1] a QoS 1 message whose delivery is not on disk yet is acknowledged and forgotten without ado", async () => {
  const { test, subscriber, other } = await withSubscriber();
  test.disk.hold();
  other.send(publish({ topic: "a", qos: 1 }));
  const { packetIdentifier } = await subscriber.expect("publish");
  await test.disk.held();
  subscriber.send(puback(packetIdentifier));
  await subscriber.expectNothing();
  await test.disk.settle();
  await other.expect("puback");
  test.disk.release();
  await test.kept();
  expect(await test.rowsLeft()).toEqual({ sessions: 2, subscriptions: 1 });
});

it("the PUBACK of an empty retained message waits also where an earlier one removed what is still on disk", async () => {
  const test = await startDurable();
  const first = await test.connect();
  const second = await test.connect();
  await publishFrom(first, "r", "v", { qos: 1, retain: true });
  await test.kept();
  const removal = { topic: "r", payload: Buffer.alloc(0), qos: 1, retain: true } as const;
  test.disk.hold();
  first.send(publish(removal));
  await test.disk.held();
  second.send(publish(removal));
  await (await test.connect()).expectNothing();
  expect(second.waiting).toBe(0);
  await test.disk.settle();
  test.disk.release();
  await first.expect("puback");
  await second.expect("puback");
});
