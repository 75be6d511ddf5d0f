import { once } from "node:events";
import { expect } from "vitest";
import type { TestBroker } from "./broker.ts";
import { puback, pubcomp, publish, pubrec, pubrel, subscribe } from "./packets.ts";
import type { RawClient } from "./raw-client.ts";
import type { PublishPacket } from "./server-packets.ts";

/** Subscribes and waits for the SUBACK, which has to grant the QoS. */
export async function subscribeTo(client: RawClient, filter: string, qos = 0): Promise<void> {
  client.send(subscribe({ version: client.version, packetIdentifier: 60_000, subscriptions: [{ filter, qos }] }));
  expect(await client.expect("suback")).toMatchObject({ packetIdentifier: 60_000, reasonCodes: [qos] });
}

/** Publishes and waits until the broker has settled the message. */
export async function publishFrom(
  client: RawClient,
  topic: string,
  payload: string,
  { qos = 1, retain = false, packetIdentifier = 59_999 } = {},
): Promise<void> {
  client.send(publish({ version: client.version, topic, payload, qos, retain, packetIdentifier }));
  if (qos === 0) await client.expectNothing();
  if (qos === 1) expect(await client.expect("puback")).toMatchObject({ packetIdentifier });
  if (qos === 2) {
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier });
    client.send(pubrel(packetIdentifier));
    expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier, reasonCode: 0 });
  }
}

/** Takes the next message and acknowledges it in full. */
export async function takeMessage(client: RawClient): Promise<PublishPacket> {
  const message = await client.expect("publish");
  const { packetIdentifier } = message;
  if (message.qos === 1) client.send(puback(packetIdentifier));
  if (message.qos === 2) {
    client.send(pubrec(packetIdentifier));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
    client.send(pubcomp(packetIdentifier));
  }
  return message;
}

/** The payloads of the next messages, each acknowledged in full. */
export async function takePayloads(client: RawClient, count: number): Promise<string[]> {
  const payloads: string[] = [];
  while (payloads.length < count) payloads.push((await takeMessage(client)).payload.toString());
  return payloads;
}

/** Cuts the connection without a DISCONNECT and waits until the broker knows. */
export async function cut({ broker }: TestBroker, client: RawClient): Promise<void> {
  const gone = once(broker, "disconnect");
  client.destroy();
  await gone;
}

/** A client that subscribed to everything, to show what the broker passed on. */
export async function withWitness(test: TestBroker, qos = 0): Promise<RawClient> {
  const witness = await test.connect({ clientIdentifier: "witness" });
  await subscribeTo(witness, "#", qos);
  return witness;
}

/** Fails if a message is on its way to the witness. */
export async function expectNoMessage({ broker }: TestBroker, witness: RawClient): Promise<void> {
  broker.publish("marker", "");
  expect(await witness.expect("publish")).toMatchObject({ topic: "marker" });
}
