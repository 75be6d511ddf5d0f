import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { expectNoMessage, publishFrom, subscribeTo, withWitness } from "../support/flows.ts";
import { NO_PROPERTIES } from "../support/no-properties.ts";
import { disconnect, pingreq, publish, type Version } from "../support/packets.ts";
import { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";
import { packet, u8, u16 } from "../support/wire.ts";

describe.each<Version>([3, 4, 5])("DISCONNECT at protocol level %i", (version) => {
  const it = itAt(version);

  it("ends the connection, with no answer; what comes behind it is not handled", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect({ version, clientIdentifier: "c" });
    client.send(publish({ version, topic: "before" }), disconnect(), publish({ version, topic: "behind" }), pingreq());
    await client.expectClosed();
    expect(await witness.expect("publish")).toMatchObject({ topic: "before" });
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.14.1-1] [MQTT-3.14.1-1 of 3.1.1] with other flags than 0 is malformed", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect({ version, clientIdentifier: "c", will: { topic: "will" } });
    client.send(Buffer.from([0xe1, 0]));
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x81 });
    await client.expectClosed();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });

  it("a packet that only servers send ends the connection", async () => {
    const test = await startBroker();
    for (const bytes of [packet(0x20, u8(0), u8(0)), packet(0x90, u16(1), u8(0)), packet(0xb0, u16(1)), packet(0xd0)]) {
      const client = await test.connect({ version, clientIdentifier: "c" });
      client.send(bytes, pingreq());
      if (version === 5) expect((await client.expect("disconnect")).reasonCode).toBeGreaterThanOrEqual(0x81);
      await client.expectClosed();
    }
  });

  it("a connection that ends its side only gets all that was on its way", async () => {
    const test = await startBroker();
    const client = await test.connect({ version, clientIdentifier: "c" });
    client.send(publish({ version, topic: "a", qos: 1 }), pingreq());
    client.stream.end();
    await client.expect("puback");
    await client.expect("pingresp");
    await client.expectClosed();
  });
});

it("a 3.1.1 DISCONNECT with a body is malformed, and the will is published", async () => {
  const test = await startBroker();
  const witness = await withWitness(test);
  const client = await test.connect({ version: 4, clientIdentifier: "c", will: { topic: "will" } });
  client.send(disconnect({ reasonCode: 0 }));
  await client.expectClosed();
  expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
});

describe("DISCONNECT of MQTT 5.0", () => {
  it.each([0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99])(
    "a client may send reason code %i",
    async (reasonCode) => {
      const test = await startBroker();
      const client = await test.connect({ clientIdentifier: "c" });
      client.send(disconnect({ reasonCode, properties: { reasonString: "why", userProperties: [["a", "b"]] } }));
      await client.expectClosed();
    },
  );

  it.each([0x01, 0x7f, 0x87, 0x8b, 0x8d, 0x8e, 0xff])(
    "[MQTT-3.14.2-1] a client may not send reason code %i",
    async (reasonCode) => {
      const test = await startBroker();
      const client = await test.connect({ clientIdentifier: "c" });
      client.send(disconnect({ reasonCode }));
      expect([0x81, 0x82]).toContain((await client.expect("disconnect")).reasonCode);
      await client.expectClosed();
    },
  );

  it("[MQTT-3.14.2-3] the server's says why, unless it would exceed the client's maximum packet size", async () => {
    const test = await startBroker();
    const roomy = await test.connect({ clientIdentifier: "c" });
    roomy.send(packet(0xd0));
    expect((await roomy.expect("disconnect")).properties.reasonString).toBeTypeOf("string");
    const narrow = await test.connect({ clientIdentifier: "c", properties: { maximumPacketSize: 24 } });
    narrow.send(packet(0xd0));
    expect(await narrow.expect("disconnect")).toMatchObject({ reasonCode: 0x82, properties: NO_PROPERTIES });
    await narrow.expectClosed();
  });
});

describe("stop", () => {
  it("sends DISCONNECT 0x8b to clients of MQTT 5.0, closes all, and lets in no more", async () => {
    const test = await startBroker();
    const { port } = test;
    const of5 = await test.connect({ clientIdentifier: "5" });
    const of4 = await test.connect({ version: 4, clientIdentifier: "4" });
    const unknown = await test.open();
    const stopped = test.broker.stop();
    expect(await of5.expect("disconnect")).toMatchObject({ reasonCode: 0x8b });
    await Promise.all([of5.expectClosed(), of4.expectClosed(), unknown.expectClosed(), stopped]);
    await expect(RawClient.connect(port)).rejects.toThrow("ECONNREFUSED");
    expect(test.broker.gauges.connections).toBe(0);
  });

  it("lets what is under way go out first", async () => {
    const test = await startBroker();
    const subscriber = await test.connect({ clientIdentifier: "subscriber" });
    await subscribeTo(subscriber, "a", 1);
    const publisher = await test.connect({ clientIdentifier: "publisher" });
    await publishFrom(publisher, "a", "x".repeat(500_000));
    test.broker.publish("a", "last", { qos: 1 });
    const stopped = test.broker.stop();
    expect((await subscriber.expect("publish")).payload).toHaveLength(500_000);
    expect((await subscriber.expect("publish")).payload.toString()).toBe("last");
    expect(await subscriber.expect("disconnect")).toMatchObject({ reasonCode: 0x8b });
    await stopped;
  });

  it("may be called again, and is over at once for a broker without clients", async () => {
    const test = await startBroker();
    await Promise.all([test.broker.stop(), test.broker.stop()]);
    await test.broker.stop();
  });
});
