import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { publishFrom, subscribeTo } from "../../support/flows.ts";
import { connect, pubcomp, publish, pubrec, pubrel, subscribe, unsubscribe } from "../../support/packets.ts";
import { field, packet, u8, u16 } from "../../support/wire.ts";
import type { WireProperties } from "../../support/wire-properties.ts";
import { enter, expectDisconnected, expectRefused } from "./clients.ts";

/** Data types, packet identifiers and properties (MQTT 5.0 §1.5, §2.2). */

const NO_PROPERTIES = u8(0);
const NOT_UTF8 = Buffer.from([0x61, 0xed, 0xa0, 0x80]);

describe("strings", () => {
  it("[MQTT-1.5.4-3] keep U+FEFF wherever it stands", async () => {
    const test = await startBroker();
    const [marked, plain] = [await enter(test, "\ufeffr"), await enter(test, "r")];
    await subscribeTo(marked, "\ufeffa");
    await subscribeTo(plain, "a");
    const properties: WireProperties = {
      contentType: "\ufefftext",
      responseTopic: "\ufeffb",
      userProperties: [["\ufeffname", "\ufeff"]],
    };
    const publisher = await enter(test, "p");
    publisher.send(publish({ topic: "\ufeffa", properties }));
    expect(await marked.expect("publish")).toMatchObject({ topic: "\ufeffa", properties });
    await publisher.expectNothing();
    await plain.expectNothing();
    expect(test.broker.gauges.connections).toBe(3);
  });

  it("[MQTT-3.1.3-12] that are not UTF-8 are refused as a user name", async () => {
    const test = await startBroker();
    for (const username of [NOT_UTF8, Buffer.from("a\0")]) {
      expect(await expectRefused(test, connect({ username }))).toMatchObject({ reasonCode: 0x81 });
    }
    await enter(test, "control", { username: "\u{10ffff}" });
  });

  it("[MQTT-3.3.2-1] that are not UTF-8 are refused as the topic name, which a PUBLISH begins with", async () => {
    const test = await startBroker();
    for (const topic of [NOT_UTF8, Buffer.from([0xff]), Buffer.from("a\0")]) {
      expect(await expectDisconnected(test, publish({ topic }))).toMatchObject({ reasonCode: 0x81 });
    }
    const receiver = await enter(test, "r");
    await subscribeTo(receiver, "\u{10ffff}");
    await publishFrom(await enter(test, "p"), "\u{10ffff}", "x");
    expect(await receiver.expect("publish")).toMatchObject({ topic: "\u{10ffff}" });
  });
});

describe("packet identifiers", () => {
  it("[MQTT-2.2.1-2] are not in a QoS 0 PUBLISH: properties follow the topic name, both ways", async () => {
    const test = await startBroker();
    const [receiver, publisher] = [await enter(test, "r"), await enter(test, "p")];
    await subscribeTo(receiver, "t");
    const before = receiver.bytes().length;
    const first = packet(0x30, field("t"), Buffer.from([2, 0x01, 1]), Buffer.from("x"));
    publisher.send(first);
    await receiver.expect("publish");
    await publishFrom(publisher, "t", "y", { qos: 2 });
    await receiver.expect("publish");
    const second = packet(0x30, field("t"), NO_PROPERTIES, Buffer.from("y"));
    expect(receiver.bytes().subarray(before)).toEqual(Buffer.concat([first, second]));
  });

  it("[MQTT-2.2.1-5] of PUBACK, PUBREC, PUBREL and PUBCOMP are those of the PUBLISH, whatever the reason code", async () => {
    const authorize = (_client: object, action: string, topic: string): boolean =>
      action === "subscribe" || topic !== "secret";
    const test = await startBroker({ access: { authenticate: () => 0, authorize } });
    const client = await enter(test, "c");
    for (const [topic, packetIdentifier, reasonCode] of [
      ["nobody", 0x1234, 0x10],
      ["secret", 65_535, 0x87],
    ] as const) {
      client.send(publish({ topic, qos: 1, packetIdentifier }), publish({ topic, qos: 2, packetIdentifier }));
      expect(await client.expect("puback")).toMatchObject({ packetIdentifier, reasonCode });
      expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier, reasonCode });
      client.send(pubrel(packetIdentifier));
      const unknown = topic === "secret" ? 0x92 : 0;
      expect(await client.expect("pubcomp")).toMatchObject({ packetIdentifier, reasonCode: unknown });
    }
    await subscribeTo(client, "a", 2);
    await publishFrom(await enter(test, "p"), "a", "x", { qos: 2 });
    const { packetIdentifier } = await client.expect("publish");
    client.send(pubrec(packetIdentifier));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
    client.send(pubcomp(packetIdentifier), pubrec(999));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier: 999, reasonCode: 0x92 });
  });

  it("[MQTT-2.2.1-6] of SUBACK and UNSUBACK are those of the request", async () => {
    const client = await enter(await startBroker(), "c");
    for (const packetIdentifier of [1, 255, 256, 0x1234, 65_535]) {
      const filters = ["a", "a/#/b"];
      client.send(subscribe({ packetIdentifier, subscriptions: filters }), unsubscribe({ packetIdentifier, filters }));
      expect(await client.expect("suback")).toMatchObject({ packetIdentifier });
      expect(await client.expect("unsuback")).toMatchObject({ packetIdentifier });
    }
  });
});

describe("properties", () => {
  it("[MQTT-2.2.2-1] are a length of 0 where there are none", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    const before = client.bytes().length;
    client.send(subscribe({ packetIdentifier: 5, subscriptions: ["a"] }));
    await client.expect("suback");
    client.send(unsubscribe({ packetIdentifier: 6, filters: ["b"] }));
    await client.expect("unsuback");
    client.send(publish({ topic: "a", payload: "x" }));
    await client.expect("publish");
    expect(client.bytes().subarray(before)).toEqual(
      Buffer.concat([
        packet(0x90, u16(5), NO_PROPERTIES, u8(0)),
        packet(0xb0, u16(6), NO_PROPERTIES, u8(0x11)),
        packet(0x30, field("a"), NO_PROPERTIES, Buffer.from("x")),
      ]),
    );
  });

  it("[MQTT-2.2.2-1] missing where they have to be are malformed", async () => {
    const test = await startBroker();
    for (const bytes of [packet(0x82, u16(1)), packet(0xa2, u16(1)), packet(0x30, field("a"))]) {
      expect(await expectDisconnected(test, bytes)).toMatchObject({ reasonCode: 0x81 });
    }
    await expectRefused(test, packet(0x10, field("MQTT"), u8(5), u8(2), u16(0)));
  });
});
