import { describe, expect, it } from "vitest";
import type { ClientInfo } from "../../../src/index.ts";
import { startBroker } from "../../support/broker.ts";
import { cut, expectNoMessage, publishFrom, subscribeTo, takeMessage, withWitness } from "../../support/flows.ts";
import { publish } from "../../support/packets.ts";
import { bodyStart, field, packet, u8 } from "../../support/wire.ts";
import { propertyBlock } from "../../support/wire-properties.ts";
import { connect, enter, enterLasting, expectRefused } from "./clients.ts";

/** CONNECT and CONNACK of MQTT 5.0 (§3.1, §3.2). */

describe("the payload of a CONNECT", () => {
  it("[MQTT-3.1.3-1] is client identifier, will properties, will topic, will payload, user name, password", async () => {
    const seen: [string, string | undefined, string][] = [];
    const authenticate = ({ clientIdentifier, username }: ClientInfo, password: Uint8Array | undefined): number => {
      seen.push([clientIdentifier, username, Buffer.from(password ?? []).toString()]);
      return 0;
    };
    const test = await startBroker({ access: { authenticate } });
    const witness = await withWitness(test);
    const start = connect({ flags: 0xc6, clientIdentifier: "c" });
    const will = [propertyBlock({ contentType: "text" }), field("topic"), field("payload")];
    const client = await test.open();
    client.send(packet(0x10, start.subarray(bodyStart(start)), ...will, field("name"), field("word")));
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
    client.destroy();
    const message = await witness.expect("publish");
    expect(message).toMatchObject({ topic: "topic", properties: { contentType: "text" } });
    expect(message.payload.toString()).toBe("payload");
    expect(seen.at(-1)).toEqual(["c", "name", "word"]);
  });

  it("[MQTT-3.1.3-3] has to have a client identifier", async () => {
    const whole = connect({ clientIdentifier: "" });
    const without = packet(0x10, whole.subarray(bodyStart(whole), -2));
    expect(await expectRefused(await startBroker(), without)).toMatchObject({ reasonCode: 0x81 });
  });

  it("[MQTT-3.1.3-8] with a client identifier that the server does not want is refused with 0x85, and closed", async () => {
    const authenticate = ({ clientIdentifier }: ClientInfo): number => (clientIdentifier === "no" ? 0x85 : 0);
    const test = await startBroker({ access: { authenticate } });
    expect(await expectRefused(test, connect({ clientIdentifier: "no" }))).toMatchObject({ reasonCode: 0x85 });
    await enter(test, "yes");
  });
});

describe("a will", () => {
  const properties = { willDelayInterval: 1 };

  it("[MQTT-3.1.2-7] is kept with the session, beyond the connection that brought it", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    await cut(test, await enterLasting(test, "c", { will: { topic: "will", payload: "kept", properties } }));
    const { topic, payload } = await witness.expect("publish");
    expect([topic, payload.toString()]).toEqual(["will", "kept"]);
  });

  it("[MQTT-3.1.2-7] gives way to that of the next connection to the session, or to none", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    await cut(test, await enterLasting(test, "c", { will: { topic: "will", payload: "first", properties } }));
    await cut(test, await enterLasting(test, "c", { will: { topic: "will", payload: "second" } }));
    expect((await witness.expect("publish")).payload.toString()).toBe("second");
    await cut(test, await enterLasting(test, "c"));
    await expectNoMessage(test, witness);
  });
});

describe("the CONNACK", () => {
  it("[MQTT-3.1.4-4] goes by Clean Start, at a takeover too", async () => {
    const test = await startBroker();
    const publisher = await enter(test, "p");
    await subscribeTo(await enterLasting(test, "c"), "a", 1);
    const again = await enterLasting(test, "c");
    expect(again.connack).toMatchObject({ sessionPresent: true });
    await publishFrom(publisher, "a", "1");
    expect((await takeMessage(again)).payload.toString()).toBe("1");
    const clean = await enterLasting(test, "c", { cleanStart: true });
    expect(clean.connack).toMatchObject({ sessionPresent: false });
    await publishFrom(publisher, "a", "2");
    await clean.expectNothing();
    expect((await enterLasting(test, "c")).connack).toMatchObject({ sessionPresent: true });
  });

  it("[MQTT-3.2.2-1] has no flag but Session Present", async () => {
    const answers = [0, 0, 0x87];
    const test = await startBroker({ access: { authenticate: () => answers.shift() ?? 0 } });
    const flags: (number | undefined)[] = [];
    for (let connection = 0; connection < 3; connection++) {
      const client = await test.connect({
        clientIdentifier: "c",
        cleanStart: false,
        properties: { sessionExpiryInterval: 9 },
      });
      flags.push(client.bytes()[2]);
    }
    expect(flags).toEqual([0, 1, 0]);
  });

  it("[MQTT-3.2.2-6] that refuses has Session Present 0, though there is a session", async () => {
    const answers = [0, 0x87];
    const test = await startBroker({ access: { authenticate: () => answers.shift() ?? 0 } });
    await (await enterLasting(test, "c")).close();
    const refused = await expectRefused(test, connect({ cleanStart: false }));
    expect(refused).toMatchObject({ reasonCode: 0x87, sessionPresent: false });
    expect((await enterLasting(test, "c")).connack).toMatchObject({ sessionPresent: true });
  });

  it("[MQTT-4.13.2-1] that refuses is followed by closing, and by that alone where the client has no room for it", async () => {
    const test = await startBroker({ access: { authenticate: () => 0x87 } });
    await expectRefused(test, connect(), publish({ topic: "ignored" }));
    const client = await test.open();
    client.send(connect({ properties: { maximumPacketSize: 4 } }));
    await client.expectClosed();
    expect(client.bytes()).toHaveLength(0);
  });
});

/** The server has all QoS and retained messages, so it announces no limit and refuses nothing for one. */
describe("a server that can do everything", () => {
  it("[MQTT-3.2.2-9] announces no Maximum QoS, nor any other thing that it lacks", async () => {
    const { connack } = await enter(await startBroker(), "c");
    const { maximumQos, retainAvailable, wildcardSubscriptionAvailable } = connack?.properties ?? {};
    expect([maximumQos, retainAvailable, wildcardSubscriptionAvailable]).toEqual([undefined, undefined, undefined]);
    expect(connack?.properties.subscriptionIdentifierAvailable).toBeUndefined();
    expect(connack?.properties.sharedSubscriptionAvailable).toBeUndefined();
  });

  it.each([0, 1, 2])("[MQTT-3.2.2-10] grants QoS %i to who asks for it", async (qos) => {
    await subscribeTo(await enter(await startBroker(), "c"), "a", qos);
  });

  it.each([0, 1, 2])("[MQTT-3.2.2-11] takes a PUBLISH of QoS %i", async (qos) => {
    const test = await startBroker();
    const witness = await withWitness(test, 2);
    await publishFrom(await enter(test, "p"), "a", "x", { qos });
    expect(await witness.expect("publish")).toMatchObject({ qos });
  });

  it.each([0, 1, 2])("[MQTT-3.2.2-12] [MQTT-3.2.2-13] takes a will of QoS %i with RETAIN", async (qos) => {
    const test = await startBroker();
    await cut(test, await enter(test, "c", { will: { topic: "will", qos, retain: true, payload: "x" } }));
    const late = await enter(test, "late");
    await subscribeTo(late, "will", 2);
    expect(await late.expect("publish")).toMatchObject({ qos, retain: true });
  });

  it.each([0, 1, 2])("[MQTT-3.2.2-14] takes a PUBLISH of QoS %i with RETAIN", async (qos) => {
    const test = await startBroker();
    await publishFrom(await enter(test, "p"), "a", "x", { qos, retain: true });
    const late = await enter(test, "late");
    await subscribeTo(late, "a", 2);
    expect(await takeMessage(late)).toMatchObject({ topic: "a", payload: Buffer.from("x"), qos, retain: true });
  });
});

it("[MQTT-3.1.2-16] [MQTT-3.1.2-18] a CONNECT with bytes behind its last field is malformed", async () => {
  const test = await startBroker();
  for (const options of [{}, { username: "u" }, { username: "u", password: "p" }, { will: { topic: "w" } }]) {
    const whole = connect(options);
    const longer = packet(0x10, whole.subarray(bodyStart(whole)), u8(0));
    expect(await expectRefused(test, longer)).toMatchObject({ reasonCode: 0x81 });
  }
});
