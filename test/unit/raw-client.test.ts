import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";

const CONNACK = Buffer.from([0x20, 3, 0, 0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);
const PUBLISH = Buffer.from([0x32, 7, 0, 1, 0x61, 0, 9, 0, 0x78]);

const server = createServer();
let port = 0;
let client: RawClient;
let peer: Socket;

beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  client.destroy();
  peer.destroy();
  server.close();
  await once(server, "close");
});

async function connected(options = {}): Promise<void> {
  const [opened, [accepted]] = await Promise.all([RawClient.connect(port, options), once(server, "connection")]);
  client = opened;
  peer = accepted;
}

test("gives packets in order, however the bytes are cut", async () => {
  await connected();
  const bytes = Buffer.concat([CONNACK, PUBLISH, PINGRESP]);
  for (const byte of bytes) peer.write(Buffer.from([byte]));
  expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
  expect(await client.expect("publish")).toMatchObject({ topic: "a", packetIdentifier: 9, payload: Buffer.from("x") });
  expect(await client.next()).toEqual({ type: "pingresp" });
  expect(client.bytes()).toEqual(bytes);
});

test("expect fails for another type, and when the peer closes instead", async () => {
  await connected();
  peer.end(CONNACK);
  await expect(client.expect("publish")).rejects.toThrow(/expected publish, got .*connack/);
  await expect(client.expect("publish")).rejects.toThrow("closed while waiting for publish");
});

test("expectNothing fails if something came", async () => {
  await connected();
  peer.once("data", () => peer.write(PINGRESP));
  await client.expectNothing();
  peer.once("data", () => peer.write(Buffer.concat([PUBLISH, PINGRESP])));
  await expect(client.expectNothing()).rejects.toThrow(/expected nothing, got .*publish/);
});

test("expectClosed fails if something came first", async () => {
  await connected();
  peer.end(PUBLISH);
  await expect(client.expectClosed()).rejects.toThrow(/expected a closed connection, got .*publish/);
  await client.expect("publish");
  await client.expectClosed();
});

test("bytes that no server may send make it fail", async () => {
  await connected();
  peer.write(Buffer.from([0xc0, 0]));
  await expect(client.next()).rejects.toThrow("first byte 0xc0");
  await expect(client.expectClosed()).rejects.toThrow("first byte 0xc0");
});

test("acknowledges by itself only when told to", async () => {
  await connected({ autoAck: true });
  peer.write(PUBLISH);
  await client.expect("publish");
  const [chunk] = await once(peer, "data");
  expect([...chunk]).toEqual([0x40, 2, 0, 9]);
});
