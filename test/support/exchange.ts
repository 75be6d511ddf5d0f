import { randomUUID } from "node:crypto";
import type { TestBroker } from "./broker.ts";
import {
  publish,
  type SubscribeOptions,
  subscribe,
  type UnsubscribeOptions,
  unsubscribe,
  type Version,
} from "./packets.ts";
import type { RawClient } from "./raw-client.ts";
import type { PacketOf, PublishPacket } from "./server-packets.ts";
import type { WireProperties } from "./wire-properties.ts";

/** Requests with their answers, in the version of the client. */

/** A client of this version with a name of its own, which MQTT 3.1 asks for. */
export function join(test: TestBroker, version: Version = 5, autoAck = false): Promise<RawClient> {
  return test.connect({ version, clientIdentifier: randomUUID().slice(0, 23) }, { autoAck });
}

/** Subscribes and waits for the SUBACK, which has to come before anything else. */
export async function subscribeTo(
  client: RawClient,
  subscriptions: SubscribeOptions["subscriptions"],
  properties?: WireProperties,
): Promise<PacketOf<"suback">> {
  const options = { version: client.version, packetIdentifier: 100, subscriptions };
  client.send(subscribe(properties === undefined ? options : { ...options, properties }));
  return client.expect("suback");
}

/** Unsubscribes and waits for the UNSUBACK, which has to come before anything else. */
export async function unsubscribeFrom(
  client: RawClient,
  filters: UnsubscribeOptions["filters"],
): Promise<PacketOf<"unsuback">> {
  client.send(unsubscribe({ version: client.version, packetIdentifier: 101, filters }));
  return client.expect("unsuback");
}

/** Publishes with QoS 1 unless told otherwise, and waits for the PUBACK: from then on the message is where it was to go. */
export async function publishAcknowledged(
  client: RawClient,
  topic: string,
  payload: string | Uint8Array = "",
  options: { retain?: boolean; properties?: WireProperties } = {},
): Promise<PacketOf<"puback">> {
  client.send(publish({ version: client.version, qos: 1, packetIdentifier: 200, topic, payload, ...options }));
  return client.expect("puback");
}

/** The next packets, as many PUBLISH. */
export async function publishes(client: RawClient, count: number): Promise<PublishPacket[]> {
  const received: PublishPacket[] = [];
  while (received.length < count) received.push(await client.expect("publish"));
  return received;
}

/** `topic=payload` of the next packets, as many PUBLISH. */
export async function messages(client: RawClient, count: number): Promise<string[]> {
  return (await publishes(client, count)).map(text);
}

/** `topic=payload` */
export function text({ topic, payload }: PublishPacket): string {
  return `${topic}=${payload}`;
}

const END = "$end";

/** Keeps what `retainedFor` ends its list with. The program itself does it, since clients may not publish to such a topic. */
export function retainEnd({ broker }: TestBroker): void {
  broker.publish(END, "end", { retain: true });
}

/**
 * Subscribes and gives the retained messages that come for it, as `topic=payload`. They may come at any time, so the SUBSCRIBE asks for one
 * more, kept by `retainEnd`, which the broker sends last; no wildcard at the start of a filter matches its topic.
 */
export async function retainedFor(
  client: RawClient,
  subscriptions: SubscribeOptions["subscriptions"],
): Promise<string[]> {
  await subscribeTo(client, [...subscriptions, END]);
  const received: string[] = [];
  for (let message = await client.expect("publish"); message.topic !== END; message = await client.expect("publish")) {
    received.push(text(message));
  }
  return received;
}
