import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { FakeStream } from "../../support/fake-stream.ts";
import { connect, pingreq, publish, subscribe, unsubscribe } from "../../support/packets.ts";
import type { Packet } from "../../support/server-packets.ts";
import { answers } from "../support/answers.ts";
import { bytesInUse } from "../support/memory.ts";
import { Subject } from "../support/subject.ts";

const PINGREQS = 1_000_000;
const FILTERS = 10_000;
const LONGEST = 65_535;

let subject: Subject;

beforeEach(() => {
  subject = new Subject();
  onTestFinished(async () => {
    await subject.close();
    expect(subject.errors).toEqual([]);
  });
});

async function client(options: Parameters<typeof connect>[0] = {}): Promise<FakeStream> {
  const stream = subject.open();
  stream.receive(connect(options));
  await turn();
  expect(answers(stream, options.version)).toMatchObject([{ type: "connack", reasonCode: 0 }]);
  return stream;
}

/** Until all that the client sent is handled: a chunk that takes long makes the client wait for the others. */
async function handled(stream: FakeStream): Promise<void> {
  do await turn();
  while (stream.isPaused);
  await turn();
}

/** What comes until the answer to a PINGREQ. */
async function untilPong(stream: FakeStream): Promise<Packet[]> {
  stream.receive(pingreq());
  await handled(stream);
  const packets = answers(stream);
  expect(packets.pop()).toEqual({ type: "pingresp" });
  return packets;
}

/** What comes until as many packets are there as are expected. */
async function until(stream: FakeStream, count: number): Promise<Packet[]> {
  const packets: Packet[] = [];
  while (packets.length < count) {
    await turn();
    packets.push(...answers(stream));
  }
  return packets;
}

describe("very many small packets", () => {
  it("[MQTT-3.12.4-1] answers a million PINGREQs in two chunks, each once", async () => {
    const stream = subject.open({ keeps: false });
    stream.receive(connect());
    await turn();
    const before = stream.sentBytes;
    const half = Buffer.concat(Array.from({ length: PINGREQS / 2 }, () => pingreq()));
    stream.receive(half);
    stream.receive(half);
    await handled(stream);
    expect(stream.sentBytes - before).toBe(2 * PINGREQS);
  });

  it("delivers 200,000 of the smallest messages that come in one chunk", async () => {
    const subscriber = await client();
    const publisher = await client();
    subscriber.receive(subscribe({ subscriptions: ["a"] }));
    await turn();
    answers(subscriber);
    const message = publish({ topic: "a" });
    const before = subscriber.sentBytes;
    publisher.receive(Buffer.concat(Array.from({ length: 200_000 }, () => message)));
    await handled(publisher);
    expect(subscriber.sentBytes - before).toBe(200_000 * message.length);
  });
});

describe("very many filters in one packet", () => {
  /** One retained message at a topic that all filters of the test match. */
  async function retain(topic: string): Promise<void> {
    const publisher = await client();
    publisher.receive(publish({ topic, payload: "kept", retain: true }));
  }

  it("[MQTT-3.8.4-5] [MQTT-3.8.4-6] takes 10,000 filters, with retained messages for each of them", async () => {
    await retain("a/b");
    const stream = await client();
    const subscriptions = Array.from({ length: FILTERS }, (_, i) => (i % 2 === 0 ? `x/${i}` : `$share/${i}/a/+`));
    stream.receive(subscribe({ subscriptions: [...subscriptions, "a/+"] }));
    const [suback, retained] = await until(stream, 2);
    expect(suback).toMatchObject({ type: "suback", reasonCodes: Array.from({ length: FILTERS + 1 }, () => 0) });
    expect(retained).toMatchObject({ type: "publish", topic: "a/b", retain: true });
    stream.receive(unsubscribe({ filters: [...subscriptions, "a/+"] }));
    const [unsuback] = await untilPong(stream);
    expect(unsuback).toMatchObject({ type: "unsuback", reasonCodes: Array.from({ length: FILTERS + 1 }, () => 0) });
    expect(subject.level).toMatchObject({ subscriptionEntries: 0, subscriptionNodes: 0 });
  });

  it("[MQTT-3.8.4-5] takes the same filter 10,000 times as 10,000 SUBSCRIBE packets", async () => {
    await retain("a/b");
    const stream = await client();
    stream.receive(subscribe({ subscriptions: Array.from({ length: FILTERS }, () => "a/#") }));
    const [suback, ...retained] = await until(stream, 1 + FILTERS);
    expect(suback).toMatchObject({ type: "suback" });
    expect(retained.every((packet) => packet.type === "publish" && packet.retain)).toBe(true);
    expect(subject.level.subscriptionEntries).toBe(1);
  });

  it("lets other clients through while it looks for the retained messages of 10,000 filters", async () => {
    await retain("a/b");
    const busy = await client();
    const other = await client();
    busy.receive(subscribe({ subscriptions: Array.from({ length: FILTERS }, (_, i) => `+/${i}/#`) }));
    expect(await untilPong(other)).toEqual([]);
    await subject.settle(3, 3);
  });
});

describe("topic names that take long to match", () => {
  /** Every level of `a/a/a/…` leads on in most of these filters, and the last one nowhere. */
  const filters = Array.from({ length: 2000 }, (_, i) => {
    const levels = Array.from({ length: 127 }, (_, level) => ((i >> (level % 11)) & 1 ? "+" : "a"));
    return [...levels, "x"].join("/");
  });
  const slow = Array.from({ length: 100 }, (_, i) => publish({ topic: `${"a/".repeat(127)}${i}`, payload: "slow" }));

  it("lets other clients through between two of them that came in one chunk, and takes all of them in order", async () => {
    const busy = await client();
    const other = await client();
    busy.receive(subscribe({ subscriptions: [...filters, "done"] }));
    expect(await untilPong(busy)).toMatchObject([{ type: "suback" }]);
    busy.receive(Buffer.concat([...slow, publish({ topic: "done" }), pingreq()]));
    other.receive(pingreq());
    while (answers(other).length === 0) await turn();
    expect(answers(busy)).toEqual([]);
    expect(await until(busy, 2)).toMatchObject([{ type: "publish", topic: "done" }, { type: "pingresp" }]);
  });
});

describe("the largest topics", () => {
  const deepest = Array.from({ length: 128 }, (_, i) => i % 10).join("/");
  const longest = "t".repeat(LONGEST);

  it("delivers to a topic of 128 levels", async () => {
    const stream = await client();
    const filters = [deepest, deepest.replaceAll(/\d/g, "+"), "#"];
    stream.receive(subscribe({ subscriptions: filters }));
    stream.receive(publish({ topic: deepest, payload: "deep" }));
    expect(await untilPong(stream)).toMatchObject([{ type: "suback" }, { type: "publish", topic: deepest }]);
  });

  it("refuses one level more, as a filter in the SUBACK, as a topic name by a DISCONNECT", async () => {
    const stream = await client();
    stream.receive(subscribe({ subscriptions: [`${deepest}/1`, "a"] }));
    expect(await untilPong(stream)).toMatchObject([{ type: "suback", reasonCodes: [0x8f, 0] }]);
    stream.receive(publish({ topic: `${deepest}/1` }));
    await stream.closed;
    expect(answers(stream)).toMatchObject([{ type: "disconnect", reasonCode: 0x90 }]);
  });

  it("[MQTT-4.7.3-3] delivers to, retains and forgets a topic of 65,535 bytes", async () => {
    const stream = await client({ properties: { topicAliasMaximum: 10 } });
    stream.receive(publish({ topic: longest, payload: "kept", retain: true }));
    stream.receive(subscribe({ subscriptions: [longest] }));
    const [suback, retained] = await until(stream, 2);
    expect(suback).toMatchObject({ type: "suback", reasonCodes: [0] });
    expect(retained).toMatchObject({ type: "publish", topic: longest, retain: true });
    stream.receive(publish({ topic: longest, retain: true }));
    stream.receive(unsubscribe({ filters: [longest] }));
    await untilPong(stream);
    expect(subject.level).toMatchObject({ retained: 0, retainedNodes: 0, subscriptionNodes: 0 });
  });

  it("keeps the memory of 65,535 levels' worth of slashes bounded", async () => {
    const stream = await client();
    const before = await bytesInUse();
    const { bytesInUse: coreBefore } = subject.level;
    for (let i = 0; i < 200; i++) stream.receive(subscribe({ subscriptions: ["/".repeat(LONGEST), "/".repeat(127)] }));
    stream.receive(unsubscribe({ filters: ["/".repeat(127)] }));
    await untilPong(stream);
    expect(subject.level.bytesInUse).toBe(coreBefore);
    expect((await bytesInUse()) - before).toBeLessThan(2_000_000);
  });
});

describe("very many properties", () => {
  it("[MQTT-3.3.2-17] [MQTT-3.3.2-18] forwards 50,000 user properties of one message in order", async () => {
    const userProperties = Array.from({ length: 50_000 }, (_, i): [string, string] => ["n", String(i)]);
    const stream = await client();
    stream.receive(subscribe({ subscriptions: [{ filter: "a", qos: 1 }] }));
    stream.receive(publish({ topic: "a", qos: 1, properties: { userProperties } }));
    const [, message, puback] = await untilPong(stream);
    expect(message).toMatchObject({ type: "publish", properties: { userProperties } });
    expect(puback).toMatchObject({ type: "puback", reasonCode: 0 });
  });

  it("gives the memory of large wills back when their clients leave", async () => {
    const userProperties = Array.from({ length: 5_000 }, (_, i): [string, string] => ["name", String(i)]);
    const will = { topic: "w", payload: Buffer.alloc(60_000), properties: { userProperties } };
    const packet = connect({ will });
    const round = async () => {
      const streams = Array.from({ length: 20 }, () => subject.open());
      for (const stream of streams) stream.receive(packet);
      expect(subject.level.sessions).toBe(20);
      for (const stream of streams) stream.disconnect();
      await subject.settle(0, 0);
    };
    await round();
    const before = await bytesInUse();
    await round();
    await round();
    expect((await bytesInUse()) - before).toBeLessThan(2_000_000);
  });
});
