import { beforeEach, expect, it, onTestFinished } from "vitest";
import type { Durability } from "../../src/persistence/store.ts";
import { type DurableBroker, lasting, startDurable, takeAll } from "../support/durable.ts";
import { publishFrom, subscribeTo } from "../support/flows.ts";
import { type ConnectOptions, publish, subscribe } from "../support/packets.ts";
import { RawClient } from "../support/raw-client.ts";

const LEVELS: readonly Durability[] = ["memory", "commit", "fsync"];

let test: DurableBroker;

/** A client of the listener with this level. */
async function at(level: Durability, connect: ConnectOptions = {}): Promise<RawClient> {
  const { port = 0 } = test.broker.addresses[LEVELS.indexOf(level)] ?? {};
  const client = await RawClient.connect(port, { connect });
  onTestFinished(() => client.destroy());
  return client;
}

beforeEach(async () => {
  test = await startDurable({
    listeners: LEVELS.map((durability) => ({ protocol: "mqtt" as const, port: 0, durability })),
  });
  const subscriber = await at("fsync", lasting("c"));
  await subscribeTo(subscriber, "a", 2);
  await subscriber.close();
  await (await at("fsync", lasting("flush"))).expectNothing();
});

it("a listener with memory does not wait for the disk", async () => {
  test.disk.hold();
  const client = await at("memory", lasting("m"));
  await subscribeTo(client, "b", 2);
  for (const qos of [1, 2]) await publishFrom(client, "a", "x", { qos });
});

it("what a listener with memory acknowledged is written soon, and there after a restart", async () => {
  const client = await at("memory");
  await publishFrom(client, "a", "x");
  await client.close();
  await test.broker.stop();
  test = await test.restart();
  expect(await takeAll(await resumeAtFsync(), 1)).toMatchObject([{ payload: Buffer.from("x") }]);
});

it.each(["commit", "fsync"] as const)("a listener with %s waits for a write of that level", async (level) => {
  const client = await at(level);
  test.disk.hold();
  client.send(publish({ topic: "a", qos: 1 }));
  expect(await test.disk.held()).toMatchObject({ level });
  expect(client.waiting).toBe(0);
  await test.disk.settle();
  await client.expect("puback");
});

it("a group that anybody needs at fsync is written at fsync for all", async () => {
  const [first, commit, fsync] = [await at("commit"), await at("commit"), await at("fsync")];
  test.disk.hold();
  first.send(publish({ topic: "a", qos: 1 }));
  expect(await test.disk.held()).toMatchObject({ level: "commit" });
  for (const client of [commit, fsync, first]) client.send(publish({ topic: "a", qos: 1, packetIdentifier: 2 }));
  await (await at("memory")).expectNothing();
  await test.disk.settle();
  expect(await first.expect("puback")).toMatchObject({ packetIdentifier: 1 });
  expect(await test.disk.held()).toMatchObject({ level: "fsync" });
  await test.disk.settle();
  for (const client of [commit, fsync, first])
    expect(await client.expect("puback")).toMatchObject({ packetIdentifier: 2 });
});

it("who needs fsync does not take a commit that is under way for it", async () => {
  const [commit, fsync] = [await at("commit"), await at("fsync", lasting("s"))];
  test.disk.hold();
  commit.send(publish({ topic: "a", qos: 1 }));
  expect(await test.disk.held()).toMatchObject({ level: "commit" });
  fsync.send(subscribe({ subscriptions: ["b"] }));
  await (await at("memory")).expectNothing();
  await test.disk.settle();
  await commit.expect("puback");
  expect(await test.disk.held()).toMatchObject({ level: "fsync" });
  expect(fsync.waiting).toBe(0);
  await test.disk.settle();
  await fsync.expect("suback");
});

it("the level of the broker counts for listeners without one of their own", async () => {
  const other = await startDurable({ durability: "commit" });
  await subscribeTo(await other.connect(lasting("c")), "a", 1);
  const publisher = await other.connect();
  other.disk.hold();
  publisher.send(publish({ topic: "a", qos: 1 }));
  expect(await other.disk.held()).toMatchObject({ level: "commit" });
});

it("the session of a client that comes by several listeners is the same", async () => {
  const client = await at("memory", lasting("c"));
  expect(client.connack).toMatchObject({ sessionPresent: true });
  await publishFrom(await at("commit"), "a", "x");
  expect(await takeAll(client, 1)).toMatchObject([{ payload: Buffer.from("x") }]);
});

async function resumeAtFsync(): Promise<RawClient> {
  const client = await at("fsync", lasting("c"));
  expect(client.connack).toMatchObject({ sessionPresent: true });
  return client;
}
