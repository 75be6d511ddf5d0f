import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { connect, pingreq, publish } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import { BINARY, frame, RawWebSocket } from "../../support/raw-websocket.ts";
import { bytesInUse } from "../support/memory.ts";
import { Subject } from "../support/subject.ts";

const MEBIBYTE = 1_048_576;

let subject: Subject;
let port: number;

beforeEach(async () => {
  subject = new Subject();
  onTestFinished(async () => {
    await subject.close();
    expect(subject.errors).toEqual([]);
  });
  port = await subject.listen("ws");
});

async function client(): Promise<RawClient> {
  const raw = new RawClient(await RawWebSocket.connect(port));
  await raw.handshake();
  return raw;
}

/** A connected MQTT client that reads nothing from here on. */
async function deafClient(): Promise<Socket> {
  const socket = connectSocket({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
  );
  await once(socket, "data");
  const connected = once(subject.events, "connect");
  socket.write(frame(BINARY, connect()));
  await connected;
  socket.pause();
  return socket;
}

describe("over WebSocket, where nobody can be made to wait", () => {
  it("sends a client away that asks without end and reads no answer, and others notice nothing", async () => {
    const other = await client();
    const socket = await deafClient();
    const flood = frame(BINARY, Buffer.concat(Array.from({ length: 50_000 }, () => pingreq())));
    const before = await bytesInUse();
    while (subject.level.online > 1) {
      if (socket.writableLength < MEBIBYTE) socket.write(flood);
      await turn();
    }
    await other.expectNothing();
    await subject.settle(1, 1);
    expect((await bytesInUse()) - before).toBeLessThan(40 * MEBIBYTE);
    await other.close();
  });

  it("claims no memory for frames that are announced and do not come", async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => RawWebSocket.connect(port)));
    const announced = frame(BINARY, Buffer.alloc(MEBIBYTE)).subarray(0, 20);
    const { rss } = process.memoryUsage();
    for (const each of clients) each.sendRaw(announced);
    const other = await client();
    await other.expectNothing();
    expect(process.memoryUsage().rss - rss).toBeLessThan(50 * MEBIBYTE);
    for (const each of clients) each.destroy();
    await other.close();
    await subject.settle(0, 0);
  });

  it("closes the connection at a frame that is larger than the largest packet", async () => {
    const raw = await client();
    raw.send(publish({ topic: "a", payload: Buffer.alloc(2 * MEBIBYTE) }));
    await raw.expectClosed();
    await subject.settle(0, 0);
  });
});
