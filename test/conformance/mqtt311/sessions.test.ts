import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { messages } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo, takePayloads } from "../../support/flows.ts";
import { pingreq, pubrel } from "../../support/packets.ts";
import { enter, enterLasting, publish } from "./clients.ts";

/** Session state of MQTT 3.1.1 (§3.1.2.4, §4.1). */

describe("a session with CleanSession 0", () => {
  it("[MQTT-3.1.2-4 of 3.1.1] is made, kept after a DISCONNECT and a lost connection, and goes on", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    const first = await enterLasting(test, "c");
    expect(first.connack).toMatchObject({ sessionPresent: false });
    await subscribeTo(first, "a", 1);
    await first.close();
    const second = await enterLasting(test, "c");
    expect(second.connack).toMatchObject({ sessionPresent: true });
    await publishFrom(publisher, "a", "1");
    expect(await takePayloads(second, 1)).toEqual(["1"]);
    await second.expectNothing();
    await cut(test, second);
    const third = await enterLasting(test, "c");
    expect(third.connack).toMatchObject({ sessionPresent: true });
    await publishFrom(publisher, "a", "2");
    expect(await takePayloads(third, 1)).toEqual(["2"]);
  });

  it("[MQTT-3.1.2-5 of 3.1.1] keeps the QoS 1 and 2 messages that match while its client is away", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a/+", 2);
    await client.close();
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a/1", "one", { qos: 1 });
    await publishFrom(publisher, "b/1", "another topic", { qos: 1 });
    await publishFrom(publisher, "a/2", "two", { qos: 2 });
    await publishFrom(publisher, "a/1", "three", { qos: 1 });
    const again = await enterLasting(test, "c");
    expect(await messages(again, 3)).toEqual(["a/1=one", "a/2=two", "a/1=three"]);
    await again.expectNothing();
  });

  it("[MQTT-3.1.3-2 of 3.1.1] belongs to one client identifier, character by character", async () => {
    const test = await startBroker();
    const first = await enterLasting(test, "c");
    await subscribeTo(first, "a", 1);
    await first.close();
    for (const other of ["C", "c ", "cc", "с"]) {
      const client = await enterLasting(test, other);
      expect(client.connack).toMatchObject({ sessionPresent: false });
      await publishFrom(await enter(test, "p"), "a", "x");
      await client.expectNothing();
    }
    const again = await enterLasting(test, "c");
    expect(again.connack).toMatchObject({ sessionPresent: true });
    expect(await messages(again, 4)).toHaveLength(4);
  });

  it("[MQTT-4.1.0-1 of 3.1.1] keeps subscriptions, messages and both sides' QoS 2 exchanges over many connections", async () => {
    const test = await startBroker();
    const first = await enterLasting(test, "c");
    await subscribeTo(first, "a", 2);
    first.send(publish({ topic: "once", qos: 2, packetIdentifier: 9 }));
    await first.expect("pubrec");
    await cut(test, first);
    const witness = await enter(test, "w");
    await subscribeTo(witness, "once");
    await publishFrom(witness, "a", "x", { qos: 2 });
    for (let connection = 0; connection < 3; connection++) {
      const client = await enterLasting(test, "c");
      expect(client.connack).toMatchObject({ sessionPresent: true });
      expect(await client.expect("publish")).toMatchObject({ topic: "a", qos: 2, duplicate: connection > 0 });
      client.send(publish({ topic: "once", qos: 2, packetIdentifier: 9, duplicate: true }));
      expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 9 });
      await cut(test, client);
    }
    await witness.expectNothing();
    const last = await enterLasting(test, "c");
    expect(await takePayloads(last, 1)).toEqual(["x"]);
    last.send(pubrel(9));
    expect(await last.expect("pubcomp")).toMatchObject({ packetIdentifier: 9 });
  });
});

describe("a session with CleanSession 1", () => {
  it("[MQTT-3.1.2-6 of 3.1.1] starts without the old one, and ends with its connection", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    const old = await enterLasting(test, "c");
    await subscribeTo(old, "a", 1);
    await old.close();
    await publishFrom(publisher, "a", "queued");
    const clean = await enter(test, "c");
    expect(clean.connack).toMatchObject({ sessionPresent: false });
    await publishFrom(publisher, "a", "live");
    await clean.expectNothing();
    await subscribeTo(clean, "b", 1);
    await cut(test, clean);
    await publishFrom(publisher, "b", "for nobody");
    const next = await enterLasting(test, "c");
    expect(next.connack).toMatchObject({ sessionPresent: false });
    await publishFrom(publisher, "b", "for nobody");
    await next.expectNothing();
  });

  it("[MQTT-3.1.2-7 of 3.1.1] ends and leaves retained messages where they are", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a", "kept", { retain: true });
    await cut(test, publisher);
    const old = await enterLasting(test, "l");
    await publishFrom(old, "b", "kept too", { retain: true });
    await old.close();
    await (await enter(test, "l")).close();
    const client = await enter(test, "c");
    await subscribeTo(client, "+", 1);
    expect((await takePayloads(client, 2)).sort()).toEqual(["kept", "kept too"]);
  });
});

it("[MQTT-4.1.0-2 of 3.1.1] a session exists at least as long as its connection, whatever its age", async () => {
  const test = await startBroker({ limits: { maximumSessionExpiryInterval: 1 } });
  const [lasting, clean] = [await enterLasting(test, "l"), await enter(test, "c")];
  const brief = await enterLasting(test, "brief");
  await subscribeTo(lasting, "a", 1);
  await subscribeTo(clean, "a", 1);
  await brief.close();
  await expect.poll(() => test.broker.gauges.sessions, { timeout: 5_000 }).toBe(2);
  lasting.send(pingreq());
  await lasting.expect("pingresp");
  await publishFrom(await enter(test, "p"), "a", "x");
  expect(await takePayloads(lasting, 1)).toEqual(["x"]);
  expect(await takePayloads(clean, 1)).toEqual(["x"]);
});
