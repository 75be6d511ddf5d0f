import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BrokerOptions, type ClientLimitRule, createBroker, type ListenerLimits } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { startDurable } from "../support/durable.ts";
import { messages, publishAcknowledged, publishes, subscribeTo } from "../support/exchange.ts";
import { type ConnectOptions, connect, puback, publish, type Version } from "../support/packets.ts";
import { proxyHeader1 } from "../support/proxy-header.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { holdTime, pass } from "../support/time.ts";

/** Whoever says a user name is that user, of the group of its first letter. */
const access: NonNullable<BrokerOptions["access"]> = {
  authenticate: ({ username }) => (username === undefined ? {} : { username, groups: [username.slice(0, 1)] }),
};

/** A broker whose clients with identifiers that begin with `l` are limited. */
function start(limits: ClientLimitRule, options: BrokerOptions = {}): Promise<TestBroker> {
  return startBroker({ access, ...options, clientLimits: [{ clients: ["l*"], ...limits }] });
}

/** The reason codes of CONNECTs one after the other; who is let in stays. */
async function answers(test: TestBroker, connects: readonly object[]): Promise<(number | undefined)[]> {
  const codes: (number | undefined)[] = [];
  for (const [index, options] of connects.entries()) {
    const client = await test.connect({ clientIdentifier: `l${index}`, ...options });
    codes.push(client.connack?.reasonCode);
  }
  return codes;
}

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
    const test = await start({ maximumPacketSize: 1_000, receiveMaximum: 2 });
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
    const test = await start({ maximumPacketSize: 1_000_000, receiveMaximum: 100 }, { limits: { receiveMaximum: 10 } });
    const limited = await test.connect({ clientIdentifier: "l" });
    expect(limited.connack?.properties).toMatchObject({ maximumPacketSize: 1_000_000, receiveMaximum: 10 });
  });

  it("a packet that comes in one chunk with the CONNECT is no exception", async () => {
    const test = await start({ maximumPacketSize: 200 });
    const client = await test.open();
    client.send(connect({ clientIdentifier: "l" }), publish({ topic: "a", payload: Buffer.alloc(500) }));
    await client.expect("connack");
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x95 });
  });

  it("QoS 2 messages from it under way", async () => {
    const test = await start({ receiveMaximum: 2 });
    const client = await test.connect({ clientIdentifier: "l" });
    for (const packetIdentifier of [1, 2]) {
      client.send(publish({ topic: "a", qos: 2, packetIdentifier }));
      await client.expect("pubrec");
    }
    client.send(publish({ topic: "a", qos: 2, packetIdentifier: 3 }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x93 });
  });

  it("messages to it under way", async () => {
    const test = await start({ maximumInflightMessages: 3 });
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
    const test = await start(limits);
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
    const test = await start({ maximumSubscriptions: 2 });
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
    const test = await start({ maximumTopicLevels: 3 });
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

describe("maximumConnectionsPerUser", () => {
  it.each<[Version, number]>([
    [3, 3],
    [4, 3],
    [5, 0x97],
  ])("refuses one too many of version %i with %i, and takes it when another has gone", async (version, code) => {
    const test = await start({ maximumConnectionsPerUser: 2 });
    const first = await test.connect({ clientIdentifier: "l1", username: "u" });
    expect(await answers(test, [{ clientIdentifier: "l2", username: "u" }])).toEqual([0]);
    const late = { version, clientIdentifier: "l3", username: "u" };
    expect(
      await answers(test, [late, { clientIdentifier: "l4", username: "v" }, { clientIdentifier: "l5", username: "v" }]),
    ).toEqual([code, 0, 0]);
    await first.close();
    expect(await answers(test, [late])).toEqual([0]);
  });

  it("lets a client take over its own session, and does not count those without a user name", async () => {
    const test = await start({ maximumConnectionsPerUser: 1 });
    const same = { clientIdentifier: "l", username: "u" };
    expect(await answers(test, [same, same, same, { username: "u" }, {}, {}, {}])).toEqual([0, 0, 0, 0x97, 0, 0, 0]);
  });
});

describe("by address", () => {
  const listener = { protocol: "mqtt", port: 0, proxyProtocolFrom: ["127.0.0.1"] } as const;

  function startBehindProxy(limits: ListenerLimits, rules: readonly ClientLimitRule[] = []): Promise<TestBroker> {
    const authentication = { allowAnonymous: true };
    return startBroker({ listeners: [{ ...listener, limits }], authentication, clientLimits: rules });
  }

  /** A CONNECT from there; the reason code, undefined: the connection was closed before. */
  async function connectFrom(test: TestBroker, address: string, clientIdentifier: string): Promise<number | undefined> {
    const client = await RawClient.connect(test.port);
    onTestFinished(() => client.destroy());
    client.send(proxyHeader1({ address, port: 5 }));
    try {
      return (await client.handshake({ clientIdentifier })).reasonCode;
    } catch (error) {
      if (client.closed) return undefined;
      throw error;
    }
  }

  async function connectAll(test: TestBroker, addresses: readonly string[]): Promise<(number | undefined)[]> {
    const codes: (number | undefined)[] = [];
    for (const [index, address] of addresses.entries()) codes.push(await connectFrom(test, address, `l${index}`));
    return codes;
  }

  it("maximumConnectionsPerAddress counts the /64 of IPv6 as one", async () => {
    const test = await startBehindProxy({ maximumConnectionsPerAddress: 2 });
    const addresses = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"];
    expect(await connectAll(test, addresses)).toEqual([0, 0, 0x97, 0]);
    const others = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:1::1"];
    expect(await connectAll(test, others)).toEqual([0, 0, 0x97, 0]);
  });

  it("connectionRatePerAddress closes before the CONNECT", async () => {
    holdTime();
    const test = await startBehindProxy({ connectionRatePerAddress: 1, connectionBurstPerAddress: 2 });
    const addresses = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"];
    expect(await connectAll(test, addresses)).toEqual([0, 0, undefined, 0]);
    expect(test.broker.statistics.connectionsRefusedRate).toBe(1);
    pass(1);
    expect(await connectAll(test, addresses)).toEqual([0, undefined, undefined, 0]);
  });

  it("a rule about addresses comes before what the listener says", async () => {
    const rules = [{ addresses: ["198.51.100.0/24"], maximumConnectionsPerAddress: 2 }];
    const test = await startBehindProxy({ maximumConnectionsPerAddress: 1 }, rules);
    const addresses = ["192.0.2.1", "192.0.2.1", "198.51.100.1", "198.51.100.1", "198.51.100.1"];
    expect(await connectAll(test, addresses)).toEqual([0, 0x97, 0, 0, 0x97]);
  });
});

describe("rates of connections", () => {
  it("of a listener hold for everybody", async () => {
    holdTime();
    const limits = { connectionRate: 1, connectionBurst: 3 };
    const test = await startBroker({ listeners: [{ protocol: "mqtt", port: 0, limits }] });
    for (let count = 0; count < 3; count++) await test.connect({ clientIdentifier: `${count}` });
    await (await test.open()).expectClosed();
    expect(test.broker.statistics.connectionsRefusedRate).toBe(1);
    pass(1);
    await test.connect({ clientIdentifier: "later" });
  });

  it("of a listener hold for WebSockets and Unix sockets", async () => {
    const limits = { connectionRate: 0.001, connectionBurst: 1 };
    const path = join(temporaryDirectory(), "socket");
    const listeners = [
      { protocol: "ws", port: 0, limits },
      { protocol: "unix", path, limits },
    ] as const;
    const test = await startBroker({ listeners });
    const first = [await RawWebSocket.connect(test.port), connectSocket(path)];
    for (const stream of first) {
      onTestFinished(() => {
        stream.destroy();
      });
      expect(await new RawClient(stream).handshake({ clientIdentifier: "c" })).toMatchObject({ reasonCode: 0 });
    }
    await expect(RawWebSocket.connect(test.port)).rejects.toThrow("429");
    await new RawClient(connectSocket(path)).expectClosed();
    expect(test.broker.statistics.connectionsRefusedRate).toBe(2);
  });

  it.each<[Version, number]>([
    [3, 3],
    [4, 3],
    [5, 0x9f],
  ])("of a user are told version %i as %i, and leave the session alone", async (version, code) => {
    holdTime();
    const test = await start({ connectionRatePerUser: 1, connectionBurstPerUser: 2 });
    const u = { clientIdentifier: "l", username: "u" };
    expect(await answers(test, [u, u, { ...u, version }, { username: "v" }])).toEqual([0, 0, code, 0]);
    expect(test.broker.statistics.connectionsRefusedRate).toBe(1);
    pass(1);
    expect(await answers(test, [u])).toEqual([0]);
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
    const test = await start({ maximumSubscriptions: 1, maximumConnectionsPerUser: 1 });
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
