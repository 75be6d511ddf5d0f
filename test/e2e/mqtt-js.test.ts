import type { IClientOptions } from "mqtt";
import { beforeAll, describe, expect, it } from "vitest";
import { connectMqttJs } from "../support/mqtt-js.ts";
import { Ternmq } from "../support/ternmq.ts";

let broker: Ternmq;

const URLS = {
  tcp: () => `mqtt://127.0.0.1:${broker.port}`,
  websocket: () => `ws://127.0.0.1:${broker.wsPort}/any/path`,
} as const;

beforeAll(async () => {
  broker = await Ternmq.start();
  return async () => {
    broker.signal("SIGTERM");
    expect(await broker.exit).toEqual({ code: 0, signal: null });
    expect(broker.log.filter(({ level }) => Number(level) > 30)).toEqual([]);
  };
});

describe.each([
  ["tcp", 4],
  ["tcp", 5],
  ["websocket", 4],
  ["websocket", 5],
] as const)("MQTT.js over %s, protocol version %d", (transport, protocolVersion) => {
  const prefix = `${transport}/${protocolVersion}`;
  const connect = (options: IClientOptions = {}) => connectMqttJs(URLS[transport](), { protocolVersion, ...options });
  const persistent = (clientId: string): IClientOptions => ({
    clientId: `${clientId}/${prefix}`,
    clean: false,
    ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 60 } }),
  });

  it.each([0, 1, 2] as const)("gets at QoS %d what was published, once and in order", async (qos) => {
    const topic = `${prefix}/order/${qos}`;
    const [publisher, subscriber] = [await connect(), await connect()];
    const [granted] = await subscriber.client.subscribeAsync(topic, { qos });
    expect(granted?.qos).toBe(qos);
    const texts = Array.from({ length: 300 }, (_, i) => `${i}`);
    await Promise.all(texts.map((text) => publisher.client.publishAsync(topic, text, { qos })));
    await publisher.client.publishAsync(topic, "end", { qos });
    for (const text of [...texts, "end"]) expect(await subscriber.next()).toMatchObject({ topic, text, qos });
  });

  it("gets the retained message with its flag, until it is cleared", async () => {
    const topic = `${prefix}/retained`;
    const { client } = await connect();
    await client.publishAsync(topic, "kept", { qos: 1, retain: true });
    const first = await connect();
    await first.client.subscribeAsync(topic, { qos: 1 });
    expect(await first.next()).toMatchObject({ text: "kept", retain: true });
    await client.publishAsync(topic, "", { qos: 1, retain: true });

    const second = await connect();
    await second.client.subscribeAsync(topic, { qos: 1 });
    await client.publishAsync(topic, "live", { qos: 1 });
    expect(await second.next()).toMatchObject({ text: "live", retain: false });
  });

  it("leaves its will when its connection is cut, and none when it says good-bye", async () => {
    const topic = `${prefix}/will`;
    const watcher = await connect();
    await watcher.client.subscribeAsync(topic, { qos: 1 });
    const will = (payload: string): IClientOptions => ({
      will: { topic, payload: Buffer.from(payload), qos: 1, retain: false },
    });
    const polite = await connect(will("polite"));
    await polite.client.endAsync();
    const lost = await connect(will("lost"));
    lost.client.stream.destroy();
    expect(await watcher.next()).toMatchObject({ text: "lost", qos: 1 });
  });

  it("comes back to its session and finds what was published meanwhile", async () => {
    const topic = `${prefix}/session`;
    const before = await connect(persistent("resumed"));
    await before.client.subscribeAsync(topic, { qos: 2 });
    await before.client.endAsync();
    const { client } = await connect();
    for (const text of ["1", "2", "3"]) await client.publishAsync(topic, text, { qos: 2 });

    const after = await connect(persistent("resumed"));
    expect(after.connack.sessionPresent).toBe(true);
    for (const text of ["1", "2", "3"]) expect(await after.next()).toMatchObject({ text, qos: 2 });
  });

  it("connects again by itself after its connection was cut, and what it publishes arrives once", async () => {
    const topic = `${prefix}/reconnect`;
    const subscriber = await connect();
    await subscriber.client.subscribeAsync(topic, { qos: 2 });
    const { client } = await connect({ ...persistent("cut"), reconnectPeriod: 1 });
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    const sent = texts.map((text) => completed(client.publishAsync(topic, text, { qos: 2 })));
    await sent[10];
    client.stream.destroy();
    await Promise.all(sent);
    await client.publishAsync(topic, "end", { qos: 2 });
    const received: string[] = [];
    for (const _ of texts) received.push((await subscriber.next()).text);
    expect(new Set(received)).toEqual(new Set(texts));
    expect((await subscriber.next()).text).toBe("end");
  });
});

/** MQTT.js takes 0x92 in a PUBCOMP for an error, where it tells after a cut that the exchange was complete before (MQTT 5.0, table 3-10). */
async function completed(publishing: Promise<unknown>): Promise<void> {
  await publishing.catch((error: { code?: number }) => {
    if (error.code !== 0x92) throw error;
  });
}
