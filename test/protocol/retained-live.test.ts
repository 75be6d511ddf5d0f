import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, publishAcknowledged, subscribeTo, unsubscribeFrom } from "../support/exchange.ts";
import { publish, subscribe } from "../support/packets.ts";

describe("retained messages beside live ones", () => {
  it("[MQTT-3.8.4-4] a message retained after the SUBSCRIBE comes once, as a live one", async () => {
    const test = await startBroker();
    const client = await join(test);
    await publishAcknowledged(client, "a/old", "old", { retain: true });
    client.send(
      Buffer.concat([
        subscribe({ subscriptions: ["a/#"] }),
        publish({ topic: "a/new", payload: "new", retain: true }),
        publish({ topic: "a/end", payload: "end" }),
      ]),
    );
    await client.expect("suback");
    expect(await messages(client, 3)).toEqual(["a/old=old", "a/new=new", "a/end=end"]);
    await client.expectNothing();
  });

  it("[MQTT-4.6.0-6] a retained message is not overtaken by what was published after the SUBSCRIBE", async () => {
    const test = await startBroker();
    const client = await join(test);
    await publishAcknowledged(client, "a/b", "1", { retain: true });
    client.send(Buffer.concat([subscribe({ subscriptions: ["a/b"] }), publish({ topic: "a/b", payload: "2" })]));
    await client.expect("suback");
    expect(await messages(client, 2)).toEqual(["a/b=1", "a/b=2"]);
  });

  it("gives the program's own subscription a message retained after it only once", async () => {
    const test = await startBroker();
    const { broker } = test;
    broker.publish("a/old", "old", { retain: true });
    const received: string[] = [];
    const done = new Promise<void>((resolve) => {
      broker.subscribe("a/#", ({ topic }) => {
        received.push(topic);
        if (topic === "a/end") resolve();
      });
    });
    broker.publish("a/new", "new", { retain: true });
    await new Promise((resolve) => setImmediate(resolve));
    broker.publish("a/end", "end");
    await done;
    expect(received.sort()).toEqual(["a/end", "a/new", "a/old"]);
  });

  it("goes on when the client had no room at the moment", async () => {
    const test = await startBroker({ limits: { maximumOutboxBytes: 65_536 } });
    const [client, publisher] = [await join(test), await join(test)];
    await publishAcknowledged(publisher, "retained", "r", { retain: true });
    await subscribeTo(client, ["flood"]);
    // All of it is handled in one turn, so the outbox is full when the SUBSCRIBE comes.
    test.broker.publish("flood", Buffer.alloc(100_000));
    client.send(subscribe({ subscriptions: ["retained"] }));
    const packets = [await client.next(), await client.next(), await client.next()];
    expect(packets.map(({ type }) => type).sort()).toEqual(["publish", "publish", "suback"]);
  });
});

it("an authorize that changes the program's own subscriptions sends no message astray", async () => {
  let swap = (): void => {};
  const test = await startBroker({
    access: {
      authenticate: () => 0,
      authorize: () => {
        swap();
        return true;
      },
    },
  });
  const { broker } = test;
  const received: string[] = [];
  const client = await join(test);
  const end = broker.subscribe("t", ({ topic }) => received.push(`t:${topic}`));
  swap = () => {
    swap = () => {};
    end();
    broker.subscribe("other", ({ topic }) => received.push(`other:${topic}`));
  };
  await publishAcknowledged(client, "t", "x");
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(received).toEqual([]);
});

it("merges thousands of overlapping subscriptions with identifiers in good time", async () => {
  const test = await startBroker();
  const client = await join(test);
  const levels = 12;
  const filters = Array.from({ length: 2 ** levels }, (_, bits) =>
    Array.from({ length: levels }, (__, level) => ((bits >> level) & 1 ? "+" : "x")).join("/"),
  );
  await subscribeTo(client, filters, { subscriptionIdentifiers: [7] });
  const topic = Array.from({ length: levels }, () => "x").join("/");
  await publishAcknowledged(await join(test), topic, "x");
  const { properties } = await client.expect("publish");
  expect(properties.subscriptionIdentifiers).toHaveLength(2 ** levels);
  await unsubscribeFrom(client, filters);
});
