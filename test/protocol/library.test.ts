import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { BrokerEvents, PublishedMessage, TernmqBroker } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, subscribeTo, unsubscribeFrom } from "../support/exchange.ts";
import { publish } from "../support/packets.ts";

/** What the program gets by a subscription of its own, as it comes. */
function listen(broker: TernmqBroker, filter: string): { next(): Promise<PublishedMessage>; stop(): void } {
  const received: PublishedMessage[] = [];
  let wake: () => void = () => {};
  const stop = broker.subscribe(filter, (message) => {
    received.push(message);
    wake();
  });
  return {
    stop,
    async next() {
      if (received.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const message = received.shift();
      if (message === undefined) throw new Error("nothing came");
      return message;
    },
  };
}

describe("publish of the library", () => {
  it("reaches clients and tells how many took the message", async () => {
    const test = await startBroker();
    const { broker } = test;
    const [one, two] = [await test.connect(), await test.connect()];
    await subscribeTo(one, [{ filter: "t/#", qos: 2 }]);
    await subscribeTo(two, [{ filter: "t/+", qos: 1 }]);
    const userProperties: [string, string][] = [["a", "1"]];
    const correlationData = Buffer.from([1, 2]);
    const properties = { contentType: "c", messageExpiryInterval: 60, userProperties, correlationData };
    expect(broker.publish("t/1", "é", { qos: 2, properties })).toBe(2);
    expect(broker.publish("x", "nobody")).toBe(0);
    expect(await one.expect("publish")).toMatchObject({ topic: "t/1", payload: Buffer.from("é"), qos: 2, properties });
    expect(await two.expect("publish")).toMatchObject({ qos: 1, properties });
  });

  it("keeps a retained message, and takes it away", async () => {
    const test = await startBroker();
    const { broker } = test;
    broker.publish("t", Uint8Array.of(1, 2), { retain: true });
    const client = await test.connect();
    await subscribeTo(client, ["t"]);
    expect(await client.expect("publish")).toMatchObject({ retain: true, payload: Buffer.from([1, 2]) });
    broker.publish("t", "", { retain: true });
    expect(broker.gauges.retainedMessages).toBe(0);
  });

  it.each([
    ["#", {}],
    ["a/+", {}],
    ["", {}],
    ["a\0", {}],
    ["a", { properties: { responseTopic: "a/#" } }],
  ])("throws for what no PUBLISH may be: %j %j", async (topic, options) => {
    const { broker } = await startBroker();
    const watch = listen(broker, "#");
    expect(() => broker.publish(topic, "x", { retain: true, ...options })).toThrow();
    expect(broker.gauges.retainedMessages).toBe(0);
    broker.publish("end", "");
    expect((await watch.next()).topic).toBe("end");
  });
});

describe("subscribe of the library", () => {
  it("gets what clients and the program publish, with all that goes with it", async () => {
    const test = await startBroker();
    const { broker } = test;
    const watch = listen(broker, "t/#");
    const client = await test.connect();
    const userProperties: [string, string][] = [
      ["b", "1"],
      ["a", "2"],
    ];
    const properties = { responseTopic: "r", payloadFormatIndicator: 1, userProperties };
    await publishAcknowledged(client, "t/1", "x", { retain: true, properties });
    expect(await watch.next()).toEqual({
      topic: "t/1",
      payload: Buffer.from("x"),
      qos: 1,
      retain: true,
      properties,
    });
    broker.publish("t", "y");
    expect(await watch.next()).toMatchObject({ topic: "t", payload: Buffer.from("y"), qos: 0, retain: false });
  });

  it("gets the retained messages that are there already", async () => {
    const { broker } = await startBroker();
    for (let index = 0; index < 500; index++) broker.publish(`t/${index}`, `${index}`, { retain: true });
    const watch = listen(broker, "t/+");
    const topics = new Set<string>();
    while (topics.size < 500) topics.add((await watch.next()).topic);
  });

  it("ends when told, also for what is on its way, and leaves no trace", async () => {
    const { broker } = await startBroker();
    broker.publish("kept", "", { retain: true });
    broker.publish("kept", "x", { retain: true });
    const heard: string[] = [];
    const stop = broker.subscribe("#", ({ topic }) => heard.push(topic));
    broker.publish("on its way", "");
    stop();
    stop();
    const after = listen(broker, "end");
    broker.publish("end", "");
    await after.next();
    expect(heard).toEqual([]);
    after.stop();
    expect(broker.gauges.core).toMatchObject({ subscriptionEntries: 0 });
  });

  it("may publish, subscribe and unsubscribe from its listener", async () => {
    const test = await startBroker();
    const { broker } = test;
    const client = await test.connect();
    await subscribeTo(client, ["answer", "other"]);
    const stop = broker.subscribe("ask", ({ payload }) => {
      stop();
      broker.subscribe("other", () => {})();
      broker.publish("answer", payload);
    });
    client.send(publish({ topic: "ask", payload: "1" }), publish({ topic: "other", payload: "2" }));
    expect((await messages(client, 2)).toSorted()).toEqual(["answer=1", "other=2"]);
  });

  it("throws for a filter that is not valid", async () => {
    const { broker } = await startBroker();
    for (const filter of ["", "a#", "+b", "a\0"]) expect(() => broker.subscribe(filter, () => {})).toThrow();
    expect(broker.gauges.core).toMatchObject({ subscriptionEntries: 0 });
  });
});

describe("events of the library", () => {
  it("tell of clients, subscriptions and messages, in order", async () => {
    const test = await startBroker();
    const { broker } = test;
    const told: unknown[] = [];
    broker.on("connect", ({ clientIdentifier, version }, present) => told.push([clientIdentifier, version, present]));
    broker.on("subscribe", (...args) => told.push(args));
    broker.on("unsubscribe", (...args) => told.push(args));
    broker.on("publish", ({ topic, payload }, client) => told.push([topic, `${payload}`, client?.clientIdentifier]));
    broker.on("disconnect", ({ clientIdentifier }) => told.push([clientIdentifier]));
    const client = await test.connect({ clientIdentifier: "c", version: 4 });
    await subscribeTo(client, [{ filter: "a/+", qos: 1 }, "b+"]);
    await unsubscribeFrom(client, ["a/+", "never"]);
    await publishAcknowledged(client, "t", "x");
    broker.publish("t", "y");
    const gone = once(broker, "disconnect");
    await client.close();
    await gone;
    const expected = [["c", 4, false], ["c", "a/+", 1], ["c", "a/+"], ["t", "x", "c"], ["t", "y", undefined], ["c"]];
    expect(told).toEqual(expected);
  });

  it("may subscribe and unsubscribe the program while messages are handled", async () => {
    const test = await startBroker();
    const { broker } = test;
    const heard: string[] = [];
    let stop = broker.subscribe("b", () => {});
    const change = (message: BrokerEvents["publish"][0]): void => {
      stop();
      stop = broker.subscribe("other", ({ topic }) => heard.push(`${topic} after ${message.topic}`));
    };
    broker.on("publish", change);
    const client = await test.connect();
    client.send(publish({ topic: "a" }), publish({ topic: "b" }), publish({ topic: "b" }));
    await client.expectNothing();
    broker.off("publish", change);
    broker.publish("other", "");
    const end = listen(broker, "end");
    broker.publish("end", "");
    await end.next();
    expect(heard).toEqual(["other after b"]);
  });
});

describe("several brokers in one process", () => {
  it("share nothing", async () => {
    const [one, two] = [await startBroker(), await startBroker()];
    const [first, second] = [await join(one), await join(two)];
    for (const client of [first, second]) await subscribeTo(client, ["#"]);
    one.broker.publish("t", "one", { retain: true });
    expect(await messages(first, 1)).toEqual(["t=one"]);
    await second.expectNothing();
    expect(two.broker.gauges).toMatchObject({ retainedMessages: 0, connections: 1 });
    await one.broker.stop();
    await second.expectNothing();
  });
});
