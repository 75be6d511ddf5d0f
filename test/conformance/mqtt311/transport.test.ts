import { describe, expect, it, onTestFinished } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { publishFrom, subscribeTo, withWitness } from "../../support/flows.ts";
import { disconnect, pingreq, pubrel } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import { BINARY, frame, RawWebSocket, TEXT, type WebSocketOptions } from "../../support/raw-websocket.ts";
import { connect, enter, open, publish, subscribe, unsubscribe } from "./clients.ts";

/** What MQTT 3.1.1 asks of the network (§4.2, §6, §7). */

const startWebSocket = (): Promise<TestBroker> =>
  startBroker({
    listeners: [
      { protocol: "mqtt", port: 0 },
      { protocol: "ws", port: 0 },
    ],
  });

async function openWebSocket(test: TestBroker, options: WebSocketOptions = {}): Promise<RawWebSocket> {
  const socket = await RawWebSocket.connect(test.broker.addresses[1]?.port ?? 0, options);
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** A whole conversation of one client, and the bytes that have to come back; only what the standard has is in it. */
const CONVERSATION = [
  connect({ clientIdentifier: "whole" }),
  subscribe([{ filter: "a/+", qos: 1 }, "b/#/c"], { packetIdentifier: 1 }),
  publish({ topic: "x", payload: "0" }),
  publish({ topic: "x", payload: "1", qos: 1, packetIdentifier: 2 }),
  publish({ topic: "x", payload: "2", qos: 2, packetIdentifier: 3 }),
  pubrel(3),
  publish({ topic: "a/b", payload: "own" }),
  unsubscribe(["a/+"], { packetIdentifier: 4 }),
  pingreq(),
  disconnect(),
];
const ANSWERS = Buffer.from(
  "20020000" +
    "900400010180" +
    "40020002" +
    "50020003" +
    "70020003" +
    "3008000361" +
    "2f626f776e" +
    "b0020004" +
    "d000",
  "hex",
);

describe("a stream of bytes", () => {
  it("[MQTT-7.0.0-2 of 3.1.1] carries what the standard has and nothing else, byte by byte", async () => {
    const client = await open(await startBroker());
    client.send(...CONVERSATION);
    await expect.poll(() => client.closed, { timeout: 5_000 }).toBe(true);
    expect(client.bytes()).toEqual(ANSWERS);
  });

  it("[MQTT-7.1.1-1 of 3.1.1] over TCP is ordered and lossless both ways, however it is cut", async () => {
    const test = await startBroker();
    const client = await open(test);
    for (const byte of Buffer.concat(CONVERSATION)) client.send(Buffer.from([byte]));
    await expect.poll(() => client.closed, { timeout: 5_000 }).toBe(true);
    expect(client.bytes()).toEqual(ANSWERS);
    const [receiver, publisher] = [await enter(test, "r"), await enter(test, "p")];
    await subscribeTo(receiver, "large");
    const payload = Buffer.from(Uint8Array.from({ length: 500_000 }, (_, index) => (index * 7919) >> 3));
    publisher.send(publish({ topic: "large", payload }));
    expect((await receiver.expect("publish")).payload.equals(payload)).toBe(true);
  });
});

describe("a WebSocket", () => {
  it("[MQTT-6.0.0-1 of 3.1.1] is closed when a text frame comes", async () => {
    const test = await startWebSocket();
    const witness = await withWitness(test);
    const socket = await openWebSocket(test);
    const client = new RawClient(socket);
    expect(await client.handshake({ version: 4, clientIdentifier: "c", will: { topic: "will" } })).toMatchObject({
      reasonCode: 0,
    });
    socket.sendRaw(frame(TEXT, publish({ topic: "a" })));
    await client.expectClosed();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });

  it("[MQTT-6.0.0-2 of 3.1.1] may cut packets into frames and join them, as it likes", async () => {
    const bytes = Buffer.concat(CONVERSATION);
    const test = await startWebSocket();
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const socket = await openWebSocket(test);
      const client = new RawClient(socket);
      client.version = 4;
      for (let at = 0; at < bytes.length; at += size) socket.sendRaw(frame(BINARY, bytes.subarray(at, at + size)));
      await expect.poll(() => client.closed, { timeout: 5_000 }).toBe(true);
      expect(client.bytes()).toEqual(ANSWERS);
    }
  });

  it("[MQTT-6.0.0-4 of 3.1.1] gets the subprotocol mqtt in the answer", async () => {
    const test = await startWebSocket();
    expect((await openWebSocket(test, { protocols: "mqtt" })).protocol).toBe("mqtt");
    expect((await openWebSocket(test, { protocols: "other, mqtt" })).protocol).toBe("mqtt");
    const client = new RawClient(await openWebSocket(test));
    expect(await client.handshake({ version: 4, clientIdentifier: "c" })).toMatchObject({ reasonCode: 0 });
    await subscribeTo(client, "a");
    await publishFrom(await enter(test, "p"), "a", "x");
    expect(await client.expect("publish")).toMatchObject({ topic: "a" });
  });
});
