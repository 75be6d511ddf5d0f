import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { publishFrom, subscribeTo } from "../../support/flows.ts";
import type { PacketType } from "../../support/server-packets.ts";
import { connect, enter, expectDropped, expectNoAnswer, open, publish, subscribe, unsubscribe } from "./clients.ts";

/** UTF-8 encoded strings (MQTT 3.1.1 §1.5.3), in every packet that has one. */

type Text = string | Uint8Array;

/** Where a client's strings stand; those of a CONNECT may get no CONNACK. */
const IN_CONNECT: [id: string, place: string, make: (text: Text) => Buffer][] = [
  ["[MQTT-3.1.3-4 of 3.1.1]", "a client identifier", (text) => connect({ clientIdentifier: text })],
  ["[MQTT-3.1.3-10 of 3.1.1]", "a will topic", (text) => connect({ will: { topic: text } })],
  ["[MQTT-3.1.3-11 of 3.1.1]", "a user name", (text) => connect({ username: text })],
];
const AFTER_CONNECT: [...(typeof IN_CONNECT)[number], answer: PacketType][] = [
  ["[MQTT-3.3.2-1 of 3.1.1]", "the topic name of a PUBLISH", (topic) => publish({ topic, qos: 1 }), "puback"],
  ["[MQTT-3.8.3-1 of 3.1.1]", "a filter of a SUBSCRIBE", (filter) => subscribe(["a", { filter }]), "suback"],
  ["[MQTT-3.10.3-1 of 3.1.1]", "a filter of an UNSUBSCRIBE", (filter) => unsubscribe(["a", filter]), "unsuback"],
];

const BAD: [what: string, bytes: Buffer][] = [
  ["a byte that UTF-8 never has", Buffer.from([0x61, 0xff])],
  ["a continuation byte alone", Buffer.from([0x61, 0x80, 0x62])],
  ["a character cut off", Buffer.from([0xe2, 0x82])],
  ["an overlong form", Buffer.from([0xc1, 0xa1])],
  ["a surrogate", Buffer.from([0xed, 0xa0, 0x80])],
  ["a character behind U+10FFFF", Buffer.from([0xf4, 0x90, 0x80, 0x80])],
];
const WITH_NUL = Buffer.from("a\0b");
const GOOD = ["é", "€", "𐌀", "a\ufeffb", "\u{10ffff}", "\ud7ff", "\ue000"];

describe.each(IN_CONNECT)("%s %s", (_id, _place, make) => {
  it.each(BAD)(
    "[MQTT-1.5.3-1 of 3.1.1] [MQTT-3.1.4-1 of 3.1.1] with %s closes the connection",
    async (_what, bytes) => {
      await expectNoAnswer(await startBroker(), make(bytes));
    },
  );

  it("[MQTT-1.5.3-2 of 3.1.1] [MQTT-3.1.4-1 of 3.1.1] with U+0000 closes the connection", async () => {
    await expectNoAnswer(await startBroker(), make(WITH_NUL));
  });

  it("may be any other Unicode text", async () => {
    const test = await startBroker();
    for (const text of GOOD) {
      const client = await open(test);
      client.send(make(text));
      expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
      await client.close();
    }
  });
});

describe.each(AFTER_CONNECT)("%s %s", (_id, _place, make, answer) => {
  it.each(BAD)("[MQTT-1.5.3-1 of 3.1.1] with %s closes the connection", async (_what, bytes) => {
    await expectDropped(await startBroker(), make(bytes));
  });

  it("[MQTT-1.5.3-2 of 3.1.1] [MQTT-4.7.3-2 of 3.1.1] with U+0000 closes the connection", async () => {
    await expectDropped(await startBroker(), make(WITH_NUL));
  });

  it("may be any other Unicode text", async () => {
    const client = await enter(await startBroker(), "c");
    for (const text of GOOD) {
      client.send(make(text));
      await client.expect(answer);
    }
  });
});

describe("U+FEFF in a string", () => {
  /** What "#" gets when this topic is published. */
  async function topicOf(test: TestBroker, topic: Text): Promise<string> {
    const [receiver, publisher] = [await enter(test, "r"), await enter(test, "p")];
    await subscribeTo(receiver, "#");
    publisher.send(publish({ topic }));
    return (await receiver.expect("publish")).topic;
  }

  it("[MQTT-1.5.3-3 of 3.1.1] reaches the receiver wherever it stands", async () => {
    const test = await startBroker();
    expect(await topicOf(test, Buffer.from([0xef, 0xbb, 0xbf, 0x61]))).toBe("\ufeffa");
    expect(await topicOf(test, "a\ufeff/\ufeff")).toBe("a\ufeff/\ufeff");
  });

  it("[MQTT-1.5.3-3 of 3.1.1] is a character of filters and client identifiers too", async () => {
    const test = await startBroker();
    const [marked, plain] = [await enter(test, "\ufeffc"), await enter(test, "c")];
    await subscribeTo(marked, "\ufeffa");
    await subscribeTo(plain, "a");
    await publishFrom(await enter(test, "p"), "\ufeffa", "x");
    expect(await marked.expect("publish")).toMatchObject({ topic: "\ufeffa" });
    await plain.expectNothing();
    expect(test.broker.gauges.connections).toBe(3);
  });
});
