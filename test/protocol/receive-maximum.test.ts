import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { cut, subscribeTo } from "../support/flows.ts";
import {
  type ConnectOptions,
  pingreq,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type Version,
} from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import type { PublishPacket } from "../support/server-packets.ts";
import { itAt } from "../support/title.ts";

const LARGEST = 65_535;

function lasting(receiveMaximum: number): ConnectOptions {
  const properties = { sessionExpiryInterval: 0xffffffff, receiveMaximum };
  return { clientIdentifier: "c", cleanStart: false, properties };
}

async function subscribed(test: TestBroker, receiveMaximum: number): Promise<RawClient> {
  const client = await test.connect(lasting(receiveMaximum));
  await subscribeTo(client, "a", 2);
  return client;
}

/** Publishes one message for each letter: QoS 2 for capitals, QoS 1 for the others. */
function publishEach({ broker }: TestBroker, letters: string): void {
  for (const letter of letters) broker.publish("a", letter, { qos: letter < "a" ? 2 : 1 });
}

async function messages(client: RawClient, count: number): Promise<PublishPacket[]> {
  const received: PublishPacket[] = [];
  while (received.length < count) received.push(await client.expect("publish"));
  return received;
}

/** What comes first on a new connection; the standard orders messages and PUBRELs, and neither before the other. */
async function resumed(
  client: RawClient,
  { count, release }: { count: number; release: boolean },
): Promise<{ published: PublishPacket[]; pubrels: number[] }> {
  const published: PublishPacket[] = [];
  const pubrels: number[] = [];
  while (published.length + pubrels.length < count) {
    const packet = await client.next();
    if (packet.type === "publish") published.push(packet);
    else if (packet.type === "pubrel") pubrels.push(packet.packetIdentifier);
    else throw new Error(`unexpected ${packet.type}`);
    if (release && packet.type === "pubrel") client.send(pubcomp(packet.packetIdentifier));
  }
  return { published, pubrels };
}

const letters = (received: PublishPacket[]): string => received.map(({ payload }) => payload.toString()).join("");
const identifiers = (received: PublishPacket[]): number[] => received.map(({ packetIdentifier }) => packetIdentifier);

describe("receive maximum of the client", () => {
  it("[MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] no more QoS 1 and 2 messages are under way than it says", async () => {
    const test = await startBroker();
    const client = await subscribed(test, 2);
    publishEach(test, "aBcDe");
    const [a, b] = await messages(client, 2);
    await client.expectNothing();
    client.send(puback(a?.packetIdentifier ?? 0));
    expect(letters(await messages(client, 1))).toBe("c");
    await client.expectNothing();
    client.send(pubrec(b?.packetIdentifier ?? 0));
    await client.expect("pubrel");
    await client.expectNothing();
    client.send(pubcomp(b?.packetIdentifier ?? 0));
    expect(letters(await messages(client, 1))).toBe("D");
    await client.expectNothing();
  });

  it("[MQTT-4.9.0-2] a PUBREC that says failure frees a place", async () => {
    const test = await startBroker();
    const client = await subscribed(test, 1);
    publishEach(test, "Ab");
    const [{ packetIdentifier } = { packetIdentifier: 0 }] = await messages(client, 1);
    await client.expectNothing();
    client.send(pubrec({ packetIdentifier, reasonCode: 0x83 }));
    expect(letters(await messages(client, 1))).toBe("b");
  });

  it("[MQTT-3.3.4-10] [MQTT-4.9.0-3] with no place left everything else still goes on", async () => {
    const test = await startBroker();
    const client = await subscribed(test, 1);
    publishEach(test, "ab");
    await messages(client, 1);
    await subscribeTo(client, "b", 0);
    test.broker.publish("a", "0");
    expect(await client.expect("publish")).toMatchObject({ qos: 0, payload: Buffer.from("0") });
    client.send(
      publish({ topic: "x", qos: 1, packetIdentifier: 1 }),
      publish({ topic: "x", qos: 2, packetIdentifier: 2 }),
    );
    await client.expect("puback");
    await client.expect("pubrec");
    client.send(pubrel(2), pubrec(500), pingreq());
    await client.expect("pubcomp");
    await client.expect("pubrel");
    await client.expect("pingresp");
    await client.expectNothing();
  });

  it("the server's own limit holds for a client that would take more", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 2 } });
    const client = await subscribed(test, LARGEST);
    publishEach(test, "abc");
    await messages(client, 2);
    await client.expectNothing();
  });

  it("0 is a protocol error", async () => {
    const test = await startBroker();
    const client = await test.connect(lasting(0));
    expect(client.connack).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
  });
});

describe("a session that is resumed with a smaller receive maximum", () => {
  it("[MQTT-3.3.4-9] gets what was under way in order, as far as it goes, and then the rest", async () => {
    const test = await startBroker();
    const first = await subscribed(test, LARGEST);
    publishEach(test, "aBcD");
    const sent = identifiers(await messages(first, 4));
    await cut(test, first);
    publishEach(test, "e");
    const again = await test.connect(lasting(2));
    const resent = await messages(again, 2);
    expect(letters(resent)).toBe("aB");
    expect(identifiers(resent)).toEqual(sent.slice(0, 2));
    await again.expectNothing();
    again.send(puback(sent[0] ?? 0), pubrec({ packetIdentifier: sent[1] ?? 0, reasonCode: 0x80 }));
    const rest = await messages(again, 2);
    expect(letters(rest)).toBe("cD");
    expect(identifiers(rest)).toEqual(sent.slice(2));
    expect(rest.map(({ duplicate }) => duplicate)).toEqual([true, true]);
    again.send(puback(sent[2] ?? 0));
    const [last] = await messages(again, 1);
    expect(last).toMatchObject({ payload: Buffer.from("e"), duplicate: false });
  });

  it("[MQTT-3.3.4-10] gets every PUBREL, which take no place", async () => {
    const test = await startBroker();
    const first = await subscribed(test, LARGEST);
    publishEach(test, "aBCD");
    const [a, ...released] = identifiers(await messages(first, 4));
    for (const packetIdentifier of released) {
      first.send(pubrec(packetIdentifier));
      await first.expect("pubrel");
    }
    await cut(test, first);
    const again = await test.connect(lasting(1));
    const { published, pubrels } = await resumed(again, { count: 4, release: true });
    expect(pubrels).toEqual(released);
    expect(published).toMatchObject([{ packetIdentifier: a, duplicate: true }]);
    await again.expectNothing();
  });

  it("an acknowledgement of a message that did not come again yet settles it", async () => {
    const test = await startBroker();
    const first = await subscribed(test, LARGEST);
    publishEach(test, "abCd");
    const [a = 0, b = 0, c = 0, d = 0] = identifiers(await messages(first, 4));
    await cut(test, first);
    const again = await test.connect(lasting(1));
    expect(await again.expect("publish")).toMatchObject({ packetIdentifier: a });
    again.send(puback(b), pubrec(c));
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: c });
    await again.expectNothing();
    again.send(puback(a), pubcomp(c));
    expect(await again.expect("publish")).toMatchObject({ packetIdentifier: d, duplicate: true });
    await again.expectNothing();
  });
});

describe.each<Version>([4, 5])("a session that is resumed at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-4.6.0-4 of 3.1.1] gets PUBRELs again in the order of the PUBRECs", async () => {
    const connect = version === 5 ? lasting(LARGEST) : { version, clientIdentifier: "c", cleanStart: false };
    const test = await startBroker();
    const first = await test.connect(connect);
    await subscribeTo(first, "a", 2);
    publishEach(test, "ABC");
    const released = identifiers(await messages(first, 3)).reverse();
    for (const packetIdentifier of released) {
      first.send(pubrec(packetIdentifier));
      await first.expect("pubrel");
    }
    await cut(test, first);
    const again = await test.connect(connect);
    for (const packetIdentifier of released) expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier });
  });
});

describe("packet identifiers", () => {
  it("[MQTT-2.2.1-4] are never given out again while they are under way, though all others came round", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 1_000 } });
    const client = await subscribed(test, LARGEST);
    publishEach(test, "aBC");
    const stuck = identifiers(await messages(client, 3));
    client.send(pubrec(stuck[2] ?? 0));
    await client.expect("pubrel");

    const seen = new Set<number>();
    for (let round = 0; round < 80; round++) {
      publishEach(test, "x".repeat(900));
      const received = identifiers(await messages(client, 900));
      for (const packetIdentifier of received) {
        expect(stuck).not.toContain(packetIdentifier);
        seen.add(packetIdentifier);
      }
      client.send(...received.map(puback));
      await client.expectNothing();
    }
    expect(seen.size).toBeGreaterThan(LARGEST - 32_768);
    await cut(test, client);
    const again = await test.connect(lasting(LARGEST));
    const { published, pubrels } = await resumed(again, { count: 3, release: false });
    expect(pubrels).toEqual(stuck.slice(2));
    expect(letters(published)).toBe("aB");
    expect(identifiers(published)).toEqual(stuck.slice(0, 2));
  });

  it("an acknowledgement settles the message with exactly its packet identifier", async () => {
    const test = await startBroker();
    const first = await subscribed(test, LARGEST);
    publishEach(test, "aB");
    const sent = identifiers(await messages(first, 2));
    for (const packetIdentifier of sent) {
      for (let bit = 2; bit < 0x8000; bit *= 2) {
        const other = packetIdentifier ^ bit;
        if (sent.includes(other) || other === 0) continue;
        first.send(puback(other), pubrec({ packetIdentifier: other, reasonCode: 0x80 }), pubcomp(other));
      }
    }
    await first.expectNothing();
    await cut(test, first);
    const again = await test.connect(lasting(LARGEST));
    expect(identifiers(await messages(again, 2))).toEqual(sent);
  });
});
