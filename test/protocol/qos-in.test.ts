import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, retainEnd, retainedFor } from "../support/exchange.ts";
import { cut, publishFrom, withWitness } from "../support/flows.ts";
import { type ConnectOptions, pingreq, publish, pubrel, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { holdTime, pass } from "../support/time.ts";
import { itAt } from "../support/title.ts";

function lasting(version: Version): ConnectOptions {
  const properties = { sessionExpiryInterval: 0xffffffff };
  return { version, clientIdentifier: "p", cleanStart: false, ...(version === 5 && { properties }) };
}

async function expectPayloads(witness: RawClient, ...payloads: string[]): Promise<void> {
  for (const payload of payloads) expect((await witness.expect("publish")).payload.toString()).toBe(payload);
  await witness.expectNothing();
}

describe.each<Version>([3, 4, 5])("messages from a client at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.3.4-1] [MQTT-2.2.1-5] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-3.3.4-1 of 3.1.1] [MQTT-2.3.1-6 of 3.1.1] [MQTT-4.3.2-2 of 3.1.1] [MQTT-4.3.3-2 of 3.1.1] QoS 0 is not answered, QoS 1 by PUBACK, QoS 2 by PUBREC, with the packet identifier", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(lasting(version));
    client.send(
      publish({ version, topic: "a", payload: "0" }),
      publish({ version, topic: "a", payload: "1", qos: 1, packetIdentifier: 65_535 }),
      publish({ version, topic: "a", payload: "2", qos: 2, packetIdentifier: 1 }),
    );
    expect(await client.expect("puback")).toMatchObject({ packetIdentifier: 65_535, reasonCode: 0 });
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 1, reasonCode: 0 });
    await client.expectNothing();
    await expectPayloads(witness, "0", "1", "2");
  });

  it("[MQTT-4.3.3-11] [MQTT-4.3.3-2 of 3.1.1] PUBREL is answered by PUBCOMP with the same packet identifier", async () => {
    const test = await startBroker();
    const client = await test.connect(lasting(version));
    await publishFrom(client, "a", "x", { qos: 2, packetIdentifier: 4_660 });
    await client.expectNothing();
  });

  it("[MQTT-4.3.3-10] [MQTT-4.3.3-2 of 3.1.1] a QoS 2 message that comes again before its PUBREL is answered and not passed on again", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(lasting(version));
    for (const duplicate of [false, true, true]) {
      client.send(publish({ version, topic: "a", payload: "x", qos: 2, packetIdentifier: 9, duplicate }));
      expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 9 });
    }
    await expectPayloads(witness, "x");
  });

  it("[MQTT-4.3.3-10] [MQTT-4.3.3-2 of 3.1.1] nor when it comes again on another connection to the session", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const first = await test.connect(lasting(version));
    first.send(publish({ version, topic: "a", payload: "x", qos: 2, packetIdentifier: 9 }));
    await first.expect("pubrec");
    await cut(test, first);
    const second = await test.connect(lasting(version));
    second.send(publish({ version, topic: "a", payload: "x", qos: 2, packetIdentifier: 9, duplicate: true }));
    expect(await second.expect("pubrec")).toMatchObject({ packetIdentifier: 9 });
    second.send(pubrel(9));
    expect(await second.expect("pubcomp")).toMatchObject({ packetIdentifier: 9, reasonCode: 0 });
    await expectPayloads(witness, "x");
  });

  it("a PUBREL that comes on another connection to the session ends the exchange", async () => {
    const test = await startBroker();
    const first = await test.connect(lasting(version));
    first.send(publish({ version, topic: "a", qos: 2, packetIdentifier: 9 }));
    await first.expect("pubrec");
    await cut(test, first);
    const second = await test.connect(lasting(version));
    second.send(pubrel(9));
    expect(await second.expect("pubcomp")).toMatchObject({ packetIdentifier: 9, reasonCode: 0 });
  });

  it("[MQTT-4.3.3-12] [MQTT-4.3.3-2 of 3.1.1] after PUBCOMP the packet identifier stands for a new message, whatever DUP says", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(lasting(version));
    await publishFrom(client, "a", "first", { qos: 2, packetIdentifier: 9 });
    client.send(publish({ version, topic: "a", payload: "second", qos: 2, packetIdentifier: 9, duplicate: true }));
    await client.expect("pubrec");
    await expectPayloads(witness, "first", "second");
  });

  it("[MQTT-4.3.2-5] [MQTT-4.3.2-2 of 3.1.1] after PUBACK the packet identifier stands for a new message, whatever DUP says", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(lasting(version));
    for (const payload of ["first", "second"]) {
      client.send(publish({ version, topic: "a", payload, qos: 1, packetIdentifier: 9, duplicate: true }));
      await client.expect("puback");
    }
    await expectPayloads(witness, "first", "second");
  });

  it("[MQTT-3.1.2-4] [MQTT-3.1.2-6 of 3.1.1] a clean start forgets the QoS 2 messages that waited for their PUBREL", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const first = await test.connect(lasting(version));
    first.send(publish({ version, topic: "a", payload: "first", qos: 2, packetIdentifier: 9 }));
    await first.expect("pubrec");
    await cut(test, first);
    const second = await test.connect({ ...lasting(version), cleanStart: true });
    second.send(publish({ version, topic: "a", payload: "second", qos: 2, packetIdentifier: 9, duplicate: true }));
    await second.expect("pubrec");
    await expectPayloads(witness, "first", "second");
  });

  it("PUBREL for an unknown packet identifier is answered by PUBCOMP, in 5.0 with 0x92", async () => {
    const test = await startBroker();
    const client = await test.connect(lasting(version));
    client.send(pubrel(77));
    const reasonCode = version === 5 ? 0x92 : 0;
    expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 77, reasonCode });
  });

  it("acknowledgements come in the order of the messages, one for each", async () => {
    const test = await startBroker();
    const client = await test.connect(lasting(version));
    const identifiers = Array.from({ length: 200 }, (_, index) => 300 - index);
    const packets = identifiers.map((packetIdentifier) => publish({ version, topic: "a", qos: 1, packetIdentifier }));
    client.send(...packets, pingreq());
    for (const packetIdentifier of identifiers) {
      expect(await client.expect("puback")).toMatchObject({ packetIdentifier });
    }
    await client.expect("pingresp");
  });
});

describe("messages from a client of MQTT 5.0", () => {
  it("are acknowledged with 0x10 where nobody subscribed, with 0x00 where somebody did", async () => {
    const test = await startBroker();
    const client = await test.connect(lasting(5));
    client.send(publish({ topic: "a", qos: 1 }), publish({ topic: "a", qos: 2, packetIdentifier: 2 }));
    expect(await client.expect("puback")).toMatchObject({ reasonCode: 0x10 });
    expect(await client.expect("pubrec")).toMatchObject({ reasonCode: 0x10 });
    client.send(pubrel(2));
    expect(await client.expect("pubcomp")).toMatchObject({ reasonCode: 0 });
    await withWitness(test);
    client.send(publish({ topic: "a", qos: 1 }));
    expect(await client.expect("puback")).toMatchObject({ reasonCode: 0 });
  });

  it("[MQTT-4.3.3-9] after a PUBREC that refuses a message its packet identifier stands for a new one", async () => {
    const access = { authenticate: () => 0, authorize: (_: unknown, __: unknown, topic: string) => topic !== "secret" };
    const test = await startBroker({ access });
    const witness = await withWitness(test);
    const client = await test.connect(lasting(5));
    client.send(publish({ topic: "secret", payload: "no", qos: 2, packetIdentifier: 9 }));
    expect(await client.expect("pubrec")).toMatchObject({ reasonCode: 0x87 });
    client.send(publish({ topic: "open", payload: "yes", qos: 2, packetIdentifier: 9 }));
    expect((await client.expect("pubrec")).reasonCode).toBeLessThan(0x80);
    await expectPayloads(witness, "yes");
  });

  it("[MQTT-4.3.3-13] a QoS 2 exchange is finished though the message expired meanwhile", async () => {
    holdTime();
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await test.connect(lasting(5));
    const message = { topic: "a", payload: "x", qos: 2, packetIdentifier: 9, retain: true };
    const bytes = publish({ ...message, duplicate: true, properties: { messageExpiryInterval: 1 } });
    client.send(bytes);
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 9, reasonCode: 0 });
    pass(600);
    const late = await join(test);
    retainEnd(test);
    expect(await retainedFor(late, ["a"])).toEqual([]);
    client.send(bytes);
    expect((await client.expect("pubrec")).reasonCode).toBeLessThan(0x80);
    await expectPayloads(witness, "x");
    client.send(pubrel(9));
    expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 9, reasonCode: 0 });
  });

  it("[MQTT-3.3.4-7] more QoS 2 messages under way than the server's receive maximum: 0x93", async () => {
    const test = await startBroker({ limits: { receiveMaximum: 2 } });
    const witness = await withWitness(test);
    const client = await test.connect(lasting(5));
    for (const packetIdentifier of [1, 2, 3]) {
      client.send(publish({ topic: "a", payload: `${packetIdentifier}`, qos: 2, packetIdentifier }));
    }
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 1 });
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 2 });
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x93 });
    await client.expectClosed();
    await expectPayloads(witness, "1", "2");
  });

  it("[MQTT-3.3.4-7] a message that came again, and one that was released, do not count against it", async () => {
    const test = await startBroker({ limits: { receiveMaximum: 2 } });
    const client = await test.connect(lasting(5));
    for (const packetIdentifier of [1, 2, 1, 2]) {
      client.send(publish({ topic: "a", qos: 2, packetIdentifier, duplicate: true }));
      expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier });
    }
    client.send(pubrel(1), publish({ topic: "a", qos: 2, packetIdentifier: 3 }));
    expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 1 });
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 3 });
    for (let index = 0; index < 5; index++) await publishFrom(client, "a", "x", { packetIdentifier: 100 + index });
  });

  it("the quota of a new connection is whole again: messages of the one before do not count", async () => {
    const test = await startBroker({ limits: { receiveMaximum: 2 } });
    const first = await test.connect(lasting(5));
    for (const packetIdentifier of [1, 2]) {
      first.send(publish({ topic: "a", qos: 2, packetIdentifier }));
      await first.expect("pubrec");
    }
    await cut(test, first);
    const second = await test.connect(lasting(5));
    second.send(
      publish({ topic: "a", qos: 2, packetIdentifier: 3 }),
      publish({ topic: "a", qos: 2, packetIdentifier: 4 }),
    );
    expect(await second.expect("pubrec")).toMatchObject({ packetIdentifier: 3 });
    expect(await second.expect("pubrec")).toMatchObject({ packetIdentifier: 4 });
    second.send(publish({ topic: "a", qos: 2, packetIdentifier: 5 }));
    expect(await second.expect("disconnect")).toMatchObject({ reasonCode: 0x93 });
  });
});

it("MQTT 3.1: a PUBREL may have the DUP flag", async () => {
  const test = await startBroker();
  const client = await test.connect(lasting(3));
  client.send(publish({ version: 3, topic: "a", qos: 2, packetIdentifier: 9 }));
  await client.expect("pubrec");
  const bytes = pubrel(9);
  bytes[0] = 0x6a;
  client.send(bytes);
  expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 9 });
});
