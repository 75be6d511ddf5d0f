import { expect } from "vitest";
import type { TestBroker } from "../../support/broker.ts";
import * as packets from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";

/** Clients and packets of MQTT 3.1.1, protocol level 4. */

const VERSION = 4;

type ConnectOptions = Omit<packets.ConnectOptions, "version">;

export const connect = (options: ConnectOptions = {}): Buffer =>
  packets.connect({ version: VERSION, clientIdentifier: "c", ...options });

export const publish = (options: Parameters<typeof packets.publish>[0] = {}): Buffer =>
  packets.publish({ version: VERSION, ...options });

export const subscribe = (
  subscriptions: packets.SubscribeOptions["subscriptions"],
  options: { packetIdentifier?: number } = {},
): Buffer => packets.subscribe({ version: VERSION, subscriptions, ...options });

export const unsubscribe = (
  filters: packets.UnsubscribeOptions["filters"],
  options: { packetIdentifier?: number } = {},
): Buffer => packets.unsubscribe({ version: VERSION, filters, ...options });

/** A connection on which nothing was sent yet. */
export async function open(test: TestBroker): Promise<RawClient> {
  const client = await test.open();
  client.version = VERSION;
  return client;
}

/** A client that is let in, with a session of its connection's. */
export async function enter(
  test: TestBroker,
  clientIdentifier: string,
  options: ConnectOptions = {},
): Promise<RawClient> {
  const client = await test.connect({ version: VERSION, clientIdentifier, ...options });
  expect(client.connack).toMatchObject({ reasonCode: 0 });
  return client;
}

/** A client that is let in with CleanSession 0. */
export const enterLasting = (
  test: TestBroker,
  clientIdentifier: string,
  options: ConnectOptions = {},
): Promise<RawClient> => enter(test, clientIdentifier, { cleanStart: false, ...options });

/** Sends the bytes as the first ones of a connection, which has to be closed without a byte in answer. */
export async function expectNoAnswer(test: TestBroker, ...bytes: Uint8Array[]): Promise<void> {
  const client = await open(test);
  client.send(...bytes);
  await client.expectClosed();
  expect(client.bytes()).toHaveLength(0);
}

/** Sends a CONNECT that has to be answered by this return code, with Session Present 0, and the connection closed. */
export async function expectReturnCode(test: TestBroker, bytes: Uint8Array, returnCode: number): Promise<void> {
  const client = await open(test);
  client.send(bytes);
  expect(await client.expect("connack")).toMatchObject({ reasonCode: returnCode, sessionPresent: false });
  await client.expectClosed();
}

/** Sends the bytes as a client that was let in, whose connection has to be closed without an answer to them. */
export async function expectDropped(test: TestBroker, ...bytes: Uint8Array[]): Promise<void> {
  const client = await enter(test, "bad");
  client.send(...bytes);
  await client.expectClosed();
}
