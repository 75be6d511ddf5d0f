import { expect, onTestFinished } from "vitest";
import { lasting, settle, takeAll, takeUnacknowledged } from "./durable.ts";
import { publishFrom, subscribeTo, takeMessage } from "./flows.ts";
import { type ConnectOptions, publish, pubrec, pubrel } from "./packets.ts";
import { RawClient } from "./raw-client.ts";
import { kept } from "./store-command.ts";
import type { Ternmq } from "./ternmq.ts";

const PROPERTIES = {
  userProperties: [["a", "1"]] as [string, string][],
  contentType: "text/plain",
  correlationData: Buffer.of(0, 255),
};

/** Connected until the test ends. */
export async function clientOf(broker: Ternmq, connect: ConnectOptions): Promise<RawClient> {
  const client = await RawClient.connect(broker.port, { connect });
  onTestFinished(() => client.destroy());
  return client;
}

/** Sessions with messages that wait, or are under way in each of the ways there are; a retained message and a will. */
export async function fill(broker: Ternmq): Promise<{ released: number }> {
  const will = { topic: "will", payload: "gone", qos: 1, properties: { ...PROPERTIES, willDelayInterval: 3_600 } };
  const subscriptions: [options: ConnectOptions, filters: string[]][] = [
    [lasting("waits"), ["q/#", "$share/g/s"]],
    [{ ...lasting("dies"), will }, ["q/#"]],
  ];
  for (const [options, filters] of subscriptions) {
    const client = await clientOf(broker, options);
    for (const filter of filters) await subscribeTo(client, filter, 2);
    client.destroy();
  }
  const gets = await clientOf(broker, lasting("gets"));
  await subscribeTo(gets, "got", 2);
  const sender = await clientOf(broker, lasting("sends"));
  for (const [payload, qos] of [
    ["one", 1],
    ["two", 2],
  ] as const)
    await publishFrom(sender, "q/1", payload, { qos });
  await publishFrom(sender, "s", "shared");
  sender.send(publish({ topic: "kept", payload: "r", qos: 1, retain: true, properties: PROPERTIES }));
  await sender.expect("puback");
  sender.send(publish({ topic: "other", qos: 2, packetIdentifier: 77 }));
  await sender.expect("pubrec");
  for (const [payload, qos] of [
    ["1", 1],
    ["2", 2],
    ["3", 2],
  ] as const)
    await publishFrom(sender, "got", payload, { qos });
  const [, , third] = await takeUnacknowledged(gets, 3);
  const released = third?.packetIdentifier ?? 0;
  gets.send(pubrec(released));
  await gets.expect("pubrel");
  await kept(broker);
  return { released };
}

/** What `fill` left is there, with all that belongs to it. */
export async function expectFilled(broker: Ternmq, { released }: { released: number }): Promise<void> {
  const gets = await clientOf(broker, lasting("gets"));
  expect(gets.connack).toMatchObject({ sessionPresent: true });
  expect(await gets.expect("pubrel")).toMatchObject({ packetIdentifier: released });
  const resent = await takeUnacknowledged(gets, 2);
  expect(resent.map(({ payload, duplicate }) => [payload.toString(), duplicate])).toEqual([
    ["1", true],
    ["2", true],
  ]);
  for (const message of resent) await settle(gets, message);
  for (const [clientIdentifier, payloads] of Object.entries({
    waits: ["one", "shared", "two"],
    dies: ["one", "two"],
  })) {
    const client = await clientOf(broker, lasting(clientIdentifier));
    expect(client.connack).toMatchObject({ sessionPresent: true });
    const messages = await takeAll(client, payloads.length);
    expect(messages.map(({ payload }) => payload.toString()).sort()).toEqual(payloads);
    await client.expectNothing();
  }
  const sender = await clientOf(broker, lasting("sends"));
  sender.send(publish({ topic: "got", qos: 2, packetIdentifier: 77, duplicate: true, payload: "again" }));
  await sender.expect("pubrec");
  sender.send(pubrel(77));
  await sender.expect("pubcomp");
  await gets.expectNothing();
  const reader = await clientOf(broker, { clientIdentifier: "reader" });
  await subscribeTo(reader, "kept", 1);
  expect(await takeMessage(reader)).toMatchObject({ retain: true, properties: PROPERTIES });
}
