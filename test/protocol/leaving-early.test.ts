import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import type { ListenerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { subscribeTo, text } from "../support/exchange.ts";
import { connect, disconnect, publish } from "../support/packets.ts";
import { RawClient } from "../support/raw-client.ts";
import { BINARY, CLOSE, frame, RawWebSocket } from "../support/raw-websocket.ts";
import { openTls } from "../support/tls-client.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });
const ca = readFileSync(authority.certificate);

/** All that the client ever sends. */
const LIFE = Buffer.concat([
  connect({ clientIdentifier: "early", will: { topic: "will", payload: "of one who said goodbye" } }),
  publish({ topic: "a", payload: "1" }),
  publish({ topic: "a", payload: "2", qos: 1 }),
  disconnect(),
]);

/** A broker that lets the client in, and so handles what it sent, when the function that comes back is called. */
async function startHolding(listener: ListenerOptions): Promise<[TestBroker, asked: Promise<void>, letIn: () => void]> {
  let letIn = (): void => {};
  let tellAsked = (): void => {};
  const asked = new Promise<void>((resolve) => {
    tellAsked = resolve;
  });
  const answer = new Promise<number>((resolve) => {
    letIn = () => resolve(0);
  });
  const test = await startBroker({
    listeners: [{ protocol: "mqtt", port: 0 }, listener],
    access: {
      authenticate: ({ clientIdentifier }) => {
        if (clientIdentifier !== "early") return 0;
        tellAsked();
        return answer;
      },
    },
  });
  return [test, asked, letIn];
}

type Way = [name: string, listener: ListenerOptions, sendAndLeave: (port: number) => Promise<void>];

const ways: Way[] = [
  [
    "TCP",
    { protocol: "mqtt", port: 0, host: "127.0.0.2" },
    async (port) => {
      const { stream } = await RawClient.connect(port, { host: "127.0.0.2" });
      onTestFinished(() => void stream.destroy());
      stream.end(LIFE);
      await once(stream, "finish");
    },
  ],
  [
    "TLS",
    { protocol: "mqtts", port: 0, tls: server },
    async (port) => {
      const socket = await openTls(port, { ca });
      socket.resume();
      socket.end(LIFE);
      await once(socket, "finish");
    },
  ],
  [
    "a secure WebSocket",
    { protocol: "wss", port: 0, tls: server },
    async (port) => {
      const socket = await RawWebSocket.connect(port, { tls: { ca } });
      onTestFinished(() => void socket.destroy());
      socket.resume();
      socket.sendRaw(frame(BINARY, LIFE), frame(CLOSE, Buffer.from([0x03, 0xe8])));
    },
  ],
];

it.each(ways)("what a client sent by %s is handled, if it had to wait and the client has left", async (...way) => {
  const [, listener, sendAndLeave] = way;
  const [test, asked, letIn] = await startHolding(listener);
  const other = await test.connect();
  await subscribeTo(other, ["#"]);
  await sendAndLeave(test.broker.addresses[1]?.port ?? 0);
  await asked;
  // Twice, so that the broker has seen what was there before the first.
  await other.expectNothing();
  await other.expectNothing();
  letIn();
  expect(text(await other.expect("publish"))).toBe("a=1");
  expect(text(await other.expect("publish"))).toBe("a=2");
  await expect.poll(() => test.broker.gauges.connections).toBe(1);
  await other.expectNothing();
});
