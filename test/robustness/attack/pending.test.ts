import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions } from "../../../src/index.ts";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { Authority } from "../../support/certificates.ts";
import { connect as connectPacket } from "../../support/packets.ts";
import { holdTime, pass } from "../../support/time.ts";

const MOST = 6;
const MOST_PER_ADDRESS = 3;

/** A broker that trusts nobody, on as many pending connections as a test can open. */
function start(options: BrokerOptions = {}): Promise<TestBroker> {
  const limits = {
    maximumPendingConnections: MOST,
    maximumPendingConnectionsPerAddress: MOST_PER_ADDRESS,
    connectTimeout: 10_000,
  };
  return startBroker({ limits, authentication: { guard: { trusted: [] }, allowAnonymous: true }, ...options });
}

/** A connection that says no more than this. */
async function silent(port: number, from: string, says = ""): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined).resume();
  await once(socket, "connect");
  if (says !== "") socket.write(says);
  return socket;
}

async function silentOnes(
  port: number,
  count: number,
  from = (index: number) => `127.0.1.${index}`,
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let index = 1; index <= count; index++) sockets.push(await silent(port, from(index)));
  return sockets;
}

const isClosed = async (socket: Socket): Promise<boolean> => {
  if (!socket.destroyed) await once(socket, "close");
  return true;
};

function refused({ broker }: TestBroker): number {
  return broker.statistics.connectionsRefusedPending;
}

describe("connections that say nothing", () => {
  it("are so many at the most; who comes later waits until the oldest had time enough, and then takes its place", async () => {
    holdTime();
    const test = await start();
    const sockets = await silentOnes(test.port, MOST);
    expect(await isClosed(await silent(test.port, "127.0.2.1"))).toBe(true);
    expect(refused(test)).toBe(1);
    expect(test.broker.gauges.connections).toBe(MOST);
    pass(3);
    const client = await test.connect();
    expect(client.connack).toMatchObject({ reasonCode: 0 });
    expect(await isClosed(sockets[0] as Socket)).toBe(true);
    expect(sockets.slice(1).filter(({ destroyed }) => destroyed)).toEqual([]);
    expect(refused(test)).toBe(2);
  });

  it("are fewer still of one address, which keeps out no other one", async () => {
    const test = await start();
    await silentOnes(test.port, MOST_PER_ADDRESS, () => "127.0.1.1");
    expect(await isClosed(await silent(test.port, "127.0.1.1"))).toBe(true);
    expect((await test.connect()).connack).toMatchObject({ reasonCode: 0 });
    expect(refused(test)).toBe(1);
  });

  it("are not counted by address where that is trusted", async () => {
    const test = await start({ authentication: { guard: { trusted: ["127.0.1.0/24"] }, allowAnonymous: true } });
    const sockets = await silentOnes(test.port, MOST, () => "127.0.1.1");
    expect(await isClosed(await silent(test.port, "127.0.1.1"))).toBe(true);
    expect(sockets.some(({ destroyed }) => destroyed)).toBe(false);
  });

  it("count in a handshake of TLS, and behind a proxy, which itself may open any number", async () => {
    const tls = Authority.create().issue("server");
    const listeners = [
      { protocol: "mqtts", port: 0, tls },
      { protocol: "wss", port: 0, tls, forwardedFrom: ["127.0.1.2"] },
      { protocol: "mqtt", port: 0, proxyProtocolFrom: ["127.0.1.1"] },
    ] as const;
    const test = await start({ listeners });
    const [secure = 0, forwarded = 0, proxied = 0] = test.broker.addresses.map(({ port }) => port);
    await silentOnes(secure, MOST_PER_ADDRESS, () => "127.0.1.3");
    expect(await isClosed(await silent(secure, "127.0.1.3"))).toBe(true);
    const behind = await silentOnes(forwarded, MOST_PER_ADDRESS - 1, () => "127.0.1.2");
    behind.push(await silent(proxied, "127.0.1.1", "PROXY TCP4"));
    expect(await isClosed(await silent(forwarded, "127.0.1.2"))).toBe(true);
    expect(await isClosed(await silent(proxied, "127.0.1.1"))).toBe(true);
    expect(behind.some(({ destroyed }) => destroyed)).toBe(false);
    expect(refused(test)).toBe(3);
  });

  it("are counted by the address that a proxy tells", async () => {
    const test = await start({ listeners: [{ protocol: "mqtt", port: 0, proxyProtocolFrom: ["127.0.1.1"] }] });
    const header = (from: string) => `PROXY TCP4 ${from} 192.0.2.9 1 2\r\n`;
    for (let count = 0; count < MOST_PER_ADDRESS; count++) await silent(test.port, "127.0.1.1", header("192.0.2.1"));
    expect(await isClosed(await silent(test.port, "127.0.1.1", header("192.0.2.1")))).toBe(true);
    const other = await silent(test.port, "127.0.1.1", header("192.0.2.2"));
    await expect.poll(() => test.broker.gauges.connections).toBe(MOST_PER_ADDRESS + 1);
    expect(other.destroyed).toBe(false);
  });

  it("are no clients, of which there may be more, and clients that let their authentication wait", async () => {
    const method = { name: "slow", begin: () => ({ step: () => ({ status: "continue" as const }) }) };
    const test = await start({ authenticationMethods: [method] });
    for (let count = 0; count < 2 * MOST; count++) {
      expect((await test.connect({ clientIdentifier: `c${count}` })).connack).toMatchObject({ reasonCode: 0 });
    }
    const packet = connectPacket({ version: 5, properties: { authenticationMethod: "slow" } });
    for (let count = 0; count < MOST_PER_ADDRESS; count++) {
      const client = await test.open();
      client.send(packet);
      await client.expect("auth");
    }
    expect(await isClosed(await silent(test.port, "127.0.0.1"))).toBe(true);
  });
});
