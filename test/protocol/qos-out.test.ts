import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { cut, subscribeTo, takeMessage, takePayloads } from "../support/flows.ts";
import { type ConnectOptions, puback, pubcomp, publish, pubrec, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import type { Packet } from "../support/server-packets.ts";
import { holdTime, pass } from "../support/time.ts";
import { itAt } from "../support/title.ts";

function lasting(version: Version, receiveMaximum = 65_535): ConnectOptions {
  const properties = { sessionExpiryInterval: 0xffffffff, receiveMaximum };
  return { version, clientIdentifier: "c", cleanStart: false, ...(version === 5 && { properties }) };
}

async function subscribed(test: TestBroker, version: Version, qos = 2): Promise<RawClient> {
  const client = await test.connect(lasting(version));
  await subscribeTo(client, "a", qos);
  return client;
}

async function nextMessages(client: RawClient, count: number): Promise<string[]> {
  const shown: string[] = [];
  while (shown.length < count) {
    const { payload, packetIdentifier, duplicate } = await client.expect("publish");
    shown.push(`${payload}=${packetIdentifier}${duplicate ? " DUP" : ""}`);
  }
  return shown;
}

describe.each<Version>([3, 4, 5])("messages to a client at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.8.4-8] [MQTT-4.3.1-1] [MQTT-3.8.4-6 of 3.1.1] [MQTT-4.3.1-1 of 3.1.1] come at the lower of the QoS of the message and of the subscription", async () => {
    const test = await startBroker();
    for (const granted of [0, 1, 2]) {
      const client = await subscribed(test, version, granted);
      for (const qos of [0, 1, 2] as const) {
        test.broker.publish("a", "x", { qos });
        expect(await takeMessage(client)).toMatchObject({ qos: Math.min(qos, granted), duplicate: false });
      }
      await client.expectNothing();
    }
  });

  it("[MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-2.2.1-4] [MQTT-4.3.2-1 of 3.1.1] [MQTT-4.3.3-1 of 3.1.1] [MQTT-2.3.1-4 of 3.1.1] have a packet identifier each, and no DUP", async () => {
    const test = await startBroker();
    const client = await subscribed(test, version);
    const identifiers = new Set<number>();
    for (const qos of [1, 2, 1, 2] as const) {
      test.broker.publish("a", "x", { qos });
      const { packetIdentifier, duplicate } = await client.expect("publish");
      expect(duplicate).toBe(false);
      identifiers.add(packetIdentifier);
    }
    expect(identifiers.size).toBe(4);
  });

  it("[MQTT-4.3.3-4] [MQTT-4.3.3-1 of 3.1.1] PUBREC is answered by PUBREL, and again when it comes again", async () => {
    const test = await startBroker();
    const client = await subscribed(test, version);
    test.broker.publish("a", "x", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    for (let time = 0; time < 2; time++) {
      client.send(pubrec(packetIdentifier));
      expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
    }
    client.send(pubcomp(packetIdentifier));
    await client.expectNothing();
  });

  it("PUBREC for an unknown packet identifier is answered by PUBREL, in 5.0 with 0x92", async () => {
    const test = await startBroker();
    const client = await subscribed(test, version);
    client.send(pubrec(500));
    const reasonCode = version === 5 ? 0x92 : 0;
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier: 500, reasonCode });
  });

  it("[MQTT-4.3.2-3] [MQTT-4.3.3-3] [MQTT-4.3.2-1 of 3.1.1] [MQTT-4.3.3-1 of 3.1.1] PUBACK and PUBCOMP for unknown packet identifiers, or of the wrong kind, settle nothing", async () => {
    const test = await startBroker();
    const client = await subscribed(test, version);
    test.broker.publish("a", "1", { qos: 1 });
    test.broker.publish("a", "2", { qos: 2 });
    const one = await client.expect("publish");
    const two = await client.expect("publish");
    client.send(puback(500), pubcomp(501), pubcomp(one.packetIdentifier), puback(two.packetIdentifier));
    client.send(pubcomp(two.packetIdentifier));
    await client.expectNothing();
    await cut(test, client);
    const again = await test.connect(lasting(version));
    const expected = [`1=${one.packetIdentifier} DUP`, `2=${two.packetIdentifier} DUP`];
    expect(await nextMessages(again, 2)).toEqual(expected);
  });

  it("[MQTT-4.4.0-1] are not sent again on the same connection, however long it lasts, nor is a PUBREL", async () => {
    holdTime();
    const test = await startBroker();
    const client = await subscribed(test, version);
    for (const qos of [1, 2, 2] as const) test.broker.publish("a", "x", { qos });
    const one = await client.expect("publish");
    const two = await client.expect("publish");
    const released = await client.expect("publish");
    client.send(pubrec(released.packetIdentifier));
    await client.expect("pubrel");
    for (const seconds of [1, 60, 3_600]) {
      pass(seconds);
      await client.expectNothing();
      await subscribeTo(client, "b", 1);
      test.broker.publish("a", "new", { qos: 1 });
      expect((await takeMessage(client)).payload.toString()).toBe("new");
    }
    client.send(puback(one.packetIdentifier), pubrec(two.packetIdentifier), pubcomp(released.packetIdentifier));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier: two.packetIdentifier, reasonCode: 0 });
    client.send(pubcomp(two.packetIdentifier));
    pass(3_600);
    await client.expectNothing();
  });

  it("[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.4.0-1 of 3.1.1] [MQTT-3.3.1-1 of 3.1.1] [MQTT-2.3.1-4 of 3.1.1] [MQTT-4.6.0-1 of 3.1.1] are sent again when the session is resumed: same identifiers, same order, DUP", async () => {
    const test = await startBroker();
    const first = await subscribed(test, version);
    for (const payload of ["1", "2", "3", "4", "5"]) {
      test.broker.publish("a", payload, { qos: Number(payload) % 2 === 0 ? 2 : 1 });
    }
    const sent = await nextMessages(first, 5);
    const [, second, third] = sent.map((each) => Number(each.split("=")[1]));
    first.send(puback(third ?? 0), pubrec(second ?? 0));
    expect(await first.expect("pubrel")).toMatchObject({ packetIdentifier: second });
    await cut(test, first);
    test.broker.publish("a", "6", { qos: 1 });

    const again = await test.connect(lasting(version));
    const packets: Packet[] = [];
    while (packets.length < 5) packets.push(await again.next());
    const published = packets.filter((each) => each.type === "publish");
    const released = packets.filter((each) => each.type === "pubrel");
    expect(released).toMatchObject([{ packetIdentifier: second }]);
    expect(published.map(({ payload, packetIdentifier }) => `${payload}=${packetIdentifier}`)).toEqual([
      ...[sent[0], sent[3], sent[4]],
      expect.stringMatching(/^6=/),
    ]);
    expect(published.map(({ duplicate }) => duplicate)).toEqual([true, true, true, false]);
    await again.expectNothing();
  });

  it("[MQTT-4.3.3-5] [MQTT-4.3.3-6] [MQTT-4.3.3-1 of 3.1.1] once released, only the PUBREL is repeated, on every connection until PUBCOMP", async () => {
    const test = await startBroker();
    let client = await subscribed(test, version);
    test.broker.publish("a", "x", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    client.send(pubrec(packetIdentifier));
    await client.expect("pubrel");
    for (let time = 0; time < 2; time++) {
      await cut(test, client);
      client = await test.connect(lasting(version));
      expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
      await client.expectNothing();
    }
    client.send(pubcomp(packetIdentifier));
    await client.expectNothing();
    await cut(test, client);
    client = await test.connect(lasting(version));
    await client.expectNothing();
  });

  it("[MQTT-4.4.0-1] [MQTT-4.4.0-1 of 3.1.1] are sent again to a client that takes the session over", async () => {
    const test = await startBroker();
    const first = await subscribed(test, version);
    test.broker.publish("a", "1", { qos: 1 });
    test.broker.publish("a", "2", { qos: 2 });
    const sent = await nextMessages(first, 2);
    const second = await test.connect(lasting(version));
    expect(await nextMessages(second, 2)).toEqual(sent.map((each) => `${each} DUP`));
    await second.expectNothing();
  });

  it("go the same way to a session that ends with its connection", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 2 } });
    const client = await test.connect({ version, clientIdentifier: "c" });
    await subscribeTo(client, "a", 2);
    for (const [index, qos] of ([1, 2, 2, 1, 2] as const).entries()) test.broker.publish("a", `${index}`, { qos });
    const [one, two] = [await client.expect("publish"), await client.expect("publish")];
    await client.expectNothing();
    client.send(pubrec(two.packetIdentifier));
    await client.expect("pubrel");
    client.send(pubcomp(two.packetIdentifier));
    expect((await takeMessage(client)).payload.toString()).toBe("2");
    client.send(puback(one.packetIdentifier));
    const rest = [await client.expect("publish"), await client.expect("publish")];
    expect(rest.map(({ payload }) => payload.toString())).toEqual(["3", "4"]);
    await client.expectNothing();
  });

  it("[MQTT-3.1.2-4] [MQTT-3.1.2-6 of 3.1.1] are gone with the session when the client starts clean", async () => {
    const test = await startBroker();
    const first = await subscribed(test, version);
    test.broker.publish("a", "x", { qos: 2 });
    await first.expect("publish");
    await cut(test, first);
    const clean = await test.connect({ ...lasting(version), cleanStart: true });
    await clean.expectNothing();
  });

  it("[MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1] come in the order in which one client published them", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 3 } });
    const client = await subscribed(test, version);
    const publisher = await test.connect({ version, clientIdentifier: "p" });
    const expected = Array.from({ length: 30 }, (_, index) => `${index}`);
    const packets = expected.map((payload, index) =>
      publish({ version, topic: "a", payload, qos: 1, packetIdentifier: index + 1 }),
    );
    publisher.send(...packets);
    expect(await takePayloads(client, 30)).toEqual(expected);
  });
});

describe("acknowledgements that say failure, from a client of MQTT 5.0", () => {
  it.each([
    ["PUBACK", 1 as const, puback],
    ["PUBREC", 2 as const, pubrec],
  ])("[MQTT-4.4.0-2] a %s with 0x80 or above settles the message", async (_name, qos, refuse) => {
    const test = await startBroker({ limits: { maximumInflightMessages: 1 } });
    const client = await subscribed(test, 5);
    test.broker.publish("a", "refused", { qos });
    test.broker.publish("a", "next", { qos: 1 });
    const { packetIdentifier } = await client.expect("publish");
    client.send(refuse({ packetIdentifier, reasonCode: 0x97, properties: { reasonString: "no" } }));
    expect((await takeMessage(client)).payload.toString()).toBe("next");
    await client.expectNothing();
    await cut(test, client);
    const again = await test.connect(lasting(5));
    await again.expectNothing();
  });

  it("a PUBREC that says failure is not answered, not even for an unknown packet identifier", async () => {
    const test = await startBroker();
    const client = await subscribed(test, 5);
    client.send(pubrec({ packetIdentifier: 500, reasonCode: 0x80 }));
    await client.expectNothing();
  });

  it("[MQTT-4.3.3-4] a PUBREC with 0x10 is a success", async () => {
    const test = await startBroker();
    const client = await subscribed(test, 5);
    test.broker.publish("a", "x", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    client.send(pubrec({ packetIdentifier, reasonCode: 0x10 }));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
  });

  it("a PUBCOMP with 0x92 ends the exchange", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 1 } });
    const client = await subscribed(test, 5);
    test.broker.publish("a", "1", { qos: 2 });
    test.broker.publish("a", "2", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    client.send(pubrec(packetIdentifier));
    await client.expect("pubrel");
    client.send(pubcomp({ packetIdentifier, reasonCode: 0x92 }));
    expect((await takeMessage(client)).payload.toString()).toBe("2");
  });

  it("[MQTT-4.3.3-7] a QoS 2 message that went out comes again though it expired meanwhile", async () => {
    const test = await startBroker();
    const first = await subscribed(test, 5);
    test.broker.publish("a", "x", { qos: 2, properties: { messageExpiryInterval: 0 } });
    const { packetIdentifier } = await first.expect("publish");
    await cut(test, first);
    const again = await test.connect(lasting(5));
    expect(await again.expect("publish")).toMatchObject({ packetIdentifier, duplicate: true });
  });
});
