import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { retainEnd, retainedFor } from "../../support/exchange.ts";
import { publishFrom, subscribeTo, takeMessage } from "../../support/flows.ts";
import { publish } from "../../support/packets.ts";
import { enter } from "./clients.ts";

/** RETAIN in MQTT 3.1.1 (§3.3.1.3). */

describe("a message with RETAIN", () => {
  it.each([0, 1, 2])("[MQTT-3.3.1-5 of 3.1.1] is kept with its QoS %i for those who subscribe later", async (qos) => {
    const test = await startBroker();
    await publishFrom(await enter(test, "p"), "a", "kept", { qos, retain: true });
    for (const clientIdentifier of ["c", "d"]) {
      const client = await enter(test, clientIdentifier);
      await subscribeTo(client, "a", 2);
      const message = await takeMessage(client);
      expect(message).toMatchObject({ topic: "a", qos });
      expect(message.payload.toString()).toBe("kept");
    }
  });

  it("[MQTT-3.3.1-6 of 3.1.1] comes to a new subscription, the last one of each topic that matches", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    for (const [topic, payload] of [
      ["a/1", "old"],
      ["a/1", "one"],
      ["a/2", "two"],
      ["b/1", "other"],
    ] as const) {
      await publishFrom(publisher, topic, payload, { retain: true });
    }
    retainEnd(test);
    const client = await enter(test, "c");
    expect((await retainedFor(client, ["a/+"])).sort()).toEqual(["a/1=one", "a/2=two"]);
    await client.expectNothing();
  });

  it("[MQTT-3.3.1-7 of 3.1.1] and QoS 0 takes the place of the one before", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a", "first", { qos: 2, retain: true });
    await publishFrom(publisher, "a", "second", { qos: 0, retain: true });
    retainEnd(test);
    expect(await retainedFor(await enter(test, "c"), [{ filter: "a", qos: 2 }])).toEqual(["a=second"]);
  });

  it("[MQTT-3.3.1-8 of 3.1.1] [MQTT-3.3.1-9 of 3.1.1] has RETAIN 1 for a new subscription, 0 for one that is there", async () => {
    const test = await startBroker();
    const there = await enter(test, "there");
    await subscribeTo(there, "a");
    await subscribeTo(there, "b");
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a", "x", { retain: true });
    await publishFrom(publisher, "b", "y", { retain: false });
    expect(await takeMessage(there)).toMatchObject({ topic: "a", retain: false });
    expect(await takeMessage(there)).toMatchObject({ topic: "b", retain: false });
    const late = await enter(test, "late");
    await subscribeTo(late, "a");
    expect(await takeMessage(late)).toMatchObject({ topic: "a", retain: true });
    await publishFrom(publisher, "a", "z", { retain: true });
    expect(await takeMessage(late)).toMatchObject({ topic: "a", retain: false });
  });

  it("[MQTT-3.3.1-10 of 3.1.1] [MQTT-3.3.1-11 of 3.1.1] and no payload is delivered, and leaves nothing retained", async () => {
    const test = await startBroker();
    const there = await enter(test, "there");
    await subscribeTo(there, "#");
    const publisher = await enter(test, "p");
    for (const payload of ["kept", "", ""]) {
      await publishFrom(publisher, "a", payload, { retain: true });
      const message = await takeMessage(there);
      expect(message).toMatchObject({ topic: "a", retain: false });
      expect(message.payload.toString()).toBe(payload);
    }
    expect(test.broker.gauges.retainedMessages).toBe(0);
    retainEnd(test);
    expect(await retainedFor(await enter(test, "late"), ["#"])).toEqual([]);
  });
});

it("[MQTT-3.3.1-12 of 3.1.1] a message without RETAIN neither is kept nor changes what is", async () => {
  const test = await startBroker();
  const publisher = await enter(test, "p");
  await publishFrom(publisher, "a", "kept", { retain: true });
  await publishFrom(publisher, "a", "passing");
  await publishFrom(publisher, "a", "");
  await publishFrom(publisher, "b", "passing");
  publisher.send(publish({ version: 4, topic: "a", payload: "passing" }));
  await publisher.expectNothing();
  retainEnd(test);
  expect(await retainedFor(await enter(test, "late"), ["#"])).toEqual(["a=kept"]);
});
