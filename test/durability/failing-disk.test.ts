import { type Logger, pino } from "pino";
import { describe, expect, it } from "vitest";
import {
  type DurableBroker,
  type DurableOptions,
  lasting,
  resume,
  settle,
  startDurable,
  takeAll,
  takeUnacknowledged,
} from "../support/durable.ts";
import { publishFrom, subscribeTo, takePayloads } from "../support/flows.ts";
import { publish, pubrel, subscribe, unsubscribe, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

/** A broker with a subscriber to everything below `a` who is online with a lasting session. */
async function withSubscriber(options: DurableOptions = {}): Promise<{ test: DurableBroker; subscriber: RawClient }> {
  const test = await startDurable(options);
  const subscriber = await test.connect(lasting("c"));
  await subscribeTo(subscriber, "a/#", 2);
  return { test, subscriber };
}

/** Lets the disk fail, and a client find out. */
async function fail(test: DurableBroker): Promise<void> {
  const victim = await test.connect();
  test.disk.fail();
  victim.send(publish({ topic: "victim", payload: "x", qos: 1, retain: true }));
  await expectSentAway(victim);
}

/** Told by MQTT 5.0 why, by others not; no acknowledgement in front of that. */
async function expectSentAway(client: RawClient): Promise<void> {
  if (client.version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x97 });
  await client.expectClosed();
}

describe.each<Version>([3, 4, 5])("while the disk cannot be written, at protocol level %i", (version) => {
  const it = itAt(version);
  const transient = { version, clientIdentifier: "transient" };

  it.each([1, 2])("who waits for the acknowledgement of a QoS %i message is sent away without it", async (qos) => {
    const { test } = await withSubscriber();
    const publisher = await test.connect(transient);
    test.disk.hold();
    publisher.send(publish({ version, topic: "a/b", qos }));
    await test.disk.held();
    test.disk.fail();
    await expectSentAway(publisher);
    expect(test.broker.statistics.groupsFailed).toBeGreaterThan(0);
  });

  it("[MQTT-3.2.0-1] [MQTT-3.2.2-7] [MQTT-3.2.0-1 of 3.1.1] [MQTT-3.2.2-5 of 3.1.1] who waits for a CONNACK is refused, and leaves no will", async () => {
    const { test, subscriber } = await withSubscriber();
    test.disk.hold();
    const client = await test.open();
    const handshake = client.handshake({ ...lasting("new", version), will: { topic: "a/will" } });
    await test.disk.held();
    test.disk.fail();
    expect(await handshake).toMatchObject({ sessionPresent: false, reasonCode: version === 5 ? 0x97 : 3 });
    await client.expectClosed();
    await subscriber.expectNothing();
  });

  it("who waits for the next group is sent away, too", async () => {
    const { test } = await withSubscriber();
    const [first, second] = [await test.connect(), await test.connect(transient)];
    test.disk.hold();
    first.send(publish({ topic: "a/b", qos: 1 }));
    await test.disk.held();
    second.send(publish({ version, topic: "a/b", qos: 1 }));
    await (await test.connect()).expectNothing();
    test.disk.fail();
    await expectSentAway(second);
  });

  it.each([1, 2])("a QoS %i message is refused", async (qos) => {
    const { test, subscriber } = await withSubscriber();
    await fail(test);
    const publisher = await test.connect(transient);
    publisher.send(publish({ version, topic: "a/b", qos, packetIdentifier: 3 }));
    if (version === 5) {
      const answer = await publisher.expect(qos === 1 ? "puback" : "pubrec");
      expect(answer).toMatchObject({ packetIdentifier: 3, reasonCode: 0x97 });
      await publisher.expectNothing();
    } else await publisher.expectClosed();
    await subscriber.expectNothing();
  });

  it("[MQTT-3.9.3-2] a lasting session gets no subscription, another one does", async () => {
    const { test } = await withSubscriber();
    const client = await test.connect(lasting("d", version));
    await fail(test);
    client.send(subscribe({ version, packetIdentifier: 4, subscriptions: [{ filter: "b", qos: 1 }] }));
    // MQTT 3.1 has no code for it.
    if (version === 3) await client.expectClosed();
    else expect(await client.expect("suback")).toMatchObject({ reasonCodes: [version === 5 ? 0x97 : 0x80] });
    await subscribeTo(await test.connect(transient), "b", 1);
    test.broker.publish("b", "x");
    if (version !== 3) await client.expectNothing();
  });

  it("nobody comes in with a session that would have to be kept, and nobody is put out for that", async () => {
    const { test } = await withSubscriber();
    const online = await test.connect(lasting("d", version));
    await fail(test);
    for (const options of [lasting("d", version), lasting("new", version), { ...transient, clientIdentifier: "d" }]) {
      const refused = await test.connect(options);
      expect(refused.connack).toMatchObject({ sessionPresent: false, reasonCode: version === 5 ? 0x97 : 3 });
      await refused.expectClosed();
    }
    await online.expectNothing();
    expect((await test.connect(transient)).connack).toMatchObject({ reasonCode: 0 });
  });

  it("QoS 0 messages flow on, retained ones too", async () => {
    const { test, subscriber } = await withSubscriber();
    await fail(test);
    const publisher = await test.connect(transient);
    for (const retain of [false, true]) {
      await publishFrom(publisher, "a/b", "x", { qos: 0, retain });
      expect(await subscriber.expect("publish")).toMatchObject({ qos: 0, payload: Buffer.from("x") });
    }
    const next = test.broker.statistics.groupsFailed + 1;
    await test.disk.failures(next);
    await publisher.expectNothing();
    await test.disk.heal();
    await test.kept();
    const anew = await test.restart();
    expect(anew.broker.gauges.retainedMessages).toBe(2);
  });
});

it("[MQTT-4.3.3-13] who asks for what cannot be kept now, and cannot be refused, is sent away", async () => {
  const { test } = await withSubscriber();
  const releasing = await test.connect(lasting("q"));
  releasing.send(publish({ topic: "n", qos: 2, packetIdentifier: 5 }));
  await releasing.expect("pubrec");
  const leaving = await test.connect(lasting("u"));
  await subscribeTo(leaving, "b", 1);
  await fail(test);
  releasing.send(pubrel(5));
  leaving.send(unsubscribe({ filters: ["b"] }));
  for (const client of [releasing, leaving]) await expectSentAway(client);
});

describe("when the disk can be written again", () => {
  it("all goes on without a restart, and what came in meanwhile is kept", async () => {
    const { test, subscriber } = await withSubscriber();
    await subscriber.close();
    await fail(test);
    test.broker.publish("a/b", "from the program", { qos: 1 });
    test.broker.publish("r", "retained", { retain: true });
    await test.disk.heal();
    const publisher = await test.connect(lasting("p"));
    expect(publisher.connack).toMatchObject({ reasonCode: 0 });
    await subscribeTo(publisher, "x", 1);
    await publishFrom(publisher, "a/b", "1", { qos: 1 });
    await publishFrom(publisher, "a/b", "2", { qos: 2 });
    const anew = await test.restart();
    const messages = await takeAll(await resume(anew, lasting("c")), 3);
    expect(messages.map(({ payload }) => payload.toString())).toEqual(["from the program", "1", "2"]);
    expect(anew.broker.gauges.retainedMessages).toBe(2);
  });

  it("[MQTT-4.3.3-10] [MQTT-4.4.0-1] a QoS 2 message whose PUBREC could not be sent is passed on once", async () => {
    const { test, subscriber } = await withSubscriber();
    const publisher = await test.connect(lasting("p"));
    test.disk.fail();
    const packet = { topic: "a/b", payload: "once", qos: 2, packetIdentifier: 9 };
    publisher.send(publish(packet));
    await expectSentAway(publisher);
    await expectSentAway(subscriber);
    await test.disk.heal();
    const again = await resume(test, lasting("p"));
    again.send(publish({ ...packet, duplicate: true }));
    expect(await again.expect("pubrec")).toMatchObject({ packetIdentifier: 9, reasonCode: 0 });
    again.send(pubrel(9));
    expect(await again.expect("pubcomp")).toMatchObject({ packetIdentifier: 9, reasonCode: 0 });
    const back = await resume(test, lasting("c"));
    expect((await takeAll(back, 1)).map(({ payload }) => payload.toString())).toEqual(["once"]);
    await back.expectNothing();
  });

  it("what was acknowledged before is there, and what a client acknowledged meanwhile does not come again", async () => {
    const { test, subscriber } = await withSubscriber();
    const publisher = await test.connect();
    for (const payload of ["1", "2", "3"]) await publishFrom(publisher, "a/b", payload);
    await fail(test);
    for (const message of (await takeUnacknowledged(subscriber, 3)).slice(0, 2)) await settle(subscriber, message);
    await subscriber.expectNothing();
    await test.disk.heal();
    await test.kept();
    const anew = await test.restart();
    const back = await resume(anew, lasting("c"));
    expect(await takePayloads(back, 1)).toEqual(["3"]);
    await back.expectNothing();
  });

  it("a close in between takes what could be kept, and ends", async () => {
    const { test, subscriber } = await withSubscriber();
    await subscriber.close();
    await publishFrom(await test.connect(), "a/b", "kept");
    await fail(test);
    await test.broker.stop();
    const anew = await test.restart();
    expect(await takePayloads(await resume(anew, lasting("c")), 1)).toEqual(["kept"]);
  });
});

it("one line of the log says so, however long it lasts, and one that it is over", async () => {
  const lines: { level: number; msg: string; err?: { code: string } }[] = [];
  const log: Logger = pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) });
  const { test } = await withSubscriber({ log });
  await fail(test);
  await test.disk.failures(3);
  await test.disk.heal();
  const about = lines.filter(({ msg }) => msg.includes("store"));
  expect(about).toMatchObject([
    { level: 30, msg: "store opened" },
    { level: 50, err: { code: "ERR_STORE_FULL" } },
    { level: 30, msg: "the store can be written again" },
  ]);
  expect(test.broker.statistics.groupsFailed).toBe(3);
});
