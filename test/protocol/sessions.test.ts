import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { cut, publishFrom, subscribeTo, takeMessage } from "../support/flows.ts";
import { type ConnectOptions, disconnect, publish, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

const FOR_EVER = 0xffffffff;
const WAIT = { timeout: 5_000 };

/** A CONNECT of a client whose session outlives its connection. */
function lasting(version: Version, options: ConnectOptions = {}): ConnectOptions {
  const properties = { sessionExpiryInterval: FOR_EVER };
  return { version, clientIdentifier: "c", cleanStart: false, ...(version === 5 && { properties }), ...options };
}

/** Whether a client that connects now finds a session. */
async function findsSession(test: TestBroker): Promise<boolean> {
  const client = await test.connect({ clientIdentifier: "c", cleanStart: false });
  return client.connack?.sessionPresent ?? false;
}

describe.each<Version>([3, 4, 5])("session at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT-3.1.2-23] [MQTT-3.2.2-3] [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.2.2-2 of 3.1.1] [MQTT-3.2.2-3 of 3.1.1] [MQTT-4.1.0-1 of 3.1.1] is created, kept, and found again with its subscriptions", async () => {
    const test = await startBroker();
    const first = await test.connect(lasting(version));
    expect(first.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    await subscribeTo(first, "a/+", 1);
    await first.close();
    const again = await test.connect(lasting(version));
    expect(again.connack).toMatchObject({ reasonCode: 0, sessionPresent: version !== 3 });
    again.send(publish({ version, topic: "a/b", payload: "x" }));
    expect(await again.expect("publish")).toMatchObject({ topic: "a/b" });
  });

  it("[MQTT-3.1.2-4] [MQTT-3.1.4-4] [MQTT-3.2.2-2] [MQTT-3.1.2-6 of 3.1.1] [MQTT-3.1.4-3 of 3.1.1] [MQTT-3.2.2-1 of 3.1.1] is thrown away by a clean start", async () => {
    const test = await startBroker();
    const first = await test.connect(lasting(version));
    await subscribeTo(first, "a", 1);
    await first.close();
    const publisher = await test.connect({ version, clientIdentifier: "p" });
    await publishFrom(publisher, "a", "queued");
    const clean = await test.connect(lasting(version, { cleanStart: true }));
    expect(clean.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    clean.send(publish({ version, topic: "a" }));
    await clean.expectNothing();
  });

  it("[MQTT-3.1.4-3] [MQTT-3.1.4-2 of 3.1.1] is taken over by a second client with its identifier, and the first one is disconnected", async () => {
    const test = await startBroker();
    const first = await test.connect(lasting(version));
    await subscribeTo(first, "a", 1);
    const second = await test.connect(lasting(version));
    if (version === 5) expect(await first.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await first.expectClosed();
    expect(second.connack).toMatchObject({ sessionPresent: version !== 3 });
    await publishFrom(second, "other", "x");
    second.send(publish({ version, topic: "a", payload: "x" }));
    expect(await takeMessage(second)).toMatchObject({ topic: "a" });
    expect(test.broker.gauges).toMatchObject({ connections: 1, sessions: 1 });
  });

  it("[MQTT-3.1.2-4] [MQTT-3.1.2-6] [MQTT-3.1.2-6 of 3.1.1] of a clean client ends with its connection, at takeover too", async () => {
    const test = await startBroker();
    const clean = { version, clientIdentifier: "c" };
    const first = await test.connect(clean);
    await subscribeTo(first, "a");
    const second = await test.connect(lasting(version));
    expect(second.connack).toMatchObject({ sessionPresent: false });
    second.send(publish({ version, topic: "a" }));
    await second.expectNothing();
    await test.connect(clean);
    await second.next("a DISCONNECT").catch(() => undefined);
    await second.expectClosed();
    expect(await findsSession(test)).toBe(false);
  });

  it("[MQTT-3.1.3-2] [MQTT-3.1.3-2 of 3.1.1] belongs to one client identifier, compared character by character", async () => {
    const test = await startBroker();
    const first = await test.connect(lasting(version));
    await first.close();
    const other = await test.connect(lasting(version, { clientIdentifier: "C" }));
    expect(other.connack).toMatchObject({ sessionPresent: false });
    expect(test.broker.gauges.sessions).toBe(2);
  });
});

describe("session expiry", () => {
  /** A client with that session expiry interval, and a subscription to tell a session that is left from a new one. */
  async function withExpiry(test: TestBroker, sessionExpiryInterval: number): Promise<RawClient> {
    const client = await test.connect({ clientIdentifier: "c", properties: { sessionExpiryInterval } });
    await subscribeTo(client, "a", 1);
    return client;
  }

  it("[MQTT-4.1.0-2] a session with interval 0 or none ends with its connection", async () => {
    const test = await startBroker();
    for (const properties of [{}, { sessionExpiryInterval: 0 }]) {
      const client = await test.connect({ clientIdentifier: "c", properties });
      await client.close();
      expect(test.broker.gauges.sessions).toBe(0);
      expect(await findsSession(test)).toBe(false);
    }
  });

  it("[MQTT-4.1.0-2] a session ends when its interval is over, not before, and its subscriptions with it", async () => {
    const test = await startBroker();
    const client = await withExpiry(test, 1);
    const cutAt = performance.now();
    await cut(test, client);
    expect(test.broker.gauges.sessions).toBe(1);
    await expect.poll(() => test.broker.gauges.sessions, WAIT).toBe(0);
    expect(performance.now() - cutAt).toBeGreaterThan(990);
    expect(test.broker.gauges.core).toMatchObject({ subscriptionEntries: 0 });
    expect(await findsSession(test)).toBe(false);
  });

  it("[MQTT-4.1.0-1] the interval does not run while the client is connected, and starts anew with each connection", async () => {
    const test = await startBroker();
    const first = await withExpiry(test, 1);
    await cut(test, first);
    const properties = { sessionExpiryInterval: 1 };
    const second = await test.connect({ clientIdentifier: "c", cleanStart: false, properties });
    const brief = await test.connect({ clientIdentifier: "brief", properties });
    await cut(test, brief);
    await expect.poll(() => test.broker.gauges.sessions, WAIT).toBe(1);
    second.send(publish({ topic: "a", payload: "still there" }));
    expect((await second.expect("publish")).payload.toString()).toBe("still there");
  });

  it("a session with interval 0xFFFFFFFF outlives those with the longest timer", async () => {
    const test = await startBroker();
    const client = await withExpiry(test, FOR_EVER);
    await cut(test, client);
    const brief = await test.connect({ clientIdentifier: "brief", properties: { sessionExpiryInterval: 1 } });
    const long = await test.connect({ clientIdentifier: "long", properties: { sessionExpiryInterval: FOR_EVER - 1 } });
    await cut(test, brief);
    await cut(test, long);
    await expect.poll(() => test.broker.gauges.sessions, WAIT).toBe(2);
    expect(await findsSession(test)).toBe(true);
  });

  it("the server's maximum applies, to 3.1.1 clients without a clean session too", async () => {
    const test = await startBroker({ limits: { maximumSessionExpiryInterval: 1 } });
    await cut(test, await withExpiry(test, FOR_EVER));
    await cut(test, await test.connect({ version: 4, clientIdentifier: "old", cleanStart: false }));
    expect(test.broker.gauges.sessions).toBe(2);
    await expect.poll(() => test.broker.gauges.sessions, WAIT).toBe(0);
  });

  it("a CONNECT that resumes a session sets its interval anew", async () => {
    const test = await startBroker();
    await cut(test, await withExpiry(test, FOR_EVER));
    const again = await test.connect({ clientIdentifier: "c", cleanStart: false });
    expect(again.connack).toMatchObject({ sessionPresent: true });
    await again.close();
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("a DISCONNECT may change the interval: to 0 the session ends at once", async () => {
    const test = await startBroker();
    const client = await withExpiry(test, FOR_EVER);
    client.send(disconnect({ properties: { sessionExpiryInterval: 0 } }));
    await client.expectClosed();
    expect(await findsSession(test)).toBe(false);
  });

  it("a DISCONNECT may change the interval: from short to long, within the server's maximum", async () => {
    const test = await startBroker({ limits: { maximumSessionExpiryInterval: 2 } });
    const client = await withExpiry(test, 1);
    const goneAt = performance.now();
    client.send(disconnect({ properties: { sessionExpiryInterval: FOR_EVER } }));
    await client.expectClosed();
    await expect.poll(() => test.broker.gauges.sessions, WAIT).toBe(0);
    expect(performance.now() - goneAt).toBeGreaterThan(1_990);
  });

  it("a DISCONNECT may not give an interval to a session that had none: 0x82, and the session ends", async () => {
    const test = await startBroker();
    const client = await withExpiry(test, 0);
    client.send(disconnect({ properties: { sessionExpiryInterval: 1 } }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
    expect(await findsSession(test)).toBe(false);
  });

  it("a DISCONNECT with interval 0 after a CONNECT with 0 is allowed", async () => {
    const test = await startBroker();
    const client = await withExpiry(test, 0);
    client.send(disconnect({ properties: { sessionExpiryInterval: 0 } }));
    await client.expectClosed();
  });

  it("a DISCONNECT with an interval is allowed when the server cut that of the CONNECT down to 0", async () => {
    const test = await startBroker({ limits: { maximumSessionExpiryInterval: 0 } });
    const client = await withExpiry(test, 100);
    client.send(disconnect({ properties: { sessionExpiryInterval: 50 } }));
    await client.expectClosed();
    expect(test.broker.gauges.sessions).toBe(0);
  });
});

it("a session passes from a client of one version to one of another", async () => {
  const test = await startBroker();
  const of5 = await test.connect(lasting(5));
  await subscribeTo(of5, "a", 2);
  await of5.close();
  const publisher = await test.connect({ clientIdentifier: "p" });
  publisher.send(publish({ topic: "a", payload: "x", qos: 2, properties: { contentType: "text/plain" } }));
  await publisher.expect("pubrec");
  const of4 = await test.connect(lasting(4));
  expect(of4.connack).toMatchObject({ sessionPresent: true });
  expect(await takeMessage(of4)).toMatchObject({ topic: "a", qos: 2, payload: Buffer.from("x") });
});
