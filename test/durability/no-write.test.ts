import { describe, expect, it } from "vitest";
import type { Operation } from "../support/batch-operations.ts";
import { type DurableBroker, lasting, resume, startDurable, takeUnacknowledged } from "../support/durable.ts";
import { publishFrom, subscribeTo, takePayloads } from "../support/flows.ts";
import { puback, publish } from "../support/packets.ts";
import { holdTime, pass } from "../support/time.ts";

/** What was done on disk since this was called, once somebody asked for all. */
async function operationsOf(test: DurableBroker, action: () => Promise<void>): Promise<readonly Operation[]> {
  await test.kept();
  const from = test.disk.writes.length;
  await action();
  await test.kept();
  const operations = test.disk.writes.slice(from).flatMap((write) => write.operations);
  return operations.filter(({ table }) => table !== "sessions");
}

describe("nothing is written", () => {
  it.each([0, 1, 2])(
    "for QoS %i messages that nobody with a lasting session gets, however long one waits",
    async (qos) => {
      holdTime();
      const test = await startDurable();
      await subscribeTo(await test.connect(), "a", 2);
      pass(1);
      const { groupsWritten } = test.broker.statistics;
      const publisher = await test.connect();
      for (const topic of ["a", "nobody"]) await publishFrom(publisher, topic, "x", { qos });
      pass(10);
      await publisher.expectNothing();
      expect(test.broker.statistics.groupsWritten).toBe(groupsWritten);
      expect(test.disk.writes).toHaveLength(groupsWritten);
    },
  );

  it("for QoS 0 messages to lasting sessions, online and offline", async () => {
    const test = await startDurable();
    for (const name of ["online", "offline"]) await subscribeTo(await test.connect(lasting(name)), "a", 2);
    await (await resume(test, lasting("offline"))).close();
    const publisher = await test.connect();
    const operations = await operationsOf(test, () => publishFrom(publisher, "a", "x", { qos: 0 }));
    expect(operations).toEqual([]);
  });

  it("for a QoS 1 message to a lasting session that asked for QoS 0", async () => {
    const test = await startDurable();
    await subscribeTo(await test.connect(lasting("c")), "a", 0);
    const publisher = await test.connect();
    expect(await operationsOf(test, () => publishFrom(publisher, "a", "x"))).toEqual([]);
  });

  it("of the delivery of a QoS 1 message that its subscriber acknowledged within the group", async () => {
    const test = await startDurable();
    const client = await test.connect(lasting("c"));
    await subscribeTo(client, "a", 1);
    const publisher = await test.connect();
    const operations = await operationsOf(test, async () => {
      test.disk.hold();
      publisher.send(publish({ topic: "elsewhere", payload: "x", qos: 1, retain: true }));
      await test.disk.held();
      for (let i = 0; i < 100; i++)
        publisher.send(publish({ topic: "a", payload: `${i}`, qos: 1, packetIdentifier: 2 + i }));
      for (const { packetIdentifier } of await takeUnacknowledged(client, 100)) client.send(puback(packetIdentifier));
      await client.expectNothing();
      test.disk.release();
      for (let i = 0; i < 101; i++) await publisher.expect("puback");
    });
    expect(operations.filter(({ table }) => table !== "messages" && table !== "retained")).toEqual([]);
    expect(operations).toHaveLength(2);
  });
});

it("a retained topic set 1,000 times within a group is written once, with the last value", async () => {
  const test = await startDurable();
  const publisher = await test.connect();
  const operations = await operationsOf(test, async () => {
    test.disk.hold();
    publisher.send(publish({ topic: "first", payload: "x", qos: 1, retain: true }));
    await test.disk.held();
    for (let i = 0; i < 1_000; i++) {
      publisher.send(publish({ topic: "t", payload: `value ${i}`, qos: 1, retain: true, packetIdentifier: i + 2 }));
    }
    await (await test.connect()).expectNothing();
    test.disk.release();
    for (let i = 0; i < 1_001; i++) await publisher.expect("puback");
  });
  const messages = operations.filter(({ table }) => table === "messages");
  expect(messages.map(({ kind, value }) => `${kind} ${value.toString("latin1").match(/value \d+/)?.[0]}`)).toEqual([
    "put undefined",
    "put value 999",
  ]);
});

it("a message for many lasting sessions is written once, and one for a single session beside its delivery", async () => {
  const test = await startDurable();
  for (let i = 0; i < 50; i++) {
    const client = await test.connect(lasting(`c${i}`));
    await subscribeTo(client, "all", 1);
    if (i === 0) await subscribeTo(client, "one", 1);
    await client.close();
  }
  const publisher = await test.connect();
  const count = (operations: readonly Operation[], name: string) =>
    operations.filter(({ kind, table }) => kind === "put" && table === name).length;
  const all = await operationsOf(test, () => publishFrom(publisher, "all", "x"));
  expect([count(all, "deliveries"), count(all, "messages")]).toEqual([50, 1]);
  const one = await operationsOf(test, () => publishFrom(publisher, "one", "x"));
  expect([count(one, "deliveries"), count(one, "messages")]).toEqual([1, 0]);
  const both = await operationsOf(test, () => publishFrom(publisher, "all", "x", { retain: true }));
  expect([count(both, "deliveries"), count(both, "messages"), count(both, "retained")]).toEqual([50, 1, 1]);
  expect(await takePayloads(await resume(test, lasting("c0")), 3)).toEqual(["x", "x", "x"]);
});
