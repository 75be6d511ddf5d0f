import { expect, it } from "vitest";
import { type DurableBroker, lasting, resume, startDurable, takeAll, takeUnacknowledged } from "../support/durable.ts";
import { publishFrom, subscribeTo, takePayloads } from "../support/flows.ts";
import { pingreq } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";

const FILTER = "$share/g/a";

/** Members of a shared subscription, all offline. */
async function withMembers(...names: string[]): Promise<DurableBroker> {
  const test = await startDurable();
  for (const name of names) {
    const member = await test.connect(lasting(name));
    await subscribeTo(member, FILTER, 2);
    await member.close();
  }
  return test;
}

async function queue(test: DurableBroker, count: number): Promise<void> {
  const publisher = await test.connect();
  for (let i = 0; i < count; i++) await publishFrom(publisher, "a", `${i}`, { qos: 1 + (i % 2) });
}

it("[MQTT-4.8.2-2] what waits for a shared subscription with no member online comes after a crash, each to one, in order", async () => {
  const before = await withMembers("one", "two");
  await queue(before, 4);
  const test = await before.restart();
  const one = await resume(test, lasting("one"));
  const messages = await takeAll(one, 4);
  expect(messages.map(({ payload, qos }) => `${payload} ${qos}`)).toEqual(["0 1", "1 2", "2 1", "3 2"]);
  await (await resume(test, lasting("two"))).expectNothing();
  expect(await test.rowsLeft()).toMatchObject({ sessions: 2, subscriptions: 2 });
});

it("is shared by those who come, and what one did not acknowledge stays with its session", async () => {
  const before = await withMembers("one", "two");
  await queue(before, 3);
  const second = await before.restart();
  const one = await resume(second, {
    ...lasting("one"),
    properties: { sessionExpiryInterval: 1e6, receiveMaximum: 1 },
  });
  const [kept] = await takeUnacknowledged(one, 1);
  const two = await resume(second, lasting("two"));
  expect((await takeAll(two, 2)).map(({ payload }) => payload.toString())).toEqual(["1", "2"]);
  await two.close();
  await second.kept();
  const test = await second.restart();
  await (await resume(test, lasting("two"))).expectNothing();
  const again = await resume(test, lasting("one"));
  const { packetIdentifier, payload } = kept ?? {};
  expect(await takeAll(again, 1)).toMatchObject([{ packetIdentifier, payload, duplicate: true }]);
  await again.expectNothing();
});

it("[MQTT-4.8.2-5] what a member had not acknowledged goes to another one when its session ends after a crash", async () => {
  const before = await withMembers("one", "two");
  const one = await resume(before, lasting("one"));
  await publishFrom(await before.connect(), "a", "x", { qos: 1 });
  await takeUnacknowledged(one, 1);
  const test = await before.restart();
  await (await test.connect({ clientIdentifier: "one" })).close();
  const two = await resume(test, lasting("two"));
  expect(await takePayloads(two, 1)).toEqual(["x"]);
});

it("goes with its last member", async () => {
  const before = await withMembers("one");
  await queue(before, 3);
  const second = await before.restart();
  await (await second.connect({ clientIdentifier: "one" })).close();
  await second.kept();
  expect(await second.rowsLeft()).toEqual({ sessions: 1 });
});

it("goes where its only member was one whose session ended with the broker", async () => {
  const before = await startDurable();
  const member = await before.connect({ properties: { receiveMaximum: 1 } });
  await subscribeTo(member, FILTER, 2);
  await queue(before, 3);
  const test = await before.restart();
  const anew = await test.connect(lasting("one"));
  await subscribeTo(anew, FILTER, 2);
  await anew.expectNothing();
  await test.kept();
  expect(await test.rowsLeft()).toEqual({ sessions: 2, subscriptions: 1 });
});

it("thousands of messages that wait reach, after a crash, whoever is there, each once, and in order to each", async () => {
  const count = 2_000;
  const before = await withMembers("one", "two");
  for (let i = 0; i < count; i++) before.broker.publish("a", `${i}`, { qos: 1 });
  await before.kept();
  const test = await before.restart();
  const members = await Promise.all(["one", "two"].map((name) => resume(test, lasting(name), { autoAck: true })));
  const all: number[] = [];
  const numbersTo = async (member: RawClient): Promise<number[]> => {
    const numbers: number[] = [];
    for (let packet = await member.nextOrClosed(); packet?.type === "publish"; packet = await member.nextOrClosed()) {
      numbers.push(Number(packet.payload.toString()));
      if (all.push(Number(packet.payload.toString())) === count) for (const each of members) each.send(pingreq());
    }
    return numbers;
  };
  const received = await Promise.all(members.map(numbersTo));
  const ascending = (one: number, other: number) => one - other;
  for (const numbers of received) expect(numbers).toEqual([...numbers].sort(ascending));
  expect(all.sort(ascending)).toEqual(Array.from({ length: count }, (_, index) => index));
});

it("[MQTT-4.8.2-5] what a member whose session ends with the crash had not acknowledged goes to one whose session is kept", async () => {
  const before = await withMembers("kept");
  const publisher = await before.connect();
  for (let i = 0; i < 10; i++) await publishFrom(publisher, "a", `${i}`, { qos: 1 });
  const guest = await before.connect({ properties: { receiveMaximum: 8 } });
  await subscribeTo(guest, FILTER, 1);
  await takeUnacknowledged(guest, 5);
  await publishFrom(publisher, "a", "10", { qos: 1 });
  await before.kept();
  const test = await before.restart();
  const messages = await takeAll(await resume(test, lasting("kept")), 11);
  const payloads = messages.map(({ payload }) => Number(payload));
  expect(payloads.sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  expect(await test.rowsLeft()).toMatchObject({ sessions: 1, subscriptions: 1 });
});
