import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { publishes } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo } from "../../support/flows.ts";
import { puback, pubcomp, publish, pubrec, pubrel } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { enter, enterLasting } from "./clients.ts";

/** Quality of service and order of MQTT 5.0 (§3.3.1, §4.3, §4.6). */

/** A client with a lasting session that subscribed to "a", and one that publishes. */
async function pair(test: TestBroker, qos: number): Promise<{ receiver: RawClient; publisher: RawClient }> {
  const receiver = await enterLasting(test, "r");
  await subscribeTo(receiver, "a", qos);
  return { receiver, publisher: await enter(test, "p") };
}

it.each([0, 1, 2])(
  "[MQTT-4.3.1-1] [MQTT-3.3.1-2] QoS 0 goes out with QoS 0 and without DUP, where the publisher's QoS is %i",
  async (qos) => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 0);
    publisher.send(publish({ topic: "a", qos, duplicate: qos > 0 }));
    expect(await receiver.expect("publish")).toMatchObject({ qos: 0, duplicate: false });
    await cut(test, receiver);
    await (await enterLasting(test, "r")).expectNothing();
  },
);

it.each([1, 2])(
  "[MQTT-3.3.1-3] DUP of the publisher with QoS %i does not go on to receivers, nor does its absence",
  async (qos) => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    publisher.send(publish({ topic: "a", qos, packetIdentifier: 1, duplicate: true }));
    publisher.send(publish({ topic: "a", qos, packetIdentifier: 2, duplicate: false }));
    expect(await publishes(receiver, 2)).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    await cut(test, receiver);
    expect(await publishes(await enterLasting(test, "r"), 2)).toMatchObject([{ duplicate: true }, { duplicate: true }]);
  },
);

describe("QoS 1", () => {
  it("[MQTT-4.3.2-1] [MQTT-4.3.2-3] takes a free packet identifier, and stays unacknowledged until its PUBACK", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 1);
    for (const payload of ["1", "2", "3"]) await publishFrom(publisher, "a", payload);
    const identifiers = (await publishes(receiver, 3)).map(({ packetIdentifier }) => packetIdentifier);
    expect(new Set(identifiers).size).toBe(3);
    receiver.send(puback(identifiers[1] ?? 0));
    await receiver.expectNothing();
    await cut(test, receiver);
    const again = await enterLasting(test, "r");
    const repeated = await publishes(again, 2);
    expect(repeated.map(({ packetIdentifier }) => packetIdentifier)).toEqual([identifiers[0], identifiers[2]]);
    await publishFrom(publisher, "a", "4");
    const { packetIdentifier } = await again.expect("publish");
    expect([identifiers[0], identifiers[2]]).not.toContain(packetIdentifier);
    again.send(...[...repeated, { packetIdentifier }].map((each) => puback(each.packetIdentifier)));
    await again.expectNothing();
    await cut(test, again);
    await (await enterLasting(test, "r")).expectNothing();
  });

  it("[MQTT-4.3.2-4] is answered by a PUBACK with its packet identifier, once it is where it was to go", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 0);
    for (const packetIdentifier of [1, 300, 65_535]) {
      publisher.send(publish({ topic: "a", qos: 1, packetIdentifier }));
      expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier, reasonCode: 0 });
      await receiver.expect("publish");
    }
    await publisher.expectNothing();
  });
});

describe("QoS 2", () => {
  it("[MQTT-4.3.3-1] [MQTT-4.3.3-3] takes a free packet identifier, and stays unacknowledged until its PUBREC", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    for (const payload of ["1", "2"]) await publishFrom(publisher, "a", payload, { qos: 2 });
    const [first, second] = (await publishes(receiver, 2)).map(({ packetIdentifier }) => packetIdentifier);
    expect(first).not.toBe(second);
    receiver.send(puback(first ?? 0), pubcomp(first ?? 0));
    await receiver.expectNothing();
    await cut(test, receiver);
    expect(await publishes(await enterLasting(test, "r"), 2)).toMatchObject([
      { qos: 2, packetIdentifier: first, duplicate: true },
      { qos: 2, packetIdentifier: second, duplicate: true },
    ]);
  });

  it("[MQTT-4.3.3-5] its PUBREL stays unacknowledged until the PUBCOMP, over every connection", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 2);
    await publishFrom(publisher, "a", "x", { qos: 2 });
    const { packetIdentifier } = await receiver.expect("publish");
    receiver.send(pubrec(packetIdentifier));
    expect(await receiver.expect("pubrel")).toMatchObject({ packetIdentifier });
    await cut(test, receiver);
    for (let connection = 0; connection < 2; connection++) {
      const again = await enterLasting(test, "r");
      expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
      await again.expectNothing();
      await cut(test, again);
    }
    const last = await enterLasting(test, "r");
    await last.expect("pubrel");
    last.send(pubcomp(packetIdentifier));
    await last.expectNothing();
    await cut(test, last);
    await (await enterLasting(test, "r")).expectNothing();
  });

  it("[MQTT-4.3.3-8] is answered by a PUBREC with its packet identifier, once it is where it was to go", async () => {
    const test = await startBroker();
    const { receiver, publisher } = await pair(test, 0);
    for (const packetIdentifier of [1, 300, 65_535]) {
      publisher.send(publish({ topic: "a", qos: 2, packetIdentifier }));
      expect(await publisher.expect("pubrec")).toMatchObject({ packetIdentifier, reasonCode: 0 });
      await receiver.expect("publish");
    }
    publisher.send(pubrel(300));
    expect(await publisher.expect("pubcomp")).toMatchObject({ packetIdentifier: 300 });
  });
});

describe("order", () => {
  it.each([0, 1, 2])(
    "[MQTT-4.6.0-5] of one publisher's messages of QoS %i is kept through a window of two, two connections and interleaved topics",
    async (qos) => {
      const test = await startBroker({ limits: { queueQos0Messages: true } });
      const receiver = await enterLasting(test, "r", { properties: { receiveMaximum: 2 } });
      await subscribeTo(receiver, "a/+", 2);
      const publisher = await enter(test, "p");
      const numbers = Array.from({ length: 30 }, (_, number) => `${number}`);
      for (const [index, payload] of numbers.entries()) {
        publisher.send(publish({ topic: `a/${index % 3}`, payload, qos, packetIdentifier: index + 1 }));
        if (index !== 14) continue;
        for (let answer = 0; qos > 0 && answer < 15; answer++) await publisher.next();
        await publisher.expectNothing();
        if (qos > 0) expect(await publishes(receiver, 2)).toHaveLength(2);
        else expect(await publishes(receiver, 15)).toHaveLength(15);
        await cut(test, receiver);
      }
      for (let answer = 0; qos > 0 && answer < 15; answer++) await publisher.next();
      await publisher.expectNothing();
      const again = await enterLasting(test, "r", { properties: { receiveMaximum: 2 } });
      expect(await takeAll(again, qos === 0 ? 15 : 30)).toEqual(qos === 0 ? numbers.slice(15) : numbers);
    },
  );
});

/** The payloads of the next messages, acknowledged as they come. */
async function takeAll(receiver: RawClient, count: number): Promise<string[]> {
  const payloads: string[] = [];
  while (payloads.length < count) {
    const packet = await receiver.next();
    if (packet.type === "pubrel") receiver.send(pubcomp(packet.packetIdentifier));
    if (packet.type !== "publish") continue;
    payloads.push(packet.payload.toString());
    if (packet.qos === 1) receiver.send(puback(packet.packetIdentifier));
    if (packet.qos === 2) receiver.send(pubrec(packet.packetIdentifier));
  }
  return payloads;
}
