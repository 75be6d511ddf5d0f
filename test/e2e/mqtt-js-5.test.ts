import type { IClientOptions, IDisconnectPacket } from "mqtt";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectMqttJs, type MqttJs } from "../support/mqtt-js.ts";
import { Ternmq } from "../support/ternmq.ts";

async function start(): Promise<Ternmq> {
  const broker = await Ternmq.start();
  onTestFinished(() => broker.kill());
  return broker;
}

describe.each(["tcp", "websocket"] as const)("what MQTT 5.0 added, by MQTT.js over %s", (transport) => {
  const connectTo = (broker: Ternmq, options: IClientOptions = {}): Promise<MqttJs> => {
    const url = transport === "tcp" ? `mqtt://127.0.0.1:${broker.port}` : `ws://127.0.0.1:${broker.wsPort}`;
    return connectMqttJs(url, { protocolVersion: 5, ...options });
  };

  it("forwards the properties of a message", async () => {
    const broker = await start();
    const { client, next } = await connectTo(broker);
    await client.subscribeAsync("a", { qos: 1, properties: { subscriptionIdentifier: 7 } });
    const properties = {
      payloadFormatIndicator: true,
      contentType: "text/plain",
      responseTopic: "b",
      correlationData: Buffer.from([1, 2, 3]),
      userProperties: { colour: ["blue", "red"], shape: "round" },
    };
    await client.publishAsync("a", "x", { qos: 1, properties: { ...properties, messageExpiryInterval: 60 } });
    const received = await next();
    expect(received.properties).toMatchObject({ ...properties, subscriptionIdentifier: 7 });
    expect(received.properties?.messageExpiryInterval).toBeGreaterThan(55);
  });

  it("uses topic aliases both ways", async () => {
    const broker = await start();
    const subscriber = await connectTo(broker, { properties: { topicAliasMaximum: 10 } });
    const publisher = await connectTo(broker, { autoUseTopicAlias: true, autoAssignTopicAlias: true });
    await subscriber.client.subscribeAsync("long/+", { qos: 1 });
    const topics = ["long/a", "long/b", "long/a", "long/b", "long/a"];
    for (const topic of topics) await publisher.client.publishAsync(topic, topic, { qos: 1 });
    for (const text of topics) expect((await subscriber.next()).text).toBe(text);
  });

  it("does not send a publisher its own messages with no local", async () => {
    const broker = await start();
    const [own, other] = [await connectTo(broker), await connectTo(broker)];
    await own.client.subscribeAsync("a", { qos: 1, nl: true });
    await own.client.publishAsync("a", "own", { qos: 1 });
    await other.client.publishAsync("a", "other", { qos: 1 });
    expect((await own.next()).text).toBe("other");
  });

  it("sends all of a queue to a client that takes one message at a time", async () => {
    const broker = await start();
    const options = { clientId: "slow", clean: false, properties: { sessionExpiryInterval: 60, receiveMaximum: 1 } };
    const before = await connectTo(broker, options);
    await before.client.subscribeAsync("a", { qos: 2 });
    await before.client.endAsync();
    const publisher = await connectTo(broker);
    const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
    for (const text of texts) await publisher.client.publishAsync("a", text, { qos: 2 });
    const after = await connectTo(broker, options);
    for (const text of texts) expect((await after.next()).text).toBe(text);
  });

  it("tells why it is closed when the broker stops", async () => {
    const broker = await start();
    const { client } = await connectTo(broker);
    const told = new Promise<IDisconnectPacket>((resolve) => client.once("disconnect", resolve));
    const closed = new Promise<void>((resolve) => client.once("close", resolve));
    broker.signal("SIGTERM");
    expect((await told).reasonCode).toBe(0x8b);
    await closed;
    expect(await broker.exit).toEqual({ code: 0, signal: null });
  });

  it("tells the client that is taken over", async () => {
    const broker = await start();
    const first = await connectTo(broker, { clientId: "same" });
    const told = new Promise<IDisconnectPacket>((resolve) => first.client.once("disconnect", resolve));
    await connectTo(broker, { clientId: "same" });
    expect((await told).reasonCode).toBe(0x8e);
  });
});
