import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions, ClientLimitRule } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { messages, subscribeTo } from "../support/exchange.ts";
import { pingreq, publish } from "../support/packets.ts";
import { proxyHeader1 } from "../support/proxy-header.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { holdTime, pass } from "../support/time.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });

/** A rule about clients whose identifiers begin with `p`, so that subscribers are free of it. */
function paced(limits: ClientLimitRule): BrokerOptions {
  return { clientLimits: [{ clients: ["p*"], ...limits }] };
}

/** QoS 0 messages with numbers from `first` on, as one chunk. */
function numbered(count: number, first = 0, topic = "a"): Buffer {
  const packets = Array.from({ length: count }, (_, index) => publish({ topic, payload: `${first + index}` }));
  return Buffer.concat(packets);
}

const texts = (count: number, first = 0): string[] => Array.from({ length: count }, (_, index) => `a=${first + index}`);

/** What the client has by now: the broker has handled all that it does before it answers. */
async function soFar(client: RawClient): Promise<string[]> {
  client.send(pingreq());
  const received: string[] = [];
  for (;;) {
    const packet = await client.next();
    if (packet.type === "pingresp") return received;
    if (packet.type === "publish") received.push(`${packet.topic}=${packet.payload}`);
  }
}

/** Waits until the broker has paused as many times. */
async function paused(test: TestBroker, times: number): Promise<void> {
  await expect.poll(() => test.broker.statistics.clientsPaused, { interval: 2 }).toBeGreaterThanOrEqual(times);
}

async function subscriber(test: TestBroker): Promise<RawClient> {
  const client = await test.connect({ clientIdentifier: "subscriber" });
  await subscribeTo(client, [{ filter: "#" }]);
  return client;
}

describe("messageRate", () => {
  it("lets through what comes at once, then as many as come in time, in order, and loses nothing", async () => {
    holdTime();
    const test = await startBroker(paced({ messageRate: 10, messageBurst: 15 }));
    const receiver = await subscriber(test);
    const publisher = await test.connect({ clientIdentifier: "p" });
    publisher.send(numbered(50));
    await paused(test, 1);
    expect(await soFar(receiver)).toEqual(texts(15));
    pass(1);
    expect(await soFar(receiver)).toEqual(texts(10, 15));
    pass(2);
    expect(await soFar(receiver)).toEqual(texts(20, 25));
    pass(2);
    expect(await soFar(receiver)).toEqual(texts(5, 45));
    await publisher.expectNothing();
  });

  it("holds for however large a chunk of small messages", async () => {
    holdTime();
    const test = await startBroker(paced({ messageRate: 1_000, messageBurst: 100 }));
    const receiver = await subscriber(test);
    const publisher = await test.connect({ clientIdentifier: "p" });
    publisher.send(numbered(5_000));
    await paused(test, 1);
    expect(await soFar(receiver)).toHaveLength(100);
    let received = 100;
    for (let second = 1; received < 5_000; second++) {
      pass(1);
      received += (await soFar(receiver)).length;
      expect(received).toBeLessThanOrEqual(100 + second * 1_000);
      expect(received).toBeGreaterThanOrEqual(Math.min(5_000, second * 900));
    }
  });

  it("keeps acknowledgements and everything else that stands behind a message waiting, and keep alive does not end that", async () => {
    holdTime();
    const test = await startBroker(paced({ messageRate: 0.1 }));
    const receiver = await subscriber(test);
    const publisher = await test.connect({ clientIdentifier: "p", keepAlive: 1 });
    const packets = [1, 2, 3].map((packetIdentifier) =>
      publish({ topic: "a", qos: 1, packetIdentifier, payload: `${packetIdentifier}` }),
    );
    publisher.send(...packets, pingreq());
    expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: 1 });
    pass(9);
    expect(await soFar(receiver)).toEqual(texts(1, 1));
    expect([publisher.waiting, publisher.closed]).toEqual([0, false]);
    pass(1.1);
    expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: 2 });
    pass(10);
    expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: 3 });
    await publisher.expect("pingresp");
    pass(1.6);
    expect(await publisher.expect("disconnect")).toMatchObject({ reasonCode: 0x8d });
  });

  it("cannot make a client wait for ever for its own acknowledgements", async () => {
    holdTime();
    const test = await startBroker(paced({ messageRate: 10, maximumInflightMessages: 1 }));
    const client = await test.open({ autoAck: true });
    await client.handshake({ clientIdentifier: "p" });
    await subscribeTo(client, [{ filter: "a", qos: 2 }]);
    const packets = Array.from({ length: 30 }, (_, index) =>
      publish({ topic: "a", qos: 1, packetIdentifier: index + 1, payload: `${index}` }),
    );
    client.send(...packets);
    const received: string[] = [];
    while (received.length < 30) {
      const packet = await Promise.race([client.next(), tick()]);
      if (packet?.type === "publish") received.push(`a=${packet.payload}`);
    }
    expect(received).toEqual(texts(30));
  });

  it("begins anew with no new connection", async () => {
    holdTime();
    const test = await startBroker(paced({ messageRate: 1, messageBurst: 5 }));
    const receiver = await subscriber(test);
    for (const first of [0, 100, 200]) {
      const publisher = await test.connect({ clientIdentifier: "p" });
      publisher.send(numbered(50, first));
      await paused(test, first / 100 + 1);
    }
    expect(await soFar(receiver)).toEqual(texts(5));
  });

  it("holds in real time", async () => {
    const test = await startBroker(paced({ messageRate: 200, messageBurst: 20 }));
    const receiver = await subscriber(test);
    const publisher = await test.connect({ clientIdentifier: "p" });
    const begun = performance.now();
    publisher.send(numbered(120));
    expect(await messages(receiver, 120)).toEqual(texts(120));
    const seconds = (performance.now() - begun) / 1_000;
    expect(seconds).toBeGreaterThan(0.49);
    expect(seconds).toBeLessThan(4);
  });
});

describe("byteRate", () => {
  it("counts packets of all types, and lets one through that is larger than all that may come at once", async () => {
    holdTime();
    const test = await startBroker(paced({ byteRate: 1_000 }));
    const receiver = await subscriber(test);
    const publisher = await test.connect({ clientIdentifier: "p" });
    publisher.send(publish({ topic: "a", payload: Buffer.alloc(10_000, "x") }), numbered(1));
    await paused(test, 1);
    expect((await soFar(receiver)).map(({ length }) => length)).toEqual([10_002]);
    pass(9);
    expect(await soFar(receiver)).toEqual([]);
    pass(0.2);
    expect(await soFar(receiver)).toEqual(texts(1));
    publisher.send(...Array<Buffer>(2_000).fill(pingreq()));
    pass(1);
    await paused(test, 2);
    await publisher.expect("pingresp");
    await soFar(receiver);
    expect(publisher.waiting).toBeLessThan(600);
  });

  it("reads no more of a client that waits", async () => {
    const test = await startBroker(paced({ byteRate: 1_000 }));
    const publisher = await test.connect({ clientIdentifier: "p" });
    const packet = publish({ topic: "a", payload: Buffer.alloc(100_000) });
    for (let sent = 0; sent < 200; sent++) publisher.send(packet);
    await paused(test, 1);
    // What the system holds on its way is a few megabytes.
    expect(publisher.stream.writableLength).toBeGreaterThan(5_000_000);
  });
});

describe("ratesPer", () => {
  const access = { authenticate: ({ username }: { username: string | undefined }) => ({ username }) };

  /** Publishes far too much by clients with these CONNECTs; how many messages of each arrive at once. */
  async function arrive(limits: ClientLimitRule, connects: readonly object[]): Promise<number[]> {
    holdTime();
    const test = await startBroker({ ...paced({ messageRate: 10, ...limits }), access });
    const receiver = await subscriber(test);
    for (const [index, connect] of connects.entries()) {
      const publisher = await test.connect({ clientIdentifier: `p${index}`, ...connect });
      publisher.send(numbered(100, 0, `${index}`));
      await paused(test, index + 1);
    }
    const received = await soFar(receiver);
    return connects.map((_, index) => received.filter((each) => each.startsWith(`${index}=`)).length);
  }

  it.each([
    ["client", [10, 10, 10, 10]],
    ["user", [10, 0, 10, 10]],
    ["address", [10, 0, 0, 0]],
  ] as const)("says that %s shares them", async (ratesPer, arrived) => {
    const connects = [{ username: "u" }, { username: "u" }, { username: "v" }, {}];
    expect(await arrive({ ratesPer }, connects)).toEqual(arrived);
  });

  it("goes by what a proxy says, and by the /64 of IPv6", async () => {
    holdTime();
    const listeners = [{ protocol: "mqtt", port: 0, proxyProtocolFrom: ["127.0.0.1"] }] as const;
    const options = paced({ messageRate: 10, ratesPer: "address" });
    const test = await startBroker({ ...options, listeners, authentication: { allowAnonymous: true } });
    const received: string[] = [];
    onTestFinished(test.broker.subscribe("#", ({ topic }) => received.push(topic)));
    for (const [index, address] of ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].entries()) {
      const client = await RawClient.connect(test.port);
      onTestFinished(() => client.destroy());
      client.send(proxyHeader1({ address, port: 5 }));
      await client.handshake({ clientIdentifier: `p${index}` });
      client.send(numbered(100, 0, `${index}`));
      await paused(test, index + 1);
    }
    await expect.poll(() => received.length, { interval: 2 }).toBe(20);
    expect([...new Set(received)]).toEqual(["0", "2"]);
  });

  it("lets those who share take turns", async () => {
    holdTime();
    const test = await startBroker({ ...paced({ messageRate: 100, ratesPer: "address" }) });
    const receiver = await subscriber(test);
    for (const index of [0, 1, 2, 3]) {
      const publisher = await test.connect({ clientIdentifier: `p${index}` });
      publisher.send(numbered(1_000, 0, `${index}`));
      await paused(test, index + 1);
    }
    await soFar(receiver);
    pass(10);
    const received = await soFar(receiver);
    expect(received.length).toBeGreaterThan(950);
    for (const index of [0, 1, 2, 3]) {
      const own = received.filter((each) => each.startsWith(`${index}=`));
      expect(own.length).toBeGreaterThan(150);
      expect(own.length).toBeLessThan(350);
    }
  });
});

describe("over a WebSocket", () => {
  /** A client of the first listener of this protocol, and one that receives all. */
  async function joinByWebSocket(protocol: "ws" | "wss", options: BrokerOptions): Promise<[TestBroker, RawClient]> {
    const webSocket = protocol === "ws" ? { protocol, port: 0 } : { protocol, port: 0, tls: server };
    const test = await startBroker({ listeners: [{ protocol: "mqtt", port: 0 }, webSocket], ...options });
    const tls = protocol === "wss" && { tls: { ca: readFileSync(authority.certificate) } };
    const socket = await RawWebSocket.connect(test.broker.addresses[1]?.port ?? 0, { ...tls });
    onTestFinished(() => {
      socket.destroy();
    });
    const client = new RawClient(socket);
    await client.handshake({ clientIdentifier: "p" });
    return [test, client];
  }

  it.each(["ws", "wss"] as const)("rates hold by %s", async (protocol) => {
    holdTime();
    const [test, publisher] = await joinByWebSocket(protocol, paced({ messageRate: 10, messageBurst: 15 }));
    const receiver = await subscriber(test);
    publisher.send(numbered(40));
    await paused(test, 1);
    expect(await soFar(receiver)).toEqual(texts(15));
    pass(1);
    expect(await soFar(receiver)).toEqual(texts(10, 15));
    pass(2);
    expect(await soFar(receiver)).toEqual(texts(15, 25));
  });

  it("a client that cannot be made to wait, by ws, is disconnected when it is too far ahead", async () => {
    const limits = { maximumPacketSize: 65_536 };
    const [, publisher] = await joinByWebSocket("ws", { limits, ...paced({ messageRate: 1 }) });
    const packet = publish({ topic: "a", payload: Buffer.alloc(60_000) });
    for (let sent = 0; sent < 12; sent++) publisher.send(packet);
    expect(await publisher.expect("disconnect")).toMatchObject({ reasonCode: 0x97 });
    await publisher.expectClosed();
  });
});

/** Lets a little of the held time pass, with what comes over the sockets meanwhile. */
function tick(): Promise<undefined> {
  pass(0.02);
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });
}
