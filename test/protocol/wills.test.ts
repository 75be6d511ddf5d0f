import { describe, expect } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, retainEnd, retainedFor } from "../support/exchange.ts";
import { cut, expectNoMessage, subscribeTo, takeMessage, withWitness } from "../support/flows.ts";
import { type ConnectOptions, connect, publish, type Version } from "../support/packets.ts";
import { itAt } from "../support/title.ts";

const WILL = { topic: "will", payload: "gone" };

describe.each<Version>([3, 4, 5])("will of a client at protocol level %i", (version) => {
  const it = itAt(version);

  const withWill = (options: ConnectOptions = {}): ConnectOptions => ({
    version,
    clientIdentifier: "c",
    will: WILL,
    ...options,
  });

  it("[MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.2-8 of 3.1.1] is published when the connection is cut", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(withWill());
    await expectNoMessage(test, witness);
    client.destroy();
    const message = await witness.expect("publish");
    expect(message).toMatchObject({ topic: "will", payload: Buffer.from("gone"), qos: 0, retain: false });
  });

  it("[MQTT-3.1.2-10] [MQTT-3.14.4-3] [MQTT-3.1.2-10 of 3.1.1] [MQTT-3.14.4-3 of 3.1.1] is not published after a DISCONNECT", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(withWill());
    await client.close();
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.2-10] [MQTT-3.1.2-10 of 3.1.1] is published once", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(withWill());
    client.destroy();
    await witness.expect("publish");
    const again = await test.connect(withWill());
    await again.close();
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.2-8] [MQTT-3.1.2-8 of 3.1.1] is published when the client breaks the protocol", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    for (const bytes of [connect(withWill()), Buffer.from([0x36, 2, 0, 0]), publish({ version, topic: "a/#" })]) {
      const client = await test.connect(withWill());
      client.send(bytes);
      expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    }
  });

  it("[MQTT-3.1.2-22] [MQTT-3.1.2-24 of 3.1.1] is published when the client is silent for 1.5 times its keep alive", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const connectedAt = performance.now();
    const client = await test.connect(withWill({ keepAlive: 1 }));
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    expect(performance.now() - connectedAt).toBeGreaterThan(1_490);
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x8d });
    await client.expectClosed();
  });

  it("[MQTT-3.1.2-8] [MQTT-3.1.2-8 of 3.1.1] is published when another client takes the session over", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const lasting = { cleanStart: false, ...(version === 5 && { properties: { sessionExpiryInterval: 100 } }) };
    await test.connect(withWill(lasting));
    const second = await test.connect(withWill({ ...lasting, will: { topic: "second" } }));
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    second.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "second" });
  });

  it("[MQTT-3.1.2-14] [MQTT-3.1.2-16 of 3.1.1] comes with its QoS, and without RETAIN is not retained", async () => {
    const test = await startBroker();
    const witness = await withWitness(test, 2);
    for (const qos of [0, 1, 2]) {
      const client = await test.connect(withWill({ will: { ...WILL, qos } }));
      client.destroy();
      expect(await takeMessage(witness)).toMatchObject({ topic: "will", qos, retain: false });
    }
    const late = await join(test, version);
    retainEnd(test);
    expect(await retainedFor(late, ["will"])).toEqual([]);
  });

  it("[MQTT-3.1.2-15] [MQTT-3.1.2-17 of 3.1.1] is retained where it says so, and an empty one clears what is retained", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(withWill({ will: { ...WILL, retain: true } }));
    client.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will", retain: false });
    const late = await test.connect({ clientIdentifier: "late" });
    await subscribeTo(late, "will");
    expect(await late.expect("publish")).toMatchObject({ payload: Buffer.from("gone"), retain: true });
    const empty = await test.connect(withWill({ will: { topic: "will", payload: "", retain: true } }));
    empty.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will", payload: Buffer.alloc(0) });
    const later = await join(test, version);
    retainEnd(test);
    expect(await retainedFor(later, ["will"])).toEqual([]);
  });

  it("may be empty, of any bytes, and as long as a binary field can be", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    for (const payload of [Buffer.alloc(0), Buffer.alloc(65_535, 0xff)]) {
      const client = await test.connect(withWill({ will: { topic: "will", payload } }));
      client.destroy();
      expect((await witness.expect("publish")).payload).toEqual(payload);
    }
  });

  it("waits for subscribers that are offline", async () => {
    const test = await startBroker();
    const properties = { sessionExpiryInterval: 100 };
    const offline = await test.connect({ clientIdentifier: "offline", properties });
    await subscribeTo(offline, "will", 1);
    await offline.close();
    const witness = await withWitness(test);
    const client = await test.connect(withWill({ will: { ...WILL, qos: 1 } }));
    client.destroy();
    await witness.expect("publish");
    const back = await test.connect({ clientIdentifier: "offline", cleanStart: false, properties });
    expect(await takeMessage(back)).toMatchObject({ topic: "will", qos: 1 });
  });

  it("is not published for a client that was refused", async () => {
    const test = await startBroker({
      access: { authenticate: ({ clientIdentifier }) => (clientIdentifier === "c" ? 0x87 : 0) },
    });
    const witness = await withWitness(test);
    const client = await test.connect(withWill());
    await client.expectClosed();
    await expectNoMessage(test, witness);
  });

  it("that a reload left too large is not published, and harms nobody", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(withWill({ will: { topic: "will", payload: "gone".repeat(100) } }));
    await test.broker.reload({ limits: { maximumPacketSize: 128 } });
    await cut(test, client);
    await expectNoMessage(test, witness);
  });
});
