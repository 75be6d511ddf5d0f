import { expect, it } from "vitest";
import { type DurableBroker, lasting, startDurable } from "../support/durable.ts";
import { publishFrom, subscribeTo } from "../support/flows.ts";
import { publish, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { holdTime, pass } from "../support/time.ts";

const MESSAGE_BYTES = 1_000_000;
/** Bytes that may wait for the disk, and what comes in one chunk beyond. */
const BOUND = 67_108_864;
const MOST = Math.ceil(BOUND / MESSAGE_BYTES) + 2;
const COUNT = 120;

/** A broker with an offline session for which everything is kept, on a disk that answers nothing until the test lets it. */
async function onSlowDisk(): Promise<DurableBroker> {
  const test = await startDurable();
  const client = await test.connect(lasting("c"));
  await subscribeTo(client, "a", 1);
  await client.close();
  await test.kept();
  test.disk.hold();
  (await test.connect()).send(publish({ topic: "a", qos: 1 }));
  await test.disk.held();
  return test;
}

/** Sends far more than may wait, without a pause, and resolves when the broker has taken as much as it takes. */
async function flood(test: DurableBroker, publisher: RawClient, witness: RawClient): Promise<number> {
  const payload = Buffer.alloc(MESSAGE_BYTES);
  const { version } = publisher;
  const { statistics } = test.broker;
  const before = statistics.messagesReceived;
  for (let i = 1; i <= COUNT; i++)
    publisher.send(publish({ version, topic: "a", payload, qos: 1, packetIdentifier: i }));
  while (statistics.messagesReceived - before < MOST - 2) await witness.expectNothing();
  // So many turns would be enough for the rest.
  for (let i = 0; i < COUNT; i++) await witness.expectNothing();
  return statistics.messagesReceived - before;
}

it.each<Version>([4, 5])(
  "a client at protocol level %i that sends more than the disk takes is not read from, and goes on when it has caught up",
  async (version) => {
    const test = await onSlowDisk();
    const publisher = await test.connect({ version, clientIdentifier: "p" });
    const witness = await test.connect();
    expect(await flood(test, publisher, witness)).toBeLessThanOrEqual(MOST);
    expect(publisher.waiting).toBe(0);
    test.disk.release();
    for (let i = 1; i <= COUNT; i++) expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: i });
    await publisher.expectNothing();
  },
);

it("others are not held up by that", async () => {
  const test = await onSlowDisk();
  const [witness, subscriber, other] = [await test.connect(), await test.connect(), await test.connect()];
  await subscribeTo(subscriber, "b", 1);
  await flood(test, await test.connect({ version: 4, clientIdentifier: "p" }), witness);
  for (const qos of [0, 1]) {
    await publishFrom(other, "b", "x", { qos });
    expect(await subscriber.expect("publish")).toMatchObject({ qos });
  }
});

it("the Keep Alive of a client that is not read from does not run out", async () => {
  holdTime();
  const test = await onSlowDisk();
  const publisher = await test.connect({ version: 4, clientIdentifier: "p", keepAlive: 1 });
  const witness = await test.connect();
  await flood(test, publisher, witness);
  pass(10);
  await witness.expectNothing();
  expect(publisher.closed).toBe(false);
  test.disk.release();
  for (let i = 1; i <= COUNT; i++) expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: i });
});
