import { describe, expect, it } from "vitest";
import { type DurableBroker, lasting, resume, startDurable } from "../support/durable.ts";
import { publishFrom, subscribeTo, takeMessage } from "../support/flows.ts";
import { type ConnectOptions, disconnect, publish, subscribe, unsubscribe, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { holdTime, pass } from "../support/time.ts";
import { itAt } from "../support/title.ts";

describe.each<Version>([3, 4, 5])("after a crash a session at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.2.2-3] [MQTT-4.1.0-1] [MQTT-3.2.2-2 of 3.1.1] [MQTT-4.1.0-1 of 3.1.1] is there, with its subscriptions, as soon as its CONNACK and SUBACK came", async () => {
    const before = await startDurable();
    await subscribeTo(await before.connect(lasting("c", version)), "a/+", 1);
    const test = await before.restart();
    const client = await resume(test, lasting("c", version));
    await publishFrom(await test.connect({ version: 5 }), "a/b", "live");
    expect(await takeMessage(client)).toMatchObject({ topic: "a/b", payload: Buffer.from("live"), qos: 1 });
  });

  it("[MQTT-3.10.4-2] [MQTT-3.10.4-2 of 3.1.1] does not have the subscriptions that an UNSUBACK took away", async () => {
    const before = await startDurable();
    const first = await before.connect(lasting("c", version));
    for (const filter of ["a", "b"]) await subscribeTo(first, filter, 1);
    first.send(unsubscribe({ version, packetIdentifier: 9, filters: ["a"] }));
    await first.expect("unsuback");
    const test = await before.restart();
    const client = await resume(test, lasting("c", version));
    const publisher = await test.connect();
    for (const topic of ["a", "b"]) await publishFrom(publisher, topic, topic);
    expect(await takeMessage(client)).toMatchObject({ topic: "b" });
    await client.expectNothing();
  });

  it("[MQTT-3.1.2-4] [MQTT-3.1.2-6 of 3.1.1] is gone for good once a client with the same identifier began anew", async () => {
    const before = await startDurable();
    const first = await before.connect(lasting("c", version));
    await subscribeTo(first, "a", 1);
    await first.close();
    await publishFrom(await before.connect(), "a", "queued");
    const anew = await before.connect({ version, clientIdentifier: "c", cleanStart: true });
    expect(anew.connack).toMatchObject({ sessionPresent: false });
    const test = await before.restart();
    expect(test.broker.gauges.sessions).toBe(0);
    const client = await test.connect(lasting("c", version));
    expect(client.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    await publishFrom(await test.connect(), "a", "live");
    await client.expectNothing();
  });

  it("that does not outlive its connection is not kept", async () => {
    const before = await startDurable();
    await subscribeTo(await before.connect({ version, clientIdentifier: "c" }), "a", 1);
    const test = await before.restart();
    expect(test.broker.gauges.sessions).toBe(0);
    expect((await test.connect(lasting("c", version))).connack).toMatchObject({ sessionPresent: false });
  });
});

describe("after a crash a subscription has", () => {
  /** A client that subscribed with what a test is about, seen after the crash, and a publisher. */
  async function restarted(
    options: Parameters<typeof subscribe>[0],
  ): Promise<{ test: DurableBroker; client: RawClient; publisher: RawClient }> {
    const before = await startDurable();
    const first = await before.connect(lasting("c"));
    first.send(subscribe(options));
    await first.expect("suback");
    const test = await before.restart();
    return { test, client: await resume(test, lasting("c")), publisher: await test.connect() };
  }

  it("[MQTT-3.8.4-8] its maximum QoS", async () => {
    const subscriptions = [
      { filter: "zero", qos: 0 },
      { filter: "one", qos: 1 },
      { filter: "two", qos: 2 },
    ];
    const { client, publisher } = await restarted({ subscriptions });
    for (const topic of ["zero", "one", "two"]) await publishFrom(publisher, topic, "", { qos: 2 });
    for (const qos of [0, 1, 2]) expect(await takeMessage(client)).toMatchObject({ qos });
  });

  it("[MQTT-3.8.3-3] No Local", async () => {
    const { client, publisher } = await restarted({ subscriptions: [{ filter: "a", qos: 1, noLocal: true }] });
    await publishFrom(client, "a", "own");
    await publishFrom(publisher, "a", "other");
    expect(await takeMessage(client)).toMatchObject({ payload: Buffer.from("other") });
  });

  it("[MQTT-3.3.1-12] [MQTT-3.3.1-13] Retain As Published, or not", async () => {
    const subscriptions = [
      { filter: "as", qos: 1, retainAsPublished: true },
      { filter: "not", qos: 1 },
    ];
    const { client, publisher } = await restarted({ subscriptions });
    for (const topic of ["as", "not"]) await publishFrom(publisher, topic, "x", { retain: true });
    expect(await takeMessage(client)).toMatchObject({ topic: "as", retain: true });
    expect(await takeMessage(client)).toMatchObject({ topic: "not", retain: false });
  });

  it("[MQTT-3.3.4-3] its Subscription Identifier", async () => {
    const properties = { subscriptionIdentifiers: [268_435_455] };
    const { client, publisher } = await restarted({ subscriptions: [{ filter: "a", qos: 1 }], properties });
    await publishFrom(publisher, "a", "x");
    expect(await takeMessage(client)).toMatchObject({ properties: { subscriptionIdentifiers: [268_435_455] } });
  });

  it("[MQTT-3.3.1-10] its place: with Retain Handling 1 the same filter brings no retained messages", async () => {
    const { client, publisher } = await restarted({ subscriptions: [{ filter: "a", qos: 1 }] });
    await publishFrom(publisher, "a", "x", { retain: true });
    await takeMessage(client);
    client.send(subscribe({ subscriptions: [{ filter: "a", qos: 1, retainHandling: 1 }] }));
    await client.expect("suback");
    await client.expectNothing();
  });

  it("[MQTT-3.8.4-3] what the last SUBSCRIBE to its filter said", async () => {
    const before = await startDurable();
    const first = await before.connect(lasting("c"));
    await subscribeTo(first, "a", 2);
    await subscribeTo(first, "a", 1);
    const test = await before.restart();
    const client = await resume(test, lasting("c"));
    await publishFrom(await test.connect(), "a", "x", { qos: 2 });
    expect(await takeMessage(client)).toMatchObject({ qos: 1 });
    await client.expectNothing();
  });

  it("[MQTT-4.8.2-2] its group", async () => {
    const { test, client, publisher } = await restarted({ subscriptions: [{ filter: "$share/g/a", qos: 1 }] });
    const other = await test.connect();
    await subscribeTo(other, "$share/g/a", 1);
    for (let i = 0; i < 4; i++) await publishFrom(publisher, "a", `${i}`);
    for (const member of [client, other]) {
      for (let i = 0; i < 2; i++) await takeMessage(member);
      await member.expectNothing();
    }
  });

  it("its filter, though it is longer than a key of the database may be", async () => {
    const filters = ["x", "y"].map((end) => `${"long".repeat(5_000)}/${end}`);
    const { client, publisher } = await restarted({ subscriptions: filters.map((filter) => ({ filter, qos: 1 })) });
    for (const filter of filters) await publishFrom(publisher, filter, "");
    for (const filter of filters) expect(await takeMessage(client)).toMatchObject({ topic: filter });
  });
});

describe("the Session Expiry Interval", () => {
  const ofAMinute: ConnectOptions = lasting("c", 5, 60);

  /** A session with a queued message whose client left; time stands still. */
  async function withOfflineSession(leave: (client: RawClient) => Promise<void> | void): Promise<DurableBroker> {
    holdTime();
    const test = await startDurable();
    const client = await test.connect(ofAMinute);
    await subscribeTo(client, "a", 1);
    await leave(client);
    await publishFrom(await test.connect(), "a", "queued");
    return test;
  }

  it("[MQTT-4.1.0-2] goes on while the broker is down: the session is over and nothing of it is left", async () => {
    const before = await withOfflineSession((client) => client.close());
    pass(30);
    await before.crash();
    pass(31);
    const test = await before.restart();
    expect(test.broker.gauges.sessions).toBe(0);
    const client = await test.connect(ofAMinute);
    expect(client.connack).toMatchObject({ sessionPresent: false });
    await publishFrom(await test.connect(), "a", "live");
    await client.expectNothing();
    const again = await test.restart();
    await (await resume(again, ofAMinute)).expectNothing();
  });

  it("leaves the rest of its time to a session after a restart", async () => {
    const before = await withOfflineSession((client) => client.close());
    pass(30);
    const test = await before.restart();
    pass(29);
    expect(test.broker.gauges.sessions).toBe(1);
    pass(2);
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("begins at the end of the broker for a client that was online then, however often the broker ends", async () => {
    holdTime();
    const first = await startDurable();
    await first.connect(ofAMinute);
    const second = await first.restart();
    pass(40);
    await second.kept();
    const third = await second.restart();
    pass(19);
    expect(third.broker.gauges.sessions).toBe(2);
    pass(2);
    expect(third.broker.gauges.sessions).toBe(1);
  });

  it("is the one that a DISCONNECT gave", async () => {
    const before = await withOfflineSession(async (client) => {
      client.send(disconnect({ reasonCode: 0, properties: { sessionExpiryInterval: 600 } }));
      await client.expectClosed();
    });
    await before.crash();
    pass(300);
    const test = await before.restart();
    const client = await resume(test, ofAMinute);
    expect(await takeMessage(client)).toMatchObject({ payload: Buffer.from("queued") });
  });

  it("of 0 in a CONNECT ends a session that was kept, with the connection or the broker", async () => {
    const before = await startDurable();
    await (await before.connect(lasting("c"))).close();
    const last = await resume(before, { ...lasting("c"), properties: {} });
    await subscribeTo(last, "a", 1);
    const test = await before.restart();
    expect(test.broker.gauges.sessions).toBe(0);
    const anew = await test.restart();
    expect((await anew.connect(lasting("c"))).connack).toMatchObject({ sessionPresent: false });
  });
});

it("sessions get what they are sent after several restarts, each under its own name", async () => {
  let test = await startDurable();
  for (const name of ["one", "two"]) {
    await subscribeTo(await test.connect(lasting(name)), name, 1);
    test = await test.restart();
  }
  await subscribeTo(await test.connect(lasting("three")), "three", 1);
  const publisher = await test.connect();
  for (const name of ["three", "two", "one"]) {
    publisher.send(publish({ topic: name, payload: name, qos: 1 }));
    await publisher.expect("puback");
  }
  test = await test.restart();
  for (const name of ["one", "two", "three"]) {
    const client = await resume(test, lasting(name));
    expect(await takeMessage(client)).toMatchObject({ topic: name });
    await client.expectNothing();
  }
});
