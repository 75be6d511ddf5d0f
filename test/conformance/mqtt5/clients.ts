import { expect } from "vitest";
import type { TestBroker } from "../../support/broker.ts";
import { type ConnectOptions, connect as encodeConnect } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import type { PacketOf } from "../../support/server-packets.ts";

/** Clients of MQTT 5.0. */

export const connect = (options: ConnectOptions = {}): Buffer => encodeConnect({ clientIdentifier: "c", ...options });

/** A client that is let in, with a session of its connection's. */
export async function enter(
  test: TestBroker,
  clientIdentifier: string,
  options: ConnectOptions = {},
): Promise<RawClient> {
  const client = await test.connect({ clientIdentifier, ...options });
  expect(client.connack).toMatchObject({ reasonCode: 0 });
  return client;
}

/** A client that is let in with Clean Start 0 and a session that stays for a while. */
export const enterLasting = (
  test: TestBroker,
  clientIdentifier: string,
  { properties, ...options }: ConnectOptions = {},
): Promise<RawClient> =>
  enter(test, clientIdentifier, {
    cleanStart: false,
    ...options,
    properties: { sessionExpiryInterval: 100, ...properties },
  });

/** Sends a CONNECT that has to be refused by a CONNACK, and the connection closed. */
export async function expectRefused(test: TestBroker, ...bytes: Uint8Array[]): Promise<PacketOf<"connack">> {
  const client = await test.open();
  client.send(...bytes);
  const connack = await client.expect("connack");
  expect(connack.reasonCode).toBeGreaterThanOrEqual(0x80);
  expect(connack.sessionPresent).toBe(false);
  await client.expectClosed();
  return connack;
}

/** Sends the bytes as a client that was let in; it has to be told why it goes, and the connection closed. */
export async function expectDisconnected(test: TestBroker, ...bytes: Uint8Array[]): Promise<PacketOf<"disconnect">> {
  const client = await enter(test, "bad");
  client.send(...bytes);
  const disconnect = await client.expect("disconnect");
  await client.expectClosed();
  return disconnect;
}
