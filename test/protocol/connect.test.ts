import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { connect, disconnect, pingreq, publish, subscribe, type Version } from "../support/packets.ts";
import { itAt, titleAt } from "../support/title.ts";
import { field, packet, u8, u16 } from "../support/wire.ts";

const CLIENT_IDENTIFIER = "0123456789abcdefABCDEFG";

describe.each<Version>([3, 4, 5])("CONNECT at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.4-5] [MQTT-3.1.3-5] [MQTT-3.2.2-2] [MQTT-3.1.4-4 of 3.1.1] [MQTT-3.1.3-5 of 3.1.1] [MQTT-3.2.2-1 of 3.1.1] is answered by a CONNACK with success and no session", async () => {
    const test = await startBroker();
    const client = await test.connect({ version, clientIdentifier: CLIENT_IDENTIFIER });
    expect(client.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    await client.expectNothing();
  });

  it("[MQTT-3.2.0-1] [MQTT-3.2.0-1 of 3.1.1] is answered before the packets that follow it in the same chunk", async () => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    const subscriptions = ["a"];
    client.send(connect({ version, clientIdentifier: "c" }), subscribe({ version, subscriptions }), pingreq());
    await client.expect("connack");
    await client.expect("suback");
    await client.expect("pingresp");
  });

  it("[MQTT-3.1.0-2] [MQTT-3.2.0-2] [MQTT-3.1.0-2 of 3.1.1] ends the connection when it comes a second time", async () => {
    const test = await startBroker();
    const client = await test.connect({ version, clientIdentifier: "c" });
    client.send(connect({ version, clientIdentifier: "c" }), pingreq());
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
  });

  it("[MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.2-18 of 3.1.1] [MQTT-3.1.2-20 of 3.1.1] [MQTT-3.1.4-1 of 3.1.1] with bytes behind its last field gets no CONNACK that says success", async () => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    const [first = 0, length = 0, ...body] = connect({ version, clientIdentifier: "c" });
    client.send(Buffer.from([first, length + 1, ...body, 0]), pingreq());
    if (version === 5) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x81 });
    await client.expectClosed();
  });

  it("[MQTT-3.1.3-4] [MQTT-3.1.4-1] [MQTT-3.1.3-4 of 3.1.1] [MQTT-3.1.4-1 of 3.1.1] with a client identifier that is not UTF-8 is refused", async () => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: Buffer.from([0xc3, 0x28]) }));
    if (version === 5) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x81 });
    await client.expectClosed();
  });

  it("[MQTT-3.1.2-12] [MQTT-3.1.2-14 of 3.1.1] with a will of QoS 3 is refused", async () => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: "c", will: { topic: "w", qos: 3 } }));
    if (version === 5) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x81 });
    await client.expectClosed();
  });

  it("[MQTT-3.1.0-1] [MQTT-3.14.0-1] [MQTT-3.1.0-1 of 3.1.1] closes without an answer when another packet comes first", async () => {
    const test = await startBroker();
    const first = [
      publish({ version, topic: "a" }),
      subscribe({ version, subscriptions: ["a"] }),
      pingreq(),
      disconnect(),
      packet(0x20, u8(0), u8(0)),
      packet(0xf0),
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    ];
    for (const bytes of first) {
      const client = await test.open();
      client.send(bytes, connect({ version, clientIdentifier: "c" }));
      await client.expectClosed();
      expect(client.bytes()).toHaveLength(0);
    }
  });
});

describe.each<Version>([4, 5])("CONNECT at protocol level %i", (version) => {
  const it = itAt(version);

  it.each([
    [titleAt(version, "[MQTT-3.1.2-3] [MQTT-3.1.2-3 of 3.1.1] the reserved flag"), 0x03],
    [
      titleAt(version, "[MQTT-3.1.2-11] [MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-13 of 3.1.1] a will QoS without a will"),
      0x0a,
    ],
    [
      titleAt(
        version,
        "[MQTT-3.1.2-13] [MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-15 of 3.1.1] a will retain without a will",
      ),
      0x22,
    ],
  ])("is refused with %s", async (_name, flags) => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: "c", flags }));
    if (version === 5) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x81 });
    await client.expectClosed();
  });

  it.each([
    [titleAt(version, "[MQTT-3.1.2-9] [MQTT-3.1.2-9 of 3.1.1] a will"), { flags: 0x06 }],
    [titleAt(version, "[MQTT-3.1.2-17] [MQTT-3.1.2-19 of 3.1.1] a user name"), { flags: 0x82 }],
    [titleAt(version, "[MQTT-3.1.2-19] [MQTT-3.1.2-21 of 3.1.1] a password"), { flags: 0xc2, username: "u" }],
  ])("is refused when %s is announced and missing", async (_name, options) => {
    const test = await startBroker();
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: "c", ...options }));
    if (version === 5) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x81 });
    await client.expectClosed();
  });

  it("[MQTT-2.1.3-1] [MQTT-2.2.2-2 of 3.1.1] with wrong flags in its fixed header is closed without an answer", async () => {
    const test = await startBroker();
    const client = await test.open();
    const bytes = connect({ version, clientIdentifier: "c" });
    bytes[0] = 0x11;
    client.send(bytes);
    await client.expectClosed();
  });
});

describe("protocol name and level", () => {
  it.each([
    ["[MQTT-3.1.2-1] [MQTT-3.1.2-1 of 3.1.1] another name", "MQXX", 4],
    ["[MQTT-3.1.2-1] [MQTT-3.1.2-1 of 3.1.1] the name of MQTT 3.1 with the level of 3.1.1", "MQIsdp", 4],
    ["[MQTT-3.1.2-2] [MQTT-3.1.2-2 of 3.1.1] the name of MQTT 3.1.1 with the level of 3.1", "MQTT", 3],
    ["[MQTT-3.1.2-2] [MQTT-3.1.2-2 of 3.1.1] a level to come", "MQTT", 6],
    ["[MQTT-3.1.2-2] [MQTT-3.1.2-2 of 3.1.1] level 0", "MQTT", 0],
    ["[MQTT-3.1.2-1] [MQTT-3.1.2-1 of 3.1.1] a name in small letters", "mqtt", 4],
  ])("%s is answered by return code 1, and closed", async (_name, protocolName, level) => {
    const test = await startBroker();
    const client = await test.open();
    client.version = 4;
    client.send(connect({ version: 4, clientIdentifier: "c", protocolName, level }), pingreq());
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 1, sessionPresent: false });
    await client.expectClosed();
  });
});

describe("client identifier", () => {
  it("[MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] is assigned to a 5.0 client without one, and is its own", async () => {
    const test = await startBroker();
    const properties = { sessionExpiryInterval: 100 };
    const one = await test.connect({ properties });
    const two = await test.connect({ properties });
    const assigned = one.connack?.properties.assignedClientIdentifier ?? "";
    expect(assigned).not.toBe("");
    expect(two.connack?.properties.assignedClientIdentifier).not.toBe(assigned);
    await one.close();
    const again = await test.connect({ clientIdentifier: assigned, cleanStart: false, properties });
    expect(again.connack).toMatchObject({ sessionPresent: true });
    expect(again.connack?.properties.assignedClientIdentifier).toBeUndefined();
  });

  it("[MQTT-3.1.3-6] is assigned to a 5.0 client without a clean start too", async () => {
    const test = await startBroker();
    const { connack } = await test.connect({ cleanStart: false });
    expect(connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
    expect(connack?.properties.assignedClientIdentifier).toMatch(/./);
  });

  it("is not told to a 5.0 client that has one", async () => {
    const test = await startBroker();
    const client = await test.connect({ clientIdentifier: "mine" });
    expect(client.connack?.properties.assignedClientIdentifier).toBeUndefined();
  });

  it("[MQTT-3.1.3-6 of 3.1.1] is assigned to a client with a clean session", async () => {
    const test = await startBroker();
    const entered = once(test.broker, "connect");
    const client = await test.connect({ version: 4 });
    expect(client.connack).toMatchObject({ reasonCode: 0 });
    const [{ clientIdentifier }] = await entered;
    expect(clientIdentifier).not.toBe("");
  });

  it("[MQTT-3.1.3-7 of 3.1.1] [MQTT-3.1.3-8 of 3.1.1] [MQTT-3.1.3-9 of 3.1.1] [MQTT-3.2.2-4 of 3.1.1] may not be empty without a clean session: return code 2", async () => {
    const test = await startBroker();
    const client = await test.connect({ version: 4, cleanStart: false });
    expect(client.connack).toMatchObject({ reasonCode: 2, sessionPresent: false });
    await client.expectClosed();
  });

  it("may not be empty in MQTT 3.1: return code 2", async () => {
    const test = await startBroker();
    const client = await test.connect({ version: 3 });
    expect(client.connack).toMatchObject({ reasonCode: 2 });
    await client.expectClosed();
  });

  it("may be long and hold any characters", async () => {
    const test = await startBroker();
    const clientIdentifier = "ü/+#$漢 ".repeat(500);
    for (const version of [3, 4, 5] as const) {
      const client = await test.connect({ version, clientIdentifier });
      expect(client.connack).toMatchObject({ reasonCode: 0 });
      await client.close();
    }
  });
});

describe("before the CONNECT", () => {
  it("a connection that stays silent, or stops amid the CONNECT, is closed at the connect timeout", async () => {
    const test = await startBroker({ limits: { connectTimeout: 100 } });
    const silent = await test.open();
    const cutOff = await test.open();
    cutOff.send(connect({ clientIdentifier: "c" }).subarray(0, 12));
    await silent.expectClosed();
    await cutOff.expectClosed();
    expect(silent.bytes()).toHaveLength(0);
  });

  it("a CONNECT may come byte by byte", async () => {
    const test = await startBroker();
    const client = await test.open();
    for (const byte of connect({ clientIdentifier: "c", will: { topic: "w" } })) client.send(Buffer.from([byte]));
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
  });

  it("a packet over the maximum packet size closes the connection as soon as its length is known", async () => {
    const test = await startBroker({ limits: { maximumPacketSize: 128 } });
    const client = await test.open();
    client.send(connect({ clientIdentifier: "x".repeat(200) }).subarray(0, 5));
    await client.expectClosed();
  });
});

describe.each<Version>([4, 5])("refused CONNECT at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.4-6] [MQTT-3.1.4-5 of 3.1.1] what follows it is ignored", async () => {
    const test = await startBroker({ access: { authenticate: () => 0x87 } });
    const messages: string[] = [];
    test.broker.subscribe("#", ({ topic }) => messages.push(topic));
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: "c" }), publish({ version, topic: "a", qos: 1 }), pingreq());
    expect(await client.expect("connack")).toMatchObject({ reasonCode: version === 5 ? 0x87 : 5 });
    await client.expectClosed();
    expect(test.broker.statistics.messagesReceived).toBe(0);
    expect(messages).toEqual([]);
  });
});

describe("refused CONNECT", () => {
  it("one client more than may be is refused with 0x97, in 3.1.1 with return code 3, and the others stay", async () => {
    const test = await startBroker({ limits: { maximumConnections: 1 } });
    const first = await test.connect({ clientIdentifier: "first" });
    const of5 = await test.connect({ clientIdentifier: "second" });
    expect(of5.connack).toMatchObject({ reasonCode: 0x97, sessionPresent: false });
    await of5.expectClosed();
    const of4 = await test.connect({ version: 4, clientIdentifier: "second" });
    expect(of4.connack).toMatchObject({ reasonCode: 3 });
    await of4.expectClosed();
    await first.expectNothing();
    await first.close();
    const next = await test.connect({ clientIdentifier: "second" });
    expect(next.connack).toMatchObject({ reasonCode: 0 });
  });
});

it("[MQTT-3.1.2-22 of 3.1.1] [MQTT-3.1.4-1 of 3.1.1] a password without a user name is refused; 5.0 allows it", async () => {
  const test = await startBroker();
  const of4 = await test.open();
  of4.send(connect({ version: 4, clientIdentifier: "c", password: "p" }));
  await of4.expectClosed();
  expect(of4.bytes()).toHaveLength(0);
  const of5 = await test.connect({ clientIdentifier: "c", password: "p" });
  expect(of5.connack).toMatchObject({ reasonCode: 0 });
});

it.each([
  ["[MQTT-4.7.0-1] a wildcard", "a/#", [0x90]],
  ["[MQTT-4.7.3-1] no character", "", [0x81, 0x82, 0x90]],
  ["[MQTT-1.5.4-2] [MQTT-4.7.3-2] U+0000", "a\0b", [0x81]],
  ["[MQTT-1.5.4-1] [MQTT-3.1.3-11] bytes that are not UTF-8", Buffer.from([0xff]), [0x81]],
])("a will topic with %s is refused", async (_name, topic, allowed) => {
  const test = await startBroker();
  const client = await test.connect({ clientIdentifier: "c", will: { topic } });
  expect(allowed).toContain(client.connack?.reasonCode);
  await client.expectClosed();
});

it("[MQTT-3.1.3-3 of 3.1.1] [MQTT-3.1.4-1 of 3.1.1] a 3.1.1 CONNECT whose payload lacks the client identifier is closed without an answer", async () => {
  const test = await startBroker();
  const client = await test.open();
  client.send(packet(0x10, field("MQTT"), u8(4), u8(2), u16(0)));
  await client.expectClosed();
  expect(client.bytes()).toHaveLength(0);
});
