import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { cut, expectNoMessage, subscribeTo, takeMessage, withWitness } from "../support/flows.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { type ConnectOptions, disconnect, pingreq } from "../support/packets.ts";
import { holdTime, pass } from "../support/time.ts";

const WILL = { topic: "will", payload: "gone" };

describe("will of a client of MQTT 5.0", () => {
  it("[MQTT-3.1.3-10] is forwarded with all its properties", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const properties = {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 1_000,
      contentType: "text/plain",
      responseTopic: "reply",
      correlationData: Buffer.from([0, 1, 255]),
      userProperties: [
        ["b", "2"],
        ["a", "1"],
        ["b", "2"],
      ] as [string, string][],
    };
    const client = await test.connect({
      clientIdentifier: "c",
      will: { ...WILL, properties: { ...properties, willDelayInterval: 0 } },
    });
    client.destroy();
    expect((await witness.expect("publish")).properties).toEqual(properties);
  });

  it("a message of its own expiry begins to age when it is published", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const properties = { messageExpiryInterval: 1, willDelayInterval: 1 };
    const client = await test.connect({
      clientIdentifier: "c",
      will: { ...WILL, properties },
      properties: { sessionExpiryInterval: 100 },
    });
    client.destroy();
    expect((await witness.expect("publish")).properties.messageExpiryInterval).toBe(1);
  });

  it.each([
    ["0x04", disconnect({ reasonCode: 0x04 })],
    ["0x80", disconnect({ reasonCode: 0x80 })],
    ["0x00 that it may not send", disconnect({ properties: { sessionExpiryInterval: 5 } })],
    ["a code that does not exist", disconnect({ reasonCode: 0x7f })],
  ])("[MQTT-3.14.4-3] is published after a DISCONNECT with %s", async (_name, bytes) => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect({ clientIdentifier: "c", will: WILL });
    client.send(bytes);
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });

  it("is published to others when the broker stops", async () => {
    const test = await startBroker();
    const topics: string[] = [];
    test.broker.subscribe("#", ({ topic }) => topics.push(topic));
    await test.connect({ clientIdentifier: "c", will: WILL });
    await test.broker.stop();
    expect(topics).toEqual(["will"]);
  });

  it("goes to the client's own subscriptions too, but for No Local", async () => {
    const test = await startBroker();
    const properties = { sessionExpiryInterval: 100 };
    const client = await test.connect({ clientIdentifier: "c", will: { ...WILL, qos: 1 }, properties });
    await subscribeTo(client, "will", 1);
    const witness = await withWitness(test);
    client.destroy();
    await witness.expect("publish");
    const back = await test.connect({ clientIdentifier: "c", cleanStart: false, properties });
    expect(await takeMessage(back)).toMatchObject({ topic: "will" });
  });
});

describe("will delay interval", () => {
  const delayed = (willDelayInterval: number, sessionExpiryInterval: number): ConnectOptions => ({
    clientIdentifier: "c",
    cleanStart: false,
    will: { ...WILL, properties: { willDelayInterval } },
    properties: { sessionExpiryInterval },
  });

  it("[MQTT-3.1.2-8] passes before the will is published", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(delayed(1, 100));
    const cutAt = performance.now();
    client.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will", properties: NO_PROPERTIES });
    expect(performance.now() - cutAt).toBeGreaterThan(990);
  });

  it("[MQTT-3.1.2-8] the will is published earlier where the session ends: at once, or at its expiry", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const without = await test.connect(delayed(100, 0));
    without.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    const brief = await test.connect(delayed(100, 1));
    brief.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });

  it("[MQTT-3.1.3-9] the will is not published when the client is back in time", async () => {
    holdTime();
    const test = await startBroker();
    const witness = await withWitness(test);
    await cut(test, await test.connect(delayed(10, 100)));
    pass(9.9);
    const properties = { sessionExpiryInterval: 100 };
    const again = await test.connect({ clientIdentifier: "c", cleanStart: false, properties });
    expect(again.connack).toMatchObject({ sessionPresent: true });
    pass(1_000);
    await expectNoMessage(test, witness);
    await cut(test, again);
    pass(1_000);
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.3-9] the will is not published when the client takes its session over", async () => {
    holdTime();
    const test = await startBroker();
    const witness = await withWitness(test);
    await test.connect(delayed(100, 100));
    const second = await test.connect(delayed(100, 100));
    expect(second.connack).toMatchObject({ sessionPresent: true });
    pass(1_000);
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.2-8] a clean start ends the session, so the will is published", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const first = await test.connect(delayed(100, 100));
    first.destroy();
    await test.connect({ clientIdentifier: "c" });
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });

  it("[MQTT-3.1.2-8] a DISCONNECT with 0x04 that ends the session has the will published at once", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(delayed(100, 100));
    client.send(disconnect({ reasonCode: 0x04, properties: { sessionExpiryInterval: 0 } }), pingreq());
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    await client.expectClosed();
  });
});
