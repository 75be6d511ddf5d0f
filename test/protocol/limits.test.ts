import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { ListenerOptions } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, subscribeTo } from "../support/exchange.ts";
import { connect, publish, type Version } from "../support/packets.ts";

describe("limits.maximumConnections", () => {
  it.each<[Version, number]>([
    [3, 3],
    [4, 3],
    [5, 0x97],
  ])("refuses a client of version %i too many with %i, and takes it when another has gone", async (version, code) => {
    const test = await startBroker({ limits: { maximumConnections: 2 } });
    const first = await join(test);
    await join(test);
    const refused = await test.connect({ version, clientIdentifier: "late" });
    expect(refused.connack).toMatchObject({ reasonCode: code, sessionPresent: false });
    await refused.expectClosed();
    expect(test.broker.statistics.connectionsRefused).toBe(1);
    await first.close();
    const taken = await test.connect({ version, clientIdentifier: "late" });
    await taken.expectNothing();
  });

  it("[MQTT-3.1.4-3] a client may take over its own session when all places are taken", async () => {
    const test = await startBroker({ limits: { maximumConnections: 1 } });
    const first = await test.connect({ clientIdentifier: "c" });
    const second = await test.connect({ clientIdentifier: "c" });
    expect(second.connack).toMatchObject({ reasonCode: 0 });
    expect(await first.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await second.expectNothing();
  });

  it("holds for clients whose authentication takes its time", async () => {
    let admit: () => void = () => {};
    const everybodyAsked = new Promise<void>((resolve) => {
      admit = resolve;
    });
    let asked = 0;
    const authenticate = async (): Promise<number> => {
      if (++asked === 3) admit();
      await everybodyAsked;
      return 0;
    };
    const test = await startBroker({ limits: { maximumConnections: 1 }, access: { authenticate } });
    const clients = [await test.open(), await test.open(), await test.open()];
    for (const client of clients) client.send(connect());
    const connacks = await Promise.all(clients.map((client) => client.expect("connack")));
    expect(connacks.map(({ reasonCode }) => reasonCode).toSorted()).toEqual([0, 0x97, 0x97]);
  });

  it("does not count connections that have sent no CONNECT", async () => {
    const test = await startBroker({ limits: { maximumConnections: 1 } });
    await test.open();
    await test.open();
    expect((await join(test)).connack).toMatchObject({ reasonCode: 0 });
  });
});

describe("limits.maximumSessions", () => {
  const kept = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };

  it("refuses a client that would need one more, online or not, and takes it when one has ended", async () => {
    const test = await startBroker({ limits: { maximumSessions: 2 } });
    await (await test.connect({ clientIdentifier: "a", ...kept })).close();
    const second = await test.connect({ clientIdentifier: "b" });
    expect((await test.connect({ clientIdentifier: "c" })).connack).toMatchObject({ reasonCode: 0x97 });
    await second.close();
    expect((await test.connect({ clientIdentifier: "c" })).connack).toMatchObject({ reasonCode: 0 });
    expect((await test.connect({ clientIdentifier: "a", ...kept })).connack?.sessionPresent).toBe(true);
  });

  it("lets who has a session have it, or begin it anew, also where a reload left room for fewer", async () => {
    const listeners: ListenerOptions[] = [{ protocol: "mqtt", port: 0 }];
    const test = await startBroker({ listeners });
    for (const clientIdentifier of ["a", "b", "c"]) await test.connect({ clientIdentifier, ...kept });
    await test.broker.reload({ listeners, limits: { maximumSessions: 1 } });
    for (const cleanStart of [false, true]) {
      const { connack } = await test.connect({ clientIdentifier: "a", ...kept, cleanStart });
      expect(connack).toMatchObject({ reasonCode: 0, sessionPresent: !cleanStart });
    }
    expect((await test.connect({ clientIdentifier: "d" })).connack).toMatchObject({ reasonCode: 0x97 });
  });
});

it("what a client was told when it connected holds until it connects anew, though a reload left less", async () => {
  const listeners: ListenerOptions[] = [{ protocol: "mqtt", port: 0 }];
  const test = await startBroker({ listeners, limits: { topicAliasMaximum: 5, receiveMaximum: 3 } });
  const client = await test.connect({ clientIdentifier: "c" });
  const limits = { topicAliasMaximum: 1, receiveMaximum: 1, maximumPacketSize: 200 };
  await test.broker.reload({ listeners, limits });
  const properties = { topicAlias: 5 };
  for (const packetIdentifier of [1, 2, 3]) client.send(publish({ topic: "t", qos: 2, packetIdentifier, properties }));
  for (const packetIdentifier of [1, 2, 3]) expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier });
  client.send(publish({ topic: "t", qos: 1, packetIdentifier: 4, payload: Buffer.alloc(300) }));
  await client.expect("puback");
  const anew = await test.connect({ clientIdentifier: "c" });
  expect(anew.connack).toMatchObject({ reasonCode: 0, properties: limits });
  anew.send(publish({ topic: "t", qos: 1, packetIdentifier: 1, payload: Buffer.alloc(300) }));
  expect(await anew.expect("disconnect")).toMatchObject({ reasonCode: 0x95 });
});

describe.each<Version>([4, 5])("limits.maximumTopicLevels in version %i", (version) => {
  const limits = { maximumTopicLevels: 3 };

  it("refuses a subscription with more", async () => {
    const test = await startBroker({ limits });
    const { reasonCodes } = await subscribeTo(await join(test, version), [
      "a/b/c",
      "a/b/c/d",
      "+/+/#",
      "+/+/+/#",
      "$share/g/a/b/c",
      "$share/g/a/b/c/d",
    ]);
    const refused = version === 5 ? 0x8f : 0x80;
    expect(reasonCodes).toEqual([0, refused, 0, refused, 0, refused]);
  });

  it("disconnects a client that publishes to a topic with more", async () => {
    const test = await startBroker({ limits });
    const [client, subscriber] = [await join(test, version), await join(test, version)];
    await subscribeTo(subscriber, ["#"]);
    client.send(publish({ version, topic: "a/b/c", payload: "1" }), publish({ version, topic: "a/b/c/d" }));
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x90 });
    await client.expectClosed();
    expect(await messages(subscriber, 1)).toEqual(["a/b/c=1"]);
    await subscriber.expectNothing();
  });

  it("refuses a will with more", async () => {
    const test = await startBroker({ limits });
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: "c", will: { topic: "a/b/c/d" } }));
    if (version === 5) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x90 });
    await client.expectClosed();
  });
});

describe("more levels than the broker can ever take", () => {
  it("are refused: 0x8f in the SUBACK, 0x90 for a PUBLISH, an error for the program", async () => {
    const test = await startBroker();
    const client = await join(test);
    const topic = `${"a/".repeat(128)}a`;
    expect(await subscribeTo(client, [topic, "x"])).toMatchObject({ reasonCodes: [0x8f, 0] });
    expect(() => test.broker.publish(topic, "")).toThrow("levels");
    expect(() => test.broker.subscribe(topic, () => {})).toThrow("levels");
    client.send(publish({ topic }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x90 });
  });
});

describe("limits.maximumQueuedMessages", () => {
  it("a session whose queue is full keeps the oldest QoS 1 messages, counts the others, and the publisher goes on", async () => {
    const test = await startBroker({ limits: { maximumQueuedMessages: 3 } });
    const lasting = { clientIdentifier: "c", cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = await test.connect(lasting);
    await subscribeTo(first, [{ filter: "t", qos: 1 }]);
    const gone = once(test.broker, "disconnect");
    first.destroy();
    await gone;
    const publisher = await join(test);
    for (let index = 0; index < 5; index++) await publishAcknowledged(publisher, "t", `${index}`);
    expect(test.broker.statistics.messagesDroppedQueueFull).toBe(2);
    const second = await test.connect(lasting);
    expect(await messages(second, 3)).toEqual(["t=0", "t=1", "t=2"]);
    await second.expectNothing();
  });
});
