import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { publishFrom, subscribeTo, takeMessage } from "../../support/flows.ts";
import { disconnect, pingreq, puback, pubcomp, pubrec, pubrel } from "../../support/packets.ts";
import { field, packet, u8, u16 } from "../../support/wire.ts";
import {
  connect,
  enter,
  enterLasting,
  expectDropped,
  expectNoAnswer,
  open,
  publish,
  subscribe,
  unsubscribe,
} from "./clients.ts";

/** Fixed header and packet identifier (MQTT 3.1.1 §2), and what follows from a violation (§4.8). */

/** The same packet with other flags in its first byte. */
function withFlags(bytes: Buffer, flags: number): Buffer {
  return Buffer.concat([u8(((bytes[0] ?? 0) & 0xf0) | flags), bytes.subarray(1)]);
}

const FLAGGED: [ids: string, name: string, bytes: Buffer, flags: number][] = [
  ["", "PUBACK", puback(1), 0],
  ["", "PUBREC", pubrec(1), 0],
  ["[MQTT-3.6.1-1 of 3.1.1] ", "PUBREL", pubrel(1), 2],
  ["", "PUBCOMP", pubcomp(1), 0],
  ["[MQTT-3.8.1-1 of 3.1.1] ", "SUBSCRIBE", subscribe(["a"]), 2],
  ["[MQTT-3.10.1-1 of 3.1.1] ", "UNSUBSCRIBE", unsubscribe(["a"]), 2],
  ["", "PINGREQ", pingreq(), 0],
  ["[MQTT-3.14.1-1 of 3.1.1] ", "DISCONNECT", disconnect(), 0],
];
const ALL_FLAGS = Array.from({ length: 16 }, (_, flags) => flags);

describe("the flags of a packet's first byte", () => {
  it.each(FLAGGED)(
    "%s[MQTT-2.2.2-2 of 3.1.1] other than those of a %s close the connection",
    async (_i, _n, bytes, right) => {
      const test = await startBroker();
      const left = ALL_FLAGS.filter((flags) => flags !== right);
      for (const flags of left) await expectDropped(test, withFlags(bytes, flags), pingreq());
    },
  );

  it.each(FLAGGED)("%sare taken as they have to be in a %s", async (_ids, name, bytes, right) => {
    const client = await enter(await startBroker(), "c");
    client.send(withFlags(bytes, right), pingreq());
    if (name === "DISCONNECT") await client.expectClosed();
    else if (name !== "PUBACK" && name !== "PUBCOMP" && name !== "PINGREQ") await client.next();
    if (name !== "DISCONNECT") await client.expect("pingresp");
  });

  it("[MQTT-2.2.2-2 of 3.1.1] other than 0 close the connection at a CONNECT", async () => {
    const test = await startBroker();
    for (const flags of ALL_FLAGS.slice(1)) await expectNoAnswer(test, withFlags(connect(), flags));
  });

  it("[MQTT-2.2.2-1 of 3.1.1] are the prescribed ones in what the server sends", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    await subscribeTo(client, "a", 2);
    client.send(
      unsubscribe(["b"]),
      pingreq(),
      publish({ topic: "b", qos: 1 }),
      publish({ topic: "b", qos: 2 }),
      pubrel(1),
    );
    for (let count = 0; count < 5; count++) await client.next();
    await publishFrom(await enter(test, "p"), "a", "x", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    client.send(pubrec(packetIdentifier));
    await client.expect("pubrel");
    expect(firstBytes(client.bytes())).toEqual([0x20, 0x90, 0xb0, 0xd0, 0x40, 0x50, 0x70, 0x34, 0x62]);
  });
});

/** The first byte of each packet; all are shorter than 128 bytes. */
function firstBytes(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += 2 + (bytes[at + 1] ?? 0)) found.push(bytes[at] ?? 0);
  return found;
}

describe("packet identifiers", () => {
  it.each([
    ["SUBSCRIBE", subscribe(["a"], { packetIdentifier: 0 })],
    ["UNSUBSCRIBE", unsubscribe(["a"], { packetIdentifier: 0 })],
    ["PUBLISH with QoS 1", publish({ topic: "a", qos: 1, packetIdentifier: 0 })],
    ["PUBLISH with QoS 2", publish({ topic: "a", qos: 2, packetIdentifier: 0 })],
  ])("[MQTT-2.3.1-1 of 3.1.1] 0 in a %s closes the connection", async (_name, bytes) => {
    await expectDropped(await startBroker(), bytes);
  });

  it("[MQTT-2.3.1-1 of 3.1.1] missing or cut in half close the connection", async () => {
    const test = await startBroker();
    for (const firstByte of [0x82, 0xa2]) {
      await expectDropped(test, packet(firstByte));
      await expectDropped(test, packet(firstByte, u8(1)));
    }
    await expectDropped(test, packet(0x32, field("a")));
    await expectDropped(test, packet(0x34, field("a"), u8(1)));
  });

  it("[MQTT-2.3.1-4 of 3.1.1] of the server's messages are not 0, differ while under way, and stay on resending", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 2);
    const publisher = await enter(test, "p");
    for (const payload of ["1", "2", "3", "4"])
      await publishFrom(publisher, "a", payload, { qos: payload > "2" ? 2 : 1 });
    const sent = [];
    for (let count = 0; count < 4; count++) sent.push((await client.expect("publish")).packetIdentifier);
    expect(sent).not.toContain(0);
    expect(new Set(sent).size).toBe(4);
    const again = await enterLasting(test, "c");
    for (const packetIdentifier of sent) {
      expect(await again.expect("publish")).toMatchObject({ packetIdentifier, duplicate: true });
    }
  });

  it("[MQTT-2.3.1-5 of 3.1.1] are not in a QoS 0 PUBLISH: the payload follows the topic name, both ways", async () => {
    const test = await startBroker();
    const [receiver, publisher] = [await enter(test, "r"), await enter(test, "p")];
    await subscribeTo(receiver, "t", 0);
    const before = receiver.bytes().length;
    publisher.send(packet(0x30, field("t"), u16(7)));
    await receiver.expect("publish");
    await publishFrom(publisher, "t", "x", { qos: 2 });
    await receiver.expect("publish");
    expect(receiver.bytes().subarray(before)).toEqual(
      Buffer.concat([packet(0x30, field("t"), u16(7)), packet(0x30, field("t"), Buffer.from("x"))]),
    );
  });

  it("[MQTT-2.3.1-6 of 3.1.1] of PUBACK, PUBREC, PUBREL and PUBCOMP are those of the PUBLISH", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    client.send(
      publish({ topic: "x", qos: 1, packetIdentifier: 0x1234 }),
      publish({ topic: "x", qos: 2, packetIdentifier: 65_535 }),
    );
    expect(await client.expect("puback")).toMatchObject({ packetIdentifier: 0x1234 });
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 65_535 });
    client.send(pubrel(65_535));
    expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier: 65_535 });
    await subscribeTo(client, "a", 2);
    const publisher = await enter(test, "p");
    for (const payload of ["1", "2", "3"]) await publishFrom(publisher, "a", payload, { qos: 2 });
    const [first, second] = [await client.expect("publish"), await client.expect("publish")];
    client.send(pubrec(second.packetIdentifier));
    expect(await client.expect("publish")).toMatchObject({ qos: 2 });
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier: second.packetIdentifier });
    expect(first.packetIdentifier).not.toBe(second.packetIdentifier);
  });

  it("[MQTT-2.3.1-7 of 3.1.1] of SUBACK and UNSUBACK are those of the request", async () => {
    const client = await enter(await startBroker(), "c");
    for (const packetIdentifier of [1, 255, 256, 0x1234, 65_535]) {
      client.send(subscribe(["a"], { packetIdentifier }), unsubscribe(["a"], { packetIdentifier }));
      expect(await client.expect("suback")).toMatchObject({ packetIdentifier });
      expect(await client.expect("unsuback")).toMatchObject({ packetIdentifier });
    }
  });
});

describe("a violation", () => {
  it.each([
    ["the reserved packet type 0", packet(0x00)],
    ["the reserved packet type 15", packet(0xf0)],
    ["a CONNACK from a client", packet(0x20, u8(0), u8(0))],
    ["a SUBACK from a client", packet(0x90, u16(1), u8(0))],
    ["an UNSUBACK from a client", packet(0xb0, u16(1))],
    ["a PINGRESP from a client", packet(0xd0)],
    ["a PINGREQ with a body", packet(0xc0, u8(0))],
    ["a DISCONNECT with a body", packet(0xe0, u8(0))],
    ["a PUBACK with a third byte", packet(0x40, u16(1), u8(0))],
    ["a PUBREL without its packet identifier", packet(0x62)],
    ["a SUBSCRIBE that ends in its filter", packet(0x82, u16(1), u16(4), Buffer.from("abc"))],
    ["a remaining length of five bytes", Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])],
  ])("[MQTT-4.8.0-1 of 3.1.1] like %s closes the connection that it came on, and no other", async (_what, bytes) => {
    const test = await startBroker();
    const other = await enter(test, "other");
    await subscribeTo(other, "will");
    const client = await enter(test, "bad", { will: { topic: "will" } });
    client.send(bytes);
    await client.expectClosed();
    expect(await takeMessage(other)).toMatchObject({ topic: "will" });
    await other.expectNothing();
  });

  it("[MQTT-4.8.0-2 of 3.1.1] an error in the server that one packet meets closes its connection, and no other", async () => {
    const authorize = (): boolean => {
      throw new Error("out of order");
    };
    const test = await startBroker({ access: { authenticate: () => 0, authorize } });
    const other = await enter(test, "other");
    const client = await enter(test, "c");
    client.send(publish({ topic: "a", qos: 1 }));
    await client.expectClosed();
    await other.expectNothing();
    const again = await open(test);
    again.send(connect());
    expect(await again.expect("connack")).toMatchObject({ reasonCode: 0 });
  });
});
