import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { publishAcknowledged, retainEnd, retainedFor, subscribeTo, unsubscribeFrom } from "../../support/exchange.ts";
import { cut, takePayloads } from "../../support/flows.ts";
import { puback, publish, pubrec, pubrel, subscribe } from "../../support/packets.ts";
import { enter, enterLasting } from "../mqtt5/clients.ts";

/** What brokers get wrong with subscriptions and with acknowledgements that say no. */

describe("Retain Handling 1", () => {
  const IF_NEW = [{ filter: "t", retainHandling: 1 }];
  const QUIETLY = [{ filter: "t", retainHandling: 2 }];

  async function startWithRetained() {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    await publishAcknowledged(publisher, "t", "kept", { retain: true });
    retainEnd(test);
    return { test, publisher };
  }

  it("[MQTT-3.3.1-10] knows the subscription of a session that goes on, and not that of one that ended", async () => {
    const { test } = await startWithRetained();
    const first = await enterLasting(test, "c");
    await subscribeTo(first, QUIETLY);
    await cut(test, first);
    const second = await enterLasting(test, "c");
    expect(await retainedFor(second, IF_NEW)).toEqual([]);
    const clean = await enterLasting(test, "c", { cleanStart: true });
    expect(await retainedFor(clean, IF_NEW)).toEqual(["t=kept"]);
  });

  it("[MQTT-3.3.1-10] knows a subscription with other options, and one made by the same SUBSCRIBE", async () => {
    const { test } = await startWithRetained();
    const client = await enter(test, "c");
    await subscribeTo(client, [{ filter: "t", qos: 2, noLocal: true, retainHandling: 2 }]);
    expect(await retainedFor(client, IF_NEW)).toEqual([]);
    const twice = await enter(test, "d");
    expect(await retainedFor(twice, [...QUIETLY, ...IF_NEW])).toEqual([]);
  });

  it("[MQTT-3.3.1-10] does not take another filter, another client or a shared subscription for it", async () => {
    const { test } = await startWithRetained();
    await subscribeTo(await enter(test, "other"), QUIETLY);
    const client = await enter(test, "c");
    await subscribeTo(client, [{ filter: "+", retainHandling: 2 }, { filter: "$share/g/t" }]);
    expect(await retainedFor(client, IF_NEW)).toEqual(["t=kept"]);
    await unsubscribeFrom(client, ["t"]);
    expect(await retainedFor(client, IF_NEW)).toEqual(["t=kept"]);
  });
});

describe("a shared subscription", () => {
  it("[MQTT-3.8.4-3] that is made again in the middle of messages loses none of them, nor brings one twice", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    const publisher = await enter(test, "p");
    client.send(subscribe({ subscriptions: ["$share/g/a"] }));
    await client.expect("suback");
    for (let number = 0; number < 50; number++) {
      publisher.send(publish({ topic: "a", payload: `${number}` }));
      client.send(subscribe({ subscriptions: [{ filter: "$share/g/a", qos: number % 3 }] }));
    }
    const received: string[] = [];
    for (let subacks = 0; subacks < 50 || received.length < 50; ) {
      const answer = await client.next();
      if (answer.type === "suback") subacks++;
      else if (answer.type === "publish") received.push(answer.payload.toString());
    }
    expect(received).toEqual(Array.from({ length: 50 }, (_, number) => `${number}`));
    await client.expectNothing();
  });

  it.each([
    ["PUBACK", 1, puback],
    ["PUBREC", 2, pubrec],
  ])(
    "[MQTT-4.8.2-6] a message that its member settles by a %s of 0x80 or above is tried nowhere else, nor again",
    async (_name, qos, refuse) => {
      const test = await startBroker();
      const refusing = await enterLasting(test, "r");
      await subscribeTo(refusing, [{ filter: "$share/g/a", qos }]);
      const publisher = await enter(test, "p");
      publisher.send(publish({ topic: "a", payload: "refused", qos }));
      await publisher.next();
      const { packetIdentifier } = await refusing.expect("publish");
      const other = await enter(test, "o");
      await subscribeTo(other, [{ filter: "$share/g/a", qos }]);
      refusing.send(refuse({ packetIdentifier, reasonCode: 0x80 }));
      await refusing.expectNothing();
      await cut(test, refusing);
      await (await enterLasting(test, "r")).expectNothing();
      await enter(test, "r");
      await other.expectNothing();
    },
  );
});

describe("a PUBREC of 0x80 or above", () => {
  it("[MQTT-4.3.3-4] [MQTT-4.4.0-2] from the client ends the exchange: no PUBREL, and its place goes to the next message", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c", { properties: { receiveMaximum: 1 } });
    await subscribeTo(client, [{ filter: "a", qos: 2 }]);
    for (const payload of ["1", "2", "3"]) test.broker.publish("a", payload, { qos: 2 });
    for (const payload of ["1", "2"]) {
      const message = await client.expect("publish");
      expect(message.payload.toString()).toBe(payload);
      client.send(pubrec({ packetIdentifier: message.packetIdentifier, reasonCode: 0x97 }));
    }
    expect(await takePayloads(client, 1)).toEqual(["3"]);
    await client.expectNothing();
    await cut(test, client);
    await (await enterLasting(test, "c")).expectNothing();
  });

  it("[MQTT-4.3.3-9] from the server ends the exchange: PUBREL for it is unknown, and its identifier stands for another message", async () => {
    const authorize = (_client: object, action: string, topic: string): boolean =>
      action === "subscribe" || topic !== "secret";
    const test = await startBroker({ access: { authenticate: () => 0, authorize }, limits: { receiveMaximum: 1 } });
    const witness = await enter(test, "w");
    await subscribeTo(witness, ["#"]);
    const client = await enter(test, "c");
    for (let time = 0; time < 3; time++) {
      client.send(publish({ topic: "secret", qos: 2, packetIdentifier: 7 }));
      expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 7, reasonCode: 0x87 });
    }
    client.send(pubrel(7));
    expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 7, reasonCode: 0x92 });
    client.send(publish({ topic: "open", qos: 2, packetIdentifier: 7, duplicate: true }));
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 7, reasonCode: 0 });
    expect(await witness.expect("publish")).toMatchObject({ topic: "open" });
    client.send(pubrel(7), pubrel(7));
    expect(await client.expect("pubcomp")).toMatchObject({ reasonCode: 0 });
    expect(await client.expect("pubcomp")).toMatchObject({ reasonCode: 0x92 });
    await witness.expectNothing();
  });
});
