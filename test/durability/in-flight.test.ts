import { describe, expect, it } from "vitest";
import { type DurableBroker, lasting, resume, startDurable, takeAll, takeUnacknowledged } from "../support/durable.ts";
import { publishFrom, subscribeTo, takePayloads } from "../support/flows.ts";
import { pingreq, puback, pubcomp, publish, pubrec, pubrel, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

/** A client online with a lasting session that gets all messages of topic `a`, and another that publishes. */
async function pair(version: Version): Promise<{ test: DurableBroker; subscriber: RawClient; publisher: RawClient }> {
  const test = await startDurable();
  const subscriber = await test.connect(lasting("c", version));
  await subscribeTo(subscriber, "a", 2);
  return { test, subscriber, publisher: await test.connect({ version, clientIdentifier: "p" }) };
}

async function sendAll(publisher: RawClient, payloads: readonly string[], qos: number): Promise<void> {
  for (const payload of payloads) await publishFrom(publisher, "a", payload, { qos });
}

describe.each<Version>([3, 4, 5])("after a crash, to a client at protocol level %i", (version) => {
  const it = itAt(version);

  it.each([1, 2])(
    "[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.4.0-1 of 3.1.1] [MQTT-3.3.1-1 of 3.1.1] [MQTT-4.6.0-1 of 3.1.1] unacknowledged messages of QoS %i come again, in order, with DUP and the packet identifiers that they had",
    async (qos) => {
      const { test: before, subscriber, publisher } = await pair(version);
      await sendAll(publisher, ["1", "2", "3"], qos);
      const sent = await takeUnacknowledged(subscriber, 3);
      const test = await before.restart();
      const client = await resume(test, lasting("c", version));
      for (const { packetIdentifier, payload } of sent) {
        expect(await client.expect("publish")).toMatchObject({ qos, packetIdentifier, payload, duplicate: true });
      }
      await client.expectNothing();
    },
  );

  it("what was acknowledged before does not come again, in whichever order that was", async () => {
    const { test: before, subscriber, publisher } = await pair(version);
    await sendAll(publisher, ["1", "2", "3", "4"], 1);
    const sent = await takeUnacknowledged(subscriber, 4);
    for (const index of [2, 0]) subscriber.send(puback(sent[index]?.packetIdentifier ?? 0));
    await subscriber.expectNothing();
    await before.kept();
    const test = await before.restart();
    expect(await takePayloads(await resume(test, lasting("c", version)), 2)).toEqual(["2", "4"]);
  });

  it("[MQTT-4.3.3-6] [MQTT-4.4.0-1] [MQTT-4.6.0-4 of 3.1.1] after its PUBREC a message does not come again, but its PUBREL does, in the order of the PUBRECs", async () => {
    const { test: before, subscriber, publisher } = await pair(version);
    await sendAll(publisher, ["1", "2", "3"], 2);
    const [one, two, three] = (await takeUnacknowledged(subscriber, 3)).map(({ packetIdentifier }) => packetIdentifier);
    for (const packetIdentifier of [three ?? 0, one ?? 0]) {
      subscriber.send(pubrec(packetIdentifier));
      expect(await subscriber.expect("pubrel")).toMatchObject({ packetIdentifier });
    }
    const test = await before.restart();
    const client = await resume(test, lasting("c", version));
    for (const packetIdentifier of [three, one])
      expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier });
    expect(await client.expect("publish")).toMatchObject({ packetIdentifier: two, duplicate: true });
    client.send(pubcomp(three ?? 0), pubcomp(one ?? 0));
    await client.expectNothing();
    await test.kept();
    const again = await test.restart();
    expect(await (await resume(again, lasting("c", version))).expect("publish")).toMatchObject({
      packetIdentifier: two,
    });
  });

  it("new messages follow those that come again, with packet identifiers that are free", async () => {
    const { test: before, subscriber, publisher } = await pair(version);
    await sendAll(publisher, ["1", "2"], 1);
    const taken = (await takeUnacknowledged(subscriber, 2)).map(({ packetIdentifier }) => packetIdentifier);
    const test = await before.restart();
    const client = await resume(test, lasting("c", version));
    await sendAll(await test.connect(), ["3"], 1);
    const messages = await takeUnacknowledged(client, 3);
    expect(messages.map(({ payload }) => payload.toString())).toEqual(["1", "2", "3"]);
    expect(taken).not.toContain(messages[2]?.packetIdentifier);
  });

  it("the packet identifiers of what is complete are free for good, and the store can be read", async () => {
    const { test: before, subscriber, publisher } = await pair(version);
    await sendAll(publisher, ["1", "2"], 2);
    const sent = await takeUnacknowledged(subscriber, 2);
    // PUBCOMP at once, though no PUBREL came: a client that does not wait must not harm what is kept.
    for (const { packetIdentifier } of sent) subscriber.send(pubrec(packetIdentifier), pubcomp(packetIdentifier));
    for (const { packetIdentifier } of sent)
      expect(await subscriber.expect("pubrel")).toMatchObject({ packetIdentifier });
    const test = await before.restart();
    await (await resume(test, lasting("c", version))).expectNothing();
    expect(await test.rowsLeft()).toEqual({ sessions: 1, subscriptions: 1 });
  });
});

describe.each<Version>([3, 4, 5])("after a crash, from a client at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-4.3.3-10] [MQTT-4.3.3-2 of 3.1.1] a QoS 2 message that was received is not passed on again, and completes", async () => {
    const { test: before, subscriber } = await pair(version);
    const publisher = await before.connect(lasting("q", version));
    publisher.send(publish({ version, topic: "a", payload: "once", qos: 2, packetIdentifier: 77 }));
    expect(await publisher.expect("pubrec")).toMatchObject({ packetIdentifier: 77 });
    await subscriber.close();
    const test = await before.restart();
    const again = await resume(test, lasting("q", version));
    again.send(publish({ version, topic: "a", payload: "once", qos: 2, packetIdentifier: 77, duplicate: true }));
    expect(await again.expect("pubrec")).toMatchObject({ packetIdentifier: 77, reasonCode: 0 });
    again.send(pubrel(77));
    expect(await again.expect("pubcomp")).toMatchObject({ packetIdentifier: 77, reasonCode: 0 });
    const client = await resume(test, lasting("c", version));
    expect(await takePayloads(client, 1)).toEqual(["once"]);
    await client.expectNothing();
  });

  it("[MQTT-4.3.3-12] [MQTT-4.3.3-2 of 3.1.1] behind its PUBCOMP the packet identifier stands for another message", async () => {
    const { test: before } = await pair(version);
    await publishFrom(await before.connect(lasting("q", version)), "a", "first", { qos: 2, packetIdentifier: 5 });
    const test = await before.restart();
    const again = await resume(test, lasting("q", version));
    await publishFrom(again, "a", "second", { qos: 2, packetIdentifier: 5 });
    const messages = await takeAll(await resume(test, lasting("c", version)), 2);
    expect(messages.map(({ payload }) => payload.toString())).toEqual(["first", "second"]);
  });
});

it("[MQTT-3.3.4-9] the client's Receive Maximum holds for what comes again after a crash", async () => {
  const { test: before, subscriber, publisher } = await pair(5);
  await sendAll(publisher, ["1", "2", "3"], 1);
  await takeUnacknowledged(subscriber, 3);
  const test = await before.restart();
  const properties = { sessionExpiryInterval: 0xffffffff, receiveMaximum: 1 };
  const client = await resume(test, { ...lasting("c"), properties });
  for (const payload of ["1", "2", "3"]) {
    const message = await client.expect("publish");
    expect(message).toMatchObject({ payload: Buffer.from(payload), duplicate: true });
    await client.expectNothing();
    client.send(puback(message.packetIdentifier));
  }
});

it("many thousand messages under way and waiting come out complete and in order, over several crashes", async () => {
  const count = 3_000;
  const limits = { maximumInflightMessages: 500 };
  let test = await startDurable({ limits });
  const first = await test.connect(lasting("c"));
  await subscribeTo(first, "a", 2);
  for (let index = 0; index < count; index++) test.broker.publish("a", `${index}`, { qos: index % 2 === 0 ? 1 : 2 });
  const received: number[] = [];
  while (received.length < count) {
    await test.kept();
    test = await test.restart({ limits });
    const client = await resume(test, lasting("c"));
    const from = received.length;
    while (received.length < Math.min(count, from + 1_000)) {
      const packet = await client.next();
      if (packet.type === "publish") received.push(Number(packet.payload.toString()));
      if (packet.type === "publish") client.send((packet.qos === 1 ? puback : pubrec)(packet.packetIdentifier));
      if (packet.type === "pubrel") client.send(pubcomp(packet.packetIdentifier));
    }
    // What else came is not acknowledged, so it has to come again.
    client.send(pingreq());
    while ((await client.next()).type !== "pingresp");
  }
  expect(received).toEqual(Array.from({ length: count }, (_, index) => index));
});
