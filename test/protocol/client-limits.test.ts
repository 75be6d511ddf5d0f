import { describe, expect, it } from "vitest";
import { type ClientLimitRule, createBroker, type ListenerLimits } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { startDurable } from "../support/durable.ts";
import { messages, publishAcknowledged, publishes, subscribeTo } from "../support/exchange.ts";
import { access, startLimited } from "../support/limited-clients.ts";
import { type ConnectOptions, connect, puback, publish } from "../support/packets.ts";

describe("sessions of a user", () => {
  const clientLimits = [{ users: ["ann"], maximumSessionsPerUser: 2 }];
  const lasting = (clientIdentifier: string, more: ConnectOptions = {}): ConnectOptions => ({
    ...{ clientIdentifier, username: "ann", cleanStart: false, properties: { sessionExpiryInterval: 1_000 } },
    ...more,
  });

  it("are so many at the most, those of offline clients included; each of them can be gone on with, begun anew and ended", async () => {
    const test = await startBroker({ access, clientLimits });
    const enter = async (connect: ConnectOptions): Promise<number | undefined> => {
      const client = await test.connect(connect);
      if (client.connack?.reasonCode === 0) await client.close();
      return client.connack?.reasonCode;
    };
    expect([await enter(lasting("a")), await enter(lasting("b")), await enter(lasting("c"))]).toEqual([0, 0, 0x97]);
    expect(await enter(lasting("c", { version: 4 }))).toBe(3);
    expect(await enter(lasting("c", { username: "bob" }))).toBe(0);
    expect(await enter(lasting("c"))).toBe(0x97);
    expect([await enter(lasting("a")), await enter(lasting("a", { cleanStart: true }))]).toEqual([0, 0]);
    expect(await enter(lasting("a", { properties: {} }))).toBe(0);
    expect([await enter(lasting("d")), await enter(lasting("e"))]).toEqual([0, 0x97]);
  });

  it("count after a restart as well", async () => {
    const before = await startDurable({ access, clientLimits });
    for (const name of ["a", "b"]) await (await before.connect(lasting(name))).close();
    const test = await before.restart();
    expect((await test.connect(lasting("c"))).connack).toMatchObject({ reasonCode: 0x97 });
    expect((await test.connect(lasting("b"))).connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
  });
});

describe("limits of a client", () => {
  it("are told it in the CONNACK, and hold for it alone", async () => {
    const test = await startLimited({ maximumPacketSize: 1_000, receiveMaximum: 2 });
    const limited = await test.connect({ clientIdentifier: "l" });
    expect(limited.connack?.properties).toMatchObject({ maximumPacketSize: 1_000, receiveMaximum: 2 });
    const free = await test.connect({ clientIdentifier: "free" });
    expect(free.connack?.properties).toMatchObject({ maximumPacketSize: 1_048_576, receiveMaximum: 1_024 });
    await publishAcknowledged(free, "a", Buffer.alloc(1_000));
    await publishAcknowledged(limited, "a", Buffer.alloc(900));
    limited.send(publish({ topic: "a", payload: Buffer.alloc(1_000) }));
    expect(await limited.expect("disconnect")).toMatchObject({ reasonCode: 0x95 });
  });

  it("are never above those of the broker", async () => {
    const test = await startLimited(
      { maximumPacketSize: 1_000_000, receiveMaximum: 100 },
      { limits: { receiveMaximum: 10 } },
    );
    const limited = await test.connect({ clientIdentifier: "l" });
    expect(limited.connack?.properties).toMatchObject({ maximumPacketSize: 1_000_000, receiveMaximum: 10 });
  });

  it("a packet that comes in one chunk with the CONNECT is no exception", async () => {
    const test = await startLimited({ maximumPacketSize: 200 });
    const client = await test.open();
    client.send(connect({ clientIdentifier: "l" }), publish({ topic: "a", payload: Buffer.alloc(500) }));
    await client.expect("connack");
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x95 });
  });

  it("QoS 2 messages from it under way", async () => {
    const test = await startLimited({ receiveMaximum: 2 });
    const client = await test.connect({ clientIdentifier: "l" });
    for (const packetIdentifier of [1, 2]) {
      client.send(publish({ topic: "a", qos: 2, packetIdentifier }));
      await client.expect("pubrec");
    }
    client.send(publish({ topic: "a", qos: 2, packetIdentifier: 3 }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x93 });
  });

  it("messages to it under way", async () => {
    const test = await startLimited({ maximumInflightMessages: 3 });
    const client = await test.connect({ clientIdentifier: "l" });
    await subscribeTo(client, [{ filter: "a", qos: 1 }]);
    for (let count = 0; count < 5; count++) test.broker.publish("a", `${count}`, { qos: 1 });
    const [first] = await publishes(client, 3);
    await client.expectNothing();
    client.send(puback(first?.packetIdentifier ?? 0));
    expect(await messages(client, 1)).toEqual(["a=3"]);
  });

  it.each([
    ["messages", { maximumQueuedMessages: 2 }],
    ["bytes", { maximumQueuedBytes: 25 }],
  ])("%s that wait in its session, also while it is offline", async (_, limits) => {
    const test = await startLimited(limits);
    const persistent = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    for (const clientIdentifier of ["l", "free"]) {
      const client = await test.connect({ clientIdentifier, ...persistent });
      await subscribeTo(client, [{ filter: "a", qos: 1 }]);
      await client.close();
    }
    for (let count = 0; count < 5; count++) test.broker.publish("a", `a message ${count}`, { qos: 1 });
    const limited = await test.connect({ clientIdentifier: "l", ...persistent });
    expect(await messages(limited, 2)).toEqual(["a=a message 0", "a=a message 1"]);
    await limited.expectNothing();
    const free = await test.connect({ clientIdentifier: "free", ...persistent });
    expect(await messages(free, 5)).toHaveLength(5);
  });

  it("subscriptions", async () => {
    const test = await startLimited({ maximumSubscriptions: 2 });
    const client = await test.connect({ clientIdentifier: "l" });
    const suback = await subscribeTo(client, [
      { filter: "a" },
      { filter: "b" },
      { filter: "c" },
      { filter: "$share/g/a" },
    ]);
    expect(suback.reasonCodes).toEqual([0, 0, 0x97, 0x97]);
    const free = await test.connect({ clientIdentifier: "free" });
    expect((await subscribeTo(free, [{ filter: "a" }, { filter: "b" }, { filter: "c" }])).reasonCodes).toEqual([
      0, 0, 0,
    ]);
  });

  it("levels of topics: in PUBLISH, by alias, in SUBSCRIBE and the will", async () => {
    const test = await startLimited({ maximumTopicLevels: 3 });
    const client = await test.connect({ clientIdentifier: "l" });
    const filters = ["a/b/c", "a/b/c/d", "$share/g/a/b/c", "$share/g/a/b/c/d", "y/+/#"];
    const suback = await subscribeTo(
      client,
      filters.map((filter) => ({ filter })),
    );
    expect(suback.reasonCodes).toEqual([0, 0x8f, 0, 0x8f, 0]);
    await publishAcknowledged(client, "x/b/c", "", { properties: { topicAlias: 1 } });
    await publishAcknowledged(client, "", "", { properties: { topicAlias: 1 } });
    client.send(publish({ topic: "a/b/c/d", properties: { topicAlias: 2 } }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x90 });
    const will = { topic: "a/b/c/d", payload: "" };
    const refused = await test.connect({ clientIdentifier: "l", will });
    expect(refused.connack).toMatchObject({ reasonCode: 0x90 });
    const free = await test.connect({ clientIdentifier: "free", will });
    await publishAcknowledged(free, "a/b/c/d");
  });
});

describe("rules", () => {
  /** Which rule holds, by the Receive Maximum that each gives. */
  async function received(test: TestBroker, options: object): Promise<number | undefined> {
    const client = await test.connect({ clientIdentifier: "c", ...options });
    return client.connack?.properties.receiveMaximum;
  }

  it("the first that is about a client holds alone; without any, what the listener says", async () => {
    const test = await startBroker({
      access,
      listeners: [{ protocol: "mqtt", port: 0, name: "door", limits: { receiveMaximum: 99, maximumPacketSize: 999 } }],
      clientLimits: [
        { users: ["alice", "bob"], clients: ["x*y"], receiveMaximum: 1 },
        { users: ["alice"], receiveMaximum: 2 },
        { groups: ["b"], receiveMaximum: 3 },
        { listeners: ["elsewhere"], receiveMaximum: 4 },
        { addresses: ["10.0.0.0/8"], receiveMaximum: 5 },
        { anonymous: true, clients: ["q"], receiveMaximum: 6 },
        { clients: ["free"] },
      ],
    });
    expect(await received(test, { username: "alice", clientIdentifier: "x.y" })).toBe(1);
    expect(await received(test, { username: "alice" })).toBe(2);
    expect(await received(test, { username: "bert", clientIdentifier: "xy" })).toBe(3);
    expect(await received(test, { clientIdentifier: "q" })).toBe(6);
    expect(await received(test, { clientIdentifier: "q2" })).toBe(99);
    expect(await received(test, { clientIdentifier: "free" })).toBe(1_024);
    const alice = await test.connect({ username: "alice" });
    expect(alice.connack?.properties.maximumPacketSize).toBe(1_048_576);
  });

  it("of a reload hold for clients that connect from then on", async () => {
    const test = await startLimited({ maximumSubscriptions: 1, maximumConnectionsPerUser: 1 });
    const listeners = [{ protocol: "mqtt", port: 0, limits: { receiveMaximum: 7 } }] as const;
    const client = await test.connect({ clientIdentifier: "l", username: "u" });
    await expect(test.broker.reload({ listeners, clientLimits: [{ receiveMaximum: 0 }] })).rejects.toThrow(
      "clientLimits[0].receiveMaximum: give a whole number from 1 to 65535, not 0",
    );
    await test.broker.reload({ listeners, clientLimits: [{ clients: ["l*"], maximumSubscriptions: 2 }] });
    expect((await subscribeTo(client, [{ filter: "a" }, { filter: "b" }])).reasonCodes).toEqual([0, 0x97]);
    const other = await test.connect({ clientIdentifier: "l2", username: "u" });
    expect((await subscribeTo(other, [{ filter: "a" }, { filter: "b" }])).reasonCodes).toEqual([0, 0]);
    expect(await received(test, {})).toBe(7);
  });

  it.each([
    [{ messageRate: 0 }, "clientLimits[0].messageRate: give a number from 0.001 to 10000000, not 0"],
    [{ messageBurst: 3 }, "clientLimits[0].messageBurst: give messageRate with it"],
    [{ ratesPer: "group" }, "clientLimits[0].ratesPer: give one of client, user, address, not group"],
    [{ connectionRate: 3 }, 'clientLimits[0]: there is no limit "connectionRate"'],
    [{ users: "alice" }, "clientLimits[0].users: give a list of texts"],
    [{ addresses: ["here"] }, '"here" is no address'],
  ])("%j is not one", (rule, message) => {
    const clientLimits = [rule as ClientLimitRule];
    expect(() => createBroker({ clientLimits })).toThrow(message);
  });

  it("what a listener may not have is told with its name", () => {
    const limits = { users: ["a"] } as ListenerLimits;
    expect(() => createBroker({ listeners: [{ protocol: "mqtt", port: 0, name: "door", limits }] })).toThrow(
      'door.limits: there is no limit "users"',
    );
  });
});
