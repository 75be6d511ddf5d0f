import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ClientLimitRule, ListenerLimits } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { startLimited } from "../support/limited-clients.ts";
import type { Version } from "../support/packets.ts";
import { proxyHeader1 } from "../support/proxy-header.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { holdTime, pass } from "../support/time.ts";

/** The reason codes of CONNECTs one after the other; who is let in stays. */
async function answers(test: TestBroker, connects: readonly object[]): Promise<(number | undefined)[]> {
  const codes: (number | undefined)[] = [];
  for (const [index, options] of connects.entries()) {
    const client = await test.connect({ clientIdentifier: `l${index}`, ...options });
    codes.push(client.connack?.reasonCode);
  }
  return codes;
}

describe("maximumConnectionsPerUser", () => {
  it.each<[Version, number]>([
    [3, 3],
    [4, 3],
    [5, 0x97],
  ])("refuses one too many of version %i with %i, and takes it when another has gone", async (version, code) => {
    const test = await startLimited({ maximumConnectionsPerUser: 2 });
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
    const test = await startLimited({ maximumConnectionsPerUser: 1 });
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
    const test = await startLimited({ connectionRatePerUser: 1, connectionBurstPerUser: 2 });
    const u = { clientIdentifier: "l", username: "u" };
    expect(await answers(test, [u, u, { ...u, version }, { username: "v" }])).toEqual([0, 0, code, 0]);
    expect(test.broker.statistics.connectionsRefusedRate).toBe(1);
    pass(1);
    expect(await answers(test, [u])).toEqual([0]);
  });
});
