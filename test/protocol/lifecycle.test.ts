import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createBroker, type ListenerOptions } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";
import { join, subscribeTo } from "../support/exchange.ts";
import { takeMessage } from "../support/flows.ts";
import { RawClient } from "../support/raw-client.ts";

const TCP: ListenerOptions = { protocol: "mqtt", port: 0 };
const WEBSOCKET: ListenerOptions = { protocol: "ws", port: 0 };

/** A port that somebody else has, until the test is over. */
async function takenPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** TCP servers of this process; one that was closed is gone a few turns of the event loop later. */
function openServers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "TCPServerWrap").length;
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await RawClient.connect(port)).destroy();
    return true;
  } catch {
    return false;
  }
}

describe("start", () => {
  it.each(["mqtt", "ws"] as const)("rejects when a port is in use by %s, and leaves nothing open", async (protocol) => {
    const taken = await takenPort();
    const broker = createBroker({
      listeners: [TCP, { protocol, port: taken }],
    });
    const message = new RegExp(`127\\.0\\.0\\.1:${taken}.*another program`);
    await expect(broker.start()).rejects.toThrow(
      expect.objectContaining({ code: "ERR_LISTEN", message: expect.stringMatching(message) }),
    );
    await expect.poll(openServers).toBe(1);
    expect(broker.addresses).toEqual([]);
  });

  it("rejects for a host that is not this machine's", async () => {
    const broker = createBroker({ listeners: [{ ...TCP, host: "192.0.2.1" }] });
    await expect(broker.start()).rejects.toMatchObject({ code: "ERR_LISTEN" });
  });

  it("rejects when called again, also after the stop", async () => {
    const { broker } = await startBroker();
    await expect(broker.start()).rejects.toMatchObject({ code: "ERR_STATE" });
    await broker.stop();
    await expect(broker.start()).rejects.toMatchObject({ code: "ERR_STATE" });
  });

  it("rejects when the broker is stopped meanwhile, and leaves nothing open", async () => {
    const broker = createBroker({ listeners: [TCP, TCP] });
    const started = broker.start();
    const stopped = broker.stop();
    await expect(started).rejects.toMatchObject({ code: "ERR_STATE" });
    await stopped;
    await expect.poll(openServers).toBe(0);
    expect(broker.addresses).toEqual([]);
  });

  it("throws for options out of their range before anything is opened", () => {
    expect(() => createBroker({ limits: { maximumPacketSize: 1 } })).toThrow(/maximumPacketSize.*128/);
    expect(() => createBroker({ limits: { validatePayloadFormat: 1 as unknown as boolean } })).toThrow("true or false");
    expect(() => createBroker({ limits: { maximumFoo: 1 } as object })).toThrow("maximumFoo");
  });
});

describe("stop", () => {
  it("[MQTT-3.14.0-1] tells clients of 5.0 that are connected 0x8B, closes the others, and frees the ports", async () => {
    const test = await startBroker({ listeners: [TCP, WEBSOCKET] });
    const [five, four, silent] = [await join(test), await join(test, 4), await test.open()];
    const ports = test.broker.addresses.map(({ port }) => port);
    await test.broker.stop();
    expect(await five.expect("disconnect")).toMatchObject({ reasonCode: 0x8b });
    for (const client of [five, four, silent]) await client.expectClosed();
    for (const port of ports) expect(await isOpen(port)).toBe(false);
    expect(test.broker.addresses).toEqual([]);
    expect(test.broker.gauges.connections).toBe(0);
  });

  it("lets what is under way to a client go out", async () => {
    const test = await startBroker();
    const client = await join(test);
    await subscribeTo(client, [{ filter: "t", qos: 1 }]);
    for (let index = 0; index < 100; index++) test.broker.publish("t", Buffer.alloc(5_000, `${index}`), { qos: 1 });
    const stopped = test.broker.stop();
    for (let index = 0; index < 100; index++) await takeMessage(client);
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x8b });
    await stopped;
  });

  it("resolves for everybody who calls it, when all is done", async () => {
    const test = await startBroker();
    const client = await join(test);
    await Promise.all([
      test.broker.stop(),
      test.broker.stop().then(() => expect(test.broker.gauges.connections).toBe(0)),
    ]);
    await client.expect("disconnect");
    await test.broker.stop();
  });

  it("lets nobody in by a WebSocket whose handshake was under way", async () => {
    const test = await startBroker({ listeners: [WEBSOCKET] });
    const socket = connect(test.port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    const handshake =
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${handshake}`);
    // The answer to the first request: the beginning of the second one has come, too.
    await once(socket, "data");
    await test.broker.stop();
    socket.resume().write("\r\n");
    await once(socket, "close");
    expect(test.broker.gauges.connections).toBe(0);
  });

  it("does nothing where nothing was started", async () => {
    const broker = createBroker({ listeners: [TCP] });
    await broker.stop();
    expect(broker.addresses).toEqual([]);
  });

  it("takes no longer than five seconds when a client takes nothing", async () => {
    const test = await startBroker();
    const [stalled, other] = [await join(test), await join(test)];
    await subscribeTo(stalled, [{ filter: "t", qos: 1 }]);
    stalled.stream.pause();
    for (let index = 0; index < 600; index++) {
      test.broker.publish("t", Buffer.alloc(65_536), { qos: 1 });
      if (index % 20 === 0) await other.expectNothing();
    }
    const before = performance.now();
    await test.broker.stop();
    expect(performance.now() - before).toBeLessThan(5_500);
    expect(test.broker.gauges.connections).toBe(0);
  });
});
