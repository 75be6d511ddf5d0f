import { EventEmitter, once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { AuthenticationMethod, AuthenticationStep } from "../../src/index.ts";
import { Expiries } from "../../src/security/expiries.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { subscribeTo } from "../support/flows.ts";
import { auth, connect, disconnect, pingreq, publish, subscribe } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { bytes, CONTINUE, greeting, RE_AUTHENTICATE, riddle, say, startRiddler } from "../support/riddle.ts";

/** A client that sent its CONNECT and got the first riddle. */
async function asked(test: TestBroker): Promise<RawClient> {
  const client = await test.open();
  client.send(connect(greeting("hello")));
  expect(await client.expect("auth")).toMatchObject({
    reasonCode: CONTINUE,
    properties: { authenticationMethod: "riddle", authenticationData: bytes("riddle") },
  });
  return client;
}

describe("authentication by a method, at the CONNECT", () => {
  it("[MQTT-4.12.0-2] [MQTT-4.12.0-5] goes by AUTH until the CONNACK, which has the method and its last data", async () => {
    const test = await startRiddler();
    const client = await asked(test);
    client.send(say("again"));
    expect(await client.expect("auth")).toMatchObject({ reasonCode: CONTINUE });
    client.send(say("42"));
    const { reasonCode, properties } = await client.expect("connack");
    expect(reasonCode).toBe(0);
    expect(properties).toMatchObject({ authenticationMethod: "riddle", authenticationData: bytes("welcome") });
    await client.expectNothing();
  });

  it("may succeed with the data of the CONNECT, and with none in the CONNACK", async () => {
    const test = await startRiddler();
    const { connack } = await test.connect(greeting("silently"));
    expect(connack).toMatchObject({ reasonCode: 0, properties: { authenticationMethod: "riddle" } });
    expect(connack?.properties.authenticationData).toBeUndefined();
  });

  it("[MQTT-4.12.0-4] [MQTT-3.2.2-7] is refused with the method's reason code", async () => {
    const test = await startRiddler();
    const client = await asked(test);
    client.send(say("41"));
    const connack = await client.expect("connack");
    expect(connack).toMatchObject({ reasonCode: 0x87, properties: { reasonString: "wrong answer" } });
    await client.expectClosed();
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("has no data where the client sends none", async () => {
    const test = await startRiddler();
    const client = await test.connect(greeting(undefined));
    expect(client.connack).toMatchObject({ reasonCode: 0x87 });
  });

  it("[MQTT-4.12.0-1] a method that the server does not have is refused with 0x8c", async () => {
    const test = await startRiddler();
    const client = await test.connect({ clientIdentifier: "c", properties: { authenticationMethod: "other" } });
    expect(client.connack).toMatchObject({ reasonCode: 0x8c });
    await client.expectClosed();
  });

  it("is refused with 0x88 when the method breaks", async () => {
    const test = await startRiddler();
    const client = await test.connect(greeting("throw"));
    expect(client.connack).toMatchObject({ reasonCode: 0x88 });
    await client.expectClosed();
  });

  it("is refused with 0x88 when the method cannot begin", async () => {
    const begin = (): never => {
      throw new Error("broken");
    };
    const test = await startBroker({ authenticationMethods: [{ name: "riddle", begin }] });
    const client = await test.connect(greeting("hello"));
    expect(client.connack).toMatchObject({ reasonCode: 0x88 });
    await client.expectClosed();
  });

  it.each([
    ["nothing", undefined],
    ["a status that is none", { status: "denied" }],
    ["an identity that is none", { status: "success", identity: "a" }],
    ["a word for a list of groups", { status: "success", identity: { groups: "not staff" } }],
  ])("is refused with 0x88 when the method answers with %s", async (_name, said) => {
    const begin = () => ({ step: () => said as AuthenticationStep });
    const test = await startBroker({ authenticationMethods: [{ name: "riddle", begin }] });
    const client = await test.connect(greeting("hello"));
    expect(client.connack).toMatchObject({ reasonCode: 0x88 });
    await client.expectClosed();
  });

  it.each([
    ["PUBLISH", publish({ topic: "a", qos: 1 })],
    ["SUBSCRIBE", subscribe({ subscriptions: ["a"] })],
    ["PINGREQ", pingreq()],
    ["CONNECT", connect(greeting("skip"))],
  ])("[MQTT-3.1.2-30] [MQTT-3.14.0-1] a %s before the CONNACK is a protocol error", async (_name, packet) => {
    const test = await startRiddler();
    const client = await asked(test);
    client.send(packet);
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("[MQTT-3.1.2-30] a DISCONNECT before the CONNACK ends the exchange", async () => {
    const test = await startRiddler();
    const client = await asked(test);
    client.send(disconnect(), say("42"));
    await client.expectClosed();
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it.each([
    ["[MQTT-4.12.0-3] reason code 0x19", say("42", RE_AUTHENTICATE)],
    ["[MQTT-4.12.0-3] reason code 0x00", say("42", 0x00)],
    ["[MQTT-4.12.0-5] another method", say("42", CONTINUE, "other")],
    ["[MQTT-4.12.0-5] no method", auth({ reasonCode: CONTINUE, properties: {} })],
    ["[MQTT-3.15.2-1] reason code 0x20", say("42", 0x20)],
    ["no reason code", auth()],
  ])("an AUTH with %s is a protocol error", async (_name, packet) => {
    const test = await startRiddler();
    const client = await asked(test);
    client.send(packet);
    expect((await client.expect("connack")).reasonCode).toBe(0x82);
    await client.expectClosed();
  });

  it("[MQTT-4.12.0-7] an AUTH after a CONNECT without a method is a protocol error", async () => {
    const test = await startRiddler();
    const client = await test.connect({ clientIdentifier: "c" });
    client.send(say("hello", RE_AUTHENTICATE));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
  });

  it("[MQTT-4.12.0-6] a client without a method gets no AUTH, and no method in its CONNACK", async () => {
    const test = await startRiddler();
    const { connack } = await test.connect({ clientIdentifier: "c", username: "u", password: "p" });
    expect(connack).toMatchObject({ reasonCode: 0 });
    expect(connack?.properties.authenticationMethod).toBeUndefined();
  });

  it("authentication data without a method is a protocol error", async () => {
    const test = await startRiddler();
    const client = await test.connect({ clientIdentifier: "c", properties: { authenticationData: bytes("42") } });
    expect(client.connack).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
  });

  it("the connect timeout holds for the whole exchange", async () => {
    const test = await startRiddler({ limits: { connectTimeout: 100 } });
    const client = await asked(test);
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x88 });
    await client.expectClosed();
  });

  it("a client that is not let in does not touch the session that its identifier names", async () => {
    const test = await startRiddler();
    const online = await test.connect(greeting("skip"));
    await subscribeTo(online, "a");
    const client = await asked(test);
    client.send(say("41"));
    await client.expect("connack");
    test.broker.publish("a", "still here");
    await online.expect("publish");
  });
});

describe("an AUTH of MQTT 3.1.1", () => {
  it("is a packet that does not exist", async () => {
    const test = await startRiddler();
    const client = await test.connect({ version: 4, clientIdentifier: "c" });
    client.send(say("hello"));
    await client.expectClosed();
  });
});

describe("a method that answers later", () => {
  const later = (): AuthenticationMethod => riddle(() => new Promise((resolve) => setImmediate(resolve)));

  it("gets the client's AUTH packets one after the other, and what follows is handled behind the CONNACK", async () => {
    const test = await startRiddler({ authenticationMethods: [later()] });
    const client = await test.open();
    client.send(connect(greeting("hello")), say("again"), say("again"), say("42"));
    for (let time = 0; time < 3; time++) expect(await client.expect("auth")).toMatchObject({ reasonCode: CONTINUE });
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
    await client.expectNothing();
  });

  it("does not let a client in that has gone meanwhile", async () => {
    let answer = (): void => {};
    let onAsked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      onAsked = resolve;
    });
    const method = riddle(() => {
      onAsked();
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const test = await startRiddler({ authenticationMethods: [method], limits: { connectTimeout: 100 } });
    const client = await test.open();
    const authentication = { authenticationMethod: "riddle", authenticationData: bytes("skip") };
    client.send(connect({ clientIdentifier: "c", properties: { ...authentication, sessionExpiryInterval: 100 } }));
    await isAsked;
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x88 });
    await client.expectClosed();
    answer();
    const other = await test.connect({ clientIdentifier: "other" });
    await other.expectNothing();
    expect(test.broker.gauges).toMatchObject({ connections: 1, sessions: 1 });
  });

  it("leaves nothing of a client that has gone meanwhile, for however long its identity would be good", async () => {
    const keepUntil = vi.spyOn(Expiries.prototype, "set");
    onTestFinished(() => keepUntil.mockRestore());
    const told = new EventEmitter();
    const isAsked = once(told, "asked");
    const step = async () => {
      const isAnswered = once(told, "answer");
      told.emit("asked");
      await isAnswered;
      return { status: "success", identity: { expiresAt: Date.now() + 1_000_000 } } as const;
    };
    const authenticationMethods = [{ name: "slow", begin: () => ({ step }) }];
    const test = await startBroker({ authenticationMethods, limits: { connectTimeout: 100 } });
    const client = await test.open();
    client.send(connect({ properties: { authenticationMethod: "slow" } }));
    await isAsked;
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x88 });
    told.emit("answer");
    await (await test.connect()).expectNothing();
    expect(keepUntil.mock.calls.filter(([, expiresAt]) => expiresAt !== undefined)).toEqual([]);
  });
});
