import { describe, expect, it } from "vitest";
import { cut, subscribeTo, withWitness } from "../support/flows.ts";
import { connect, pingreq, publish, pubrel, subscribe, unsubscribe } from "../support/packets.ts";
import { bytes, CONTINUE, greeting, RE_AUTHENTICATE, riddle, say, startRiddler } from "../support/riddle.ts";

describe("re-authentication", () => {
  it("[MQTT-4.12.1-1] goes by AUTH, ends with success, and leaves the session alone", async () => {
    const test = await startRiddler();
    const client = await test.connect(greeting("skip"));
    await subscribeTo(client, "a");
    for (let time = 0; time < 2; time++) {
      client.send(say("hello", RE_AUTHENTICATE));
      expect(await client.expect("auth")).toMatchObject({
        reasonCode: CONTINUE,
        properties: { authenticationMethod: "riddle", authenticationData: bytes("riddle") },
      });
      test.broker.publish("a", "goes on");
      await client.expect("publish");
      client.send(publish({ topic: "a", payload: "both ways" }));
      await client.expect("publish");
      client.send(say("42"));
      expect(await client.expect("auth")).toMatchObject({
        reasonCode: 0x00,
        properties: { authenticationMethod: "riddle", authenticationData: bytes("welcome") },
      });
    }
    await client.expectNothing();
  });

  it.each([
    ["its reason code", "somebody"],
    ["[MQTT-3.14.2-1] one that a DISCONNECT may carry in place of 0x86", "unnamed"],
  ])("[MQTT-4.12.1-2] that fails disconnects the client with %s", async (_name, username) => {
    const test = await startRiddler();
    const witness = await withWitness(test);
    const client = await test.connect(greeting("skip", { username, will: { topic: "will" } }));
    client.send(say("41", RE_AUTHENTICATE), publish({ topic: "behind" }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x87 });
    await client.expectClosed();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    await witness.expectNothing();
  });

  it("when the method breaks, the client is disconnected with 0x80", async () => {
    const test = await startRiddler();
    const client = await test.connect(greeting("skip"));
    client.send(say("throw", RE_AUTHENTICATE));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x80 });
    await client.expectClosed();
  });

  it("when the method does not answer in time, the client is disconnected with 0x80", async () => {
    let wait: () => Promise<void> | undefined = () => undefined;
    const authenticationMethods = [riddle(() => wait())];
    const test = await startRiddler({ authenticationMethods, limits: { connectTimeout: 200 } });
    const client = await test.connect(greeting("skip"));
    wait = () => new Promise(() => {});
    client.send(say("hello", RE_AUTHENTICATE));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x80 });
    await client.expectClosed();
  });

  it.each([
    ["[MQTT-4.12.1-1] with another method", [say("hello", RE_AUTHENTICATE, "other")]],
    ["that goes on with nothing", [say("42")]],
    ["that begins while another one is under way", [say("hello", RE_AUTHENTICATE), say("hello", RE_AUTHENTICATE)]],
    ["[MQTT-4.12.0-3] that says success itself", [say("42", 0x00)]],
  ])("one %s is a protocol error", async (_name, packets) => {
    const test = await startRiddler();
    const client = await test.connect(greeting("skip"));
    client.send(...packets);
    if (packets.length > 1) await client.expect("auth");
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x82 });
    await client.expectClosed();
  });

  it("[MQTT-3.2.0-2] a connection has one CONNACK, whatever else it has", async () => {
    const test = await startRiddler();
    const properties = { sessionExpiryInterval: 100, authenticationMethod: "riddle" };
    const lasting = { cleanStart: false, properties: { ...properties, authenticationData: bytes("hello") } };
    for (const isPresent of [false, true]) {
      const client = await test.open({ autoAck: true });
      client.send(connect(greeting("hello", lasting)));
      expect(await client.expect("auth")).toMatchObject({ reasonCode: CONTINUE });
      client.send(say("again"));
      expect(await client.expect("auth")).toMatchObject({ reasonCode: CONTINUE });
      client.send(say("42"));
      expect(await client.expect("connack")).toMatchObject({ reasonCode: 0, sessionPresent: isPresent });
      client.send(subscribe({ subscriptions: [{ filter: "a", qos: 2 }] }));
      client.send(say("hello", RE_AUTHENTICATE), say("42"));
      for (const qos of [0, 1, 2]) client.send(publish({ topic: "a", qos, packetIdentifier: 9 }));
      client.send(pubrel(9), say("skip", RE_AUTHENTICATE), pingreq(), unsubscribe({ filters: ["a"] }));
      client.send(connect(greeting("skip", lasting)));
      const types: string[] = [];
      for (let packet = await client.next(); packet.type !== "disconnect"; packet = await client.next()) {
        types.push(packet.type);
      }
      await client.expectClosed();
      const others = ["suback", "auth", "publish", "puback", "pubrec", "pubcomp", "pingresp", "unsuback"];
      expect(types).toEqual(expect.arrayContaining(others));
      expect(types).not.toContain("connack");
    }
  });

  it("works on a session that was resumed", async () => {
    const test = await startRiddler();
    const properties = {
      sessionExpiryInterval: 100,
      authenticationMethod: "riddle",
      authenticationData: bytes("skip"),
    };
    const first = await test.connect({ clientIdentifier: "c", properties });
    await cut(test, first);
    const again = await test.connect({ clientIdentifier: "c", cleanStart: false, properties });
    expect(again.connack).toMatchObject({ sessionPresent: true });
    again.send(say("skip", RE_AUTHENTICATE));
    expect(await again.expect("auth")).toMatchObject({ reasonCode: 0 });
  });
});
