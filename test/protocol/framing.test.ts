import { describe, expect } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, subscribeTo } from "../support/exchange.ts";
import { connect, pingreq, publish, pubrel, subscribe, unsubscribe, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

const MAXIMUM = 1_048_576;

/** One session's worth of packets, whose answers come in a known order. */
function conversation(version: Version): Buffer {
  return Buffer.concat([
    connect({ version, clientIdentifier: "c", username: "é", password: "p", will: { topic: "w", payload: "gone" } }),
    subscribe({ version, packetIdentifier: 1, subscriptions: [{ filter: "a/#", qos: 0 }, "é"] }),
    publish({ version, topic: "a/b", payload: "x".repeat(200), qos: 2, packetIdentifier: 300 }),
    pubrel(300),
    pingreq(),
    publish({ version, topic: "é", qos: 1, packetIdentifier: 2 }),
    unsubscribe({ version, packetIdentifier: 3, filters: ["a/#"] }),
    publish({ version, topic: "a/b", payload: "nobody" }),
    pingreq(),
  ]);
}

async function answers(client: RawClient): Promise<void> {
  expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
  expect(await client.expect("suback")).toMatchObject({ packetIdentifier: 1, reasonCodes: [0, 0] });
  expect(await client.expect("publish")).toMatchObject({ topic: "a/b", payload: Buffer.alloc(200, "x") });
  expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 300 });
  expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 300, reasonCode: 0 });
  await client.expect("pingresp");
  expect(await client.expect("publish")).toMatchObject({ topic: "é", payload: Buffer.alloc(0) });
  expect(await client.expect("puback")).toMatchObject({ packetIdentifier: 2 });
  expect(await client.expect("unsuback")).toMatchObject({ packetIdentifier: 3 });
  await client.expect("pingresp");
}

/** Writes and waits until the bytes have left, so that the next ones travel in another segment. */
function write(client: RawClient, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => client.stream.write(bytes, () => setImmediate(resolve)));
}

describe.each<Version>([3, 4, 5])("the byte stream of version %i", (version) => {
  const it = itAt(version);

  it("[MQTT-4.2.0-1] [MQTT-7.1.1-1 of 3.1.1] is understood byte by byte", async () => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    for (const byte of conversation(version)) await write(client, Buffer.from([byte]));
    await answers(client);
  });

  it("[MQTT-4.2.0-1] [MQTT-7.1.1-1 of 3.1.1] is understood when cut in two anywhere", async () => {
    const test = await startBroker();
    const bytes = conversation(version);
    for (let at = 1; at < bytes.length; at++) {
      const client = await test.open();
      client.version = version;
      await write(client, bytes.subarray(0, at));
      await write(client, bytes.subarray(at));
      await answers(client);
      client.destroy();
    }
  });

  it("[MQTT-4.2.0-1] [MQTT-7.1.1-1 of 3.1.1] is understood as one chunk", async () => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    client.send(conversation(version));
    await answers(client);
  });
});

describe.each<Version>([4, 5])("many and large packets of version %i", (version) => {
  const it = itAt(version);

  it("[MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1] takes 5,000 packets in one write, in order", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, ["t/+"]);
    const sent = Array.from({ length: 5_000 }, (_, index) => ({ topic: `t/${index % 100}`, payload: `${index}` }));
    client.send(...sent.map((each) => publish({ version, ...each })));
    expect(await messages(client, sent.length)).toEqual(sent.map(({ topic, payload }) => `${topic}=${payload}`));
  });

  it.each([MAXIMUM, MAXIMUM - 1, MAXIMUM / 2, 65_536, 16_384, 4_097, 4_096])(
    "passes on packets of %i bytes, amid others, whatever the chunks",
    async (bytes) => {
      const test = await startBroker({ limits: { maximumOutboxBytes: 16 * MAXIMUM } });
      const subscriber = await join(test, version);
      const publisher = await join(test, version);
      await subscribeTo(subscriber, [{ filter: "#", qos: 1 }]);
      const large = packetOf(version, bytes);
      const stream = Buffer.concat([
        publish({ version, topic: "before" }),
        large,
        publish({ version, topic: "between" }),
        large,
        publish({ version, topic: "after" }),
      ]);
      for (let at = 0; at < stream.length; at += 50_021) await write(publisher, stream.subarray(at, at + 50_021));
      expect(await subscriber.expect("publish")).toMatchObject({ topic: "before" });
      await expectLarge(subscriber, large);
      expect(await subscriber.expect("publish")).toMatchObject({ topic: "between" });
      await expectLarge(subscriber, large);
      expect(await subscriber.expect("publish")).toMatchObject({ topic: "after" });
    },
  );
});

/** A PUBLISH of exactly as many bytes, with a payload that shows a missing or doubled part. */
function packetOf(version: Version, bytes: number): Buffer {
  const overhead = publish({ version, topic: "large", payload: Buffer.alloc(bytes - 20) }).length - (bytes - 20);
  const payload = Buffer.alloc(bytes - overhead);
  for (let index = 0; index < payload.length; index++) payload[index] = (index * 31 + (index >> 8)) & 255;
  const packet = publish({ version, topic: "large", payload });
  expect(packet.length).toBe(bytes);
  return packet;
}

async function expectLarge(client: RawClient, packet: Buffer): Promise<void> {
  const { topic, payload } = await client.expect("publish");
  expect(topic).toBe("large");
  expect(payload.equals(packet.subarray(packet.length - payload.length))).toBe(true);
  expect(packet.length - payload.length).toBeLessThan(20);
}
