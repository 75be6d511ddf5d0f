import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { publishes } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo, takeMessage } from "../../support/flows.ts";
import { puback, pubcomp, pubrec, pubrel } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { enter, enterLasting, publish } from "./clients.ts";

/** Quality of service, resending and order of MQTT 3.1.1 (§4.3 to §4.6). */

/** A client with a lasting session that subscribed to "a", and one that publishes. */
async function pair(test: TestBroker, qos: number): Promise<{ receiver: RawClient; publisher: RawClient }> {
  const receiver = await enterLasting(test, "r");
  await subscribeTo(receiver, "a", qos);
  return { receiver, publisher: await enter(test, "p") };
}

it("[MQTT-4.3.1-1 of 3.1.1] QoS 0 goes out with QoS 0, without DUP, once", async () => {
  const test = await startBroker();
  const { receiver, publisher } = await pair(test, 0);
  for (const qos of [0, 1, 2]) await publishFrom(publisher, "a", "x", { qos });
  for (const message of await publishes(receiver, 3)) expect(message).toMatchObject({ qos: 0, duplicate: false });
  await cut(test, receiver);
  await (await enterLasting(test, "r")).expectNothing();
});

describe("QoS 1", () => {
  it("[MQTT-4.3.2-1 of 3.1.1] takes a free packet identifier, no DUP, and waits for its PUBACK", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 1);
    for (const payload of ["1", "2", "3"]) await publishFrom(publisher, "a", payload);
    const sent = await publishes(receiver, 3);
    expect(new Set(sent.map(({ packetIdentifier }) => packetIdentifier)).size).toBe(3);
    for (const message of sent) expect(message).toMatchObject({ qos: 1, duplicate: false });
    receiver.send(puback(sent[1]?.packetIdentifier ?? 0));
    await receiver.expectNothing();
    await cut(test, receiver);
    const again = await enterLasting(test, "r");
    const repeated = await publishes(again, 2);
    expect(repeated.map(({ payload }) => payload.toString())).toEqual(["1", "3"]);
    again.send(...repeated.map(({ packetIdentifier }) => puback(packetIdentifier)));
    await again.expectNothing();
    await cut(test, again);
    await (await enterLasting(test, "r")).expectNothing();
  });

  it("[MQTT-4.3.2-2 of 3.1.1] is acknowledged when delivered; its identifier then stands for a new message, whatever DUP says", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 0);
    for (const duplicate of [false, true, true]) {
      publisher.send(publish({ topic: "a", qos: 1, packetIdentifier: 7, duplicate }));
      expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: 7 });
      await receiver.expect("publish");
    }
    await receiver.expectNothing();
  });
});

describe("QoS 2", () => {
  it("[MQTT-4.3.3-1 of 3.1.1] takes a free packet identifier, no DUP; PUBREL answers PUBREC, and from then on is all that is repeated", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    for (const payload of ["1", "2"]) await publishFrom(publisher, "a", payload, { qos: 2 });
    const [first, second] = (await publishes(receiver, 2)).map(({ packetIdentifier }) => packetIdentifier);
    expect(first).not.toBe(second);
    await cut(test, receiver);
    const again = await enterLasting(test, "r");
    expect(await publishes(again, 2)).toMatchObject([
      { qos: 2, packetIdentifier: first, duplicate: true },
      { qos: 2, packetIdentifier: second, duplicate: true },
    ]);
    again.send(pubrec(first ?? 0));
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: first });
    await cut(test, again);
    const third = await enterLasting(test, "r");
    expect([await third.next(), await third.next()]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "pubrel", packetIdentifier: first }),
        expect.objectContaining({ type: "publish", packetIdentifier: second, duplicate: true }),
      ]),
    );
    third.send(pubcomp(first ?? 0), pubrec(second ?? 0));
    await third.expect("pubrel");
    third.send(pubcomp(second ?? 0));
    await third.expectNothing();
    await cut(test, third);
    await (await enterLasting(test, "r")).expectNothing();
  });

  it("[MQTT-4.3.3-1 of 3.1.1] starts without DUP", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    await publishFrom(publisher, "a", "1", { qos: 2 });
    expect(await receiver.expect("publish")).toMatchObject({ qos: 2, duplicate: false });
  });

  it("[MQTT-4.3.3-2 of 3.1.1] is answered by PUBREC as often as it comes and delivered once; after PUBREL and PUBCOMP its identifier is free", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 0);
    for (const duplicate of [false, true, false]) {
      publisher.send(publish({ topic: "a", payload: "1", qos: 2, packetIdentifier: 7, duplicate }));
      expect(await publisher.expect("pubrec")).toMatchObject({ packetIdentifier: 7 });
    }
    publisher.send(pubrel(7));
    expect(await publisher.expect("pubcomp")).toMatchObject({ packetIdentifier: 7 });
    publisher.send(publish({ topic: "a", payload: "2", qos: 2, packetIdentifier: 7, duplicate: true }));
    await publisher.expect("pubrec");
    expect((await publishes(receiver, 2)).map(({ payload }) => payload.toString())).toEqual(["1", "2"]);
    await receiver.expectNothing();
  });
});

it("[MQTT-2.3.1-4 of 3.1.1] [MQTT-4.3.2-1 of 3.1.1] [MQTT-4.3.3-1 of 3.1.1] no new message gets a packet identifier that is under way, though all others came round", async () => {
  const test = await startBroker();
  const { receiver } = await pair(test, 2);
  for (const qos of [1, 2, 2] as const) test.broker.publish("a", "stuck", { qos });
  const stuck = (await publishes(receiver, 3)).map(({ packetIdentifier }) => packetIdentifier);
  receiver.send(pubrec(stuck[2] ?? 0));
  await receiver.expect("pubrel");
  for (let sent = 0; sent < 66_000; sent += 1_000) {
    for (let count = 0; count < 1_000; count++) test.broker.publish("a", "", { qos: 1 });
    const identifiers = (await publishes(receiver, 1_000)).map(({ packetIdentifier }) => packetIdentifier);
    expect(stuck.filter((packetIdentifier) => identifiers.includes(packetIdentifier))).toEqual([]);
    receiver.send(...identifiers.map((packetIdentifier) => puback(packetIdentifier)));
    await receiver.expectNothing();
  }
});

describe("on a new connection to the session", () => {
  it("[MQTT-4.4.0-1 of 3.1.1] [MQTT-4.6.0-1 of 3.1.1] what is not acknowledged comes again, as it was first sent, in that order", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    for (let number = 0; number < 20; number++)
      await publishFrom(publisher, "a", `${number}`, { qos: 1 + (number % 2) });
    const sent = await publishes(receiver, 20);
    const acknowledged = [4, 0, 11].map((index) => sent[index]?.packetIdentifier ?? 0);
    receiver.send(puback(acknowledged[0] ?? 0), puback(acknowledged[1] ?? 0), pubrec(acknowledged[2] ?? 0));
    await receiver.expect("pubrel");
    await receiver.expectNothing();
    await cut(test, receiver);
    const again = await enterLasting(test, "r");
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: acknowledged[2] });
    const expected = sent.filter((_, index) => ![0, 4, 11].includes(index));
    expect(await publishes(again, 17)).toEqual(expected.map((message) => ({ ...message, duplicate: true })));
    await again.expectNothing();
  });

  it("[MQTT-4.6.0-4 of 3.1.1] PUBRELs come in the order of the PUBRECs, the first time and again", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    for (const payload of ["1", "2", "3"]) await publishFrom(publisher, "a", payload, { qos: 2 });
    const [first, second, third] = (await publishes(receiver, 3)).map(({ packetIdentifier }) => packetIdentifier);
    const order = [third ?? 0, first ?? 0, second ?? 0];
    receiver.send(...order.map((packetIdentifier) => pubrec(packetIdentifier)));
    for (const packetIdentifier of order) expect(await receiver.expect("pubrel")).toMatchObject({ packetIdentifier });
    await cut(test, receiver);
    const again = await enterLasting(test, "r");
    for (const packetIdentifier of order) expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier });
  });
});

describe("messages", () => {
  it("[MQTT-4.5.0-1 of 3.1.1] go into the session of every client with a matching subscription, online or not", async () => {
    const test = await startBroker();
    const online = [await enter(test, "1"), await enterLasting(test, "2"), await enter(test, "3")];
    const offline = await enterLasting(test, "4");
    for (const client of [...online, offline]) await subscribeTo(client, "a", 1);
    await offline.close();
    await publishFrom(await enter(test, "p"), "a", "x");
    for (const client of [...online, await enterLasting(test, "4")]) {
      expect(await takeMessage(client)).toMatchObject({ topic: "a", qos: 1 });
      await client.expectNothing();
    }
  });

  it.each([0, 1, 2])(
    "[MQTT-4.6.0-5 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1] of one publisher and QoS %i come in its order, live, queued and resent",
    async (qos) => {
      const test = await startBroker({ limits: { maximumInflightMessages: 3, queueQos0Messages: true } });
      const { receiver, publisher } = await pair(test, 2);
      const send = (from: number): void => {
        for (let number = from; number < from + 20; number++) {
          publisher.send(publish({ topic: "a", payload: `${number}`, qos, packetIdentifier: number + 1 }));
        }
      };
      send(0);
      const live = await takeAll(receiver, qos === 0 ? 20 : 3);
      await publisherSettled(publisher, qos, 20);
      await cut(test, receiver);
      send(20);
      await publisherSettled(publisher, qos, 20);
      const again = await enterLasting(test, "r");
      const later = await takeAll(again, qos === 0 ? 20 : 40, true);
      const numbers = Array.from({ length: 40 }, (_, number) => `${number}`);
      expect(live).toEqual(numbers.slice(0, live.length));
      expect(later).toEqual(qos === 0 ? numbers.slice(20) : numbers);
    },
  );
});

/** Waits for the answers to `count` messages. */
async function publisherSettled(publisher: RawClient, qos: number, count: number): Promise<void> {
  if (qos === 0) return publisher.expectNothing();
  for (let answer = 0; answer < count; answer++) await publisher.expect(qos === 1 ? "puback" : "pubrec");
}

/** The payloads of the next messages, acknowledged as they come or left open. */
async function takeAll(receiver: RawClient, count: number, acknowledge = false): Promise<string[]> {
  const payloads: string[] = [];
  while (payloads.length < count) {
    const packet = await receiver.next();
    if (packet.type === "pubrel") receiver.send(pubcomp(packet.packetIdentifier));
    if (packet.type !== "publish") continue;
    payloads.push(packet.payload.toString());
    if (acknowledge && packet.qos === 1) receiver.send(puback(packet.packetIdentifier));
    if (acknowledge && packet.qos === 2) receiver.send(pubrec(packet.packetIdentifier));
  }
  return payloads;
}
