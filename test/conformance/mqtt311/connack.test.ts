import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { expectNoMessage, publishFrom, subscribeTo, withWitness } from "../../support/flows.ts";
import { pingreq } from "../../support/packets.ts";
import { packet } from "../../support/wire.ts";
import { connect, enter, enterLasting, expectNoAnswer, expectReturnCode, open, publish, subscribe } from "./clients.ts";

/** How a CONNECT is answered (MQTT 3.1.1 §3.1.4, §3.2). */

const refusing = (reasonCode: number | Promise<number>) => ({ access: { authenticate: () => reasonCode } });

describe("a CONNECT that is accepted", () => {
  it("[MQTT-3.1.4-4 of 3.1.1] is answered by return code 0", async () => {
    const client = await open(await startBroker());
    client.send(connect());
    await client.expect("connack");
    expect(client.bytes()).toEqual(Buffer.from([0x20, 2, 0, 0]));
  });

  it("[MQTT-3.2.0-1 of 3.1.1] is answered before the session's messages and the packets behind it", async () => {
    const test = await startBroker();
    await subscribeTo(await enterLasting(test, "c"), "a", 1);
    await (await enter(test, "c", { cleanStart: false })).close();
    await publishFrom(await enter(test, "p"), "a", "queued");
    const client = await open(test);
    client.send(connect({ cleanStart: false }), subscribe(["b"]), publish({ topic: "x", qos: 1 }), pingreq());
    const types = [];
    for (let count = 0; count < 5; count++) types.push((await client.next()).type);
    expect(types[0]).toBe("connack");
    expect(types.slice(1).sort()).toEqual(["pingresp", "puback", "publish", "suback"]);
  });

  it("[MQTT-3.2.0-1 of 3.1.1] is answered before them also where the answer takes a while", async () => {
    let decide: (reasonCode: number) => void = () => {};
    const decided = new Promise<number>((resolve) => {
      decide = resolve;
    });
    const client = await open(await startBroker(refusing(decided)));
    client.send(connect(), pingreq());
    decide(0);
    await client.expect("connack");
    await client.expect("pingresp");
  });

  it("[MQTT-3.2.2-1 of 3.1.1] with CleanSession 1 has Session Present 0, whatever there was", async () => {
    const test = await startBroker();
    await (await enterLasting(test, "c")).close();
    expect((await enter(test, "c")).connack).toMatchObject({ sessionPresent: false, reasonCode: 0 });
  });

  it("[MQTT-3.2.2-2 of 3.1.1] with CleanSession 0 has Session Present 1 where there was a session", async () => {
    const test = await startBroker();
    await (await enterLasting(test, "c")).close();
    expect((await enterLasting(test, "c")).connack).toMatchObject({ sessionPresent: true, reasonCode: 0 });
  });

  it("[MQTT-3.2.2-3 of 3.1.1] with CleanSession 0 has Session Present 0 where there was none", async () => {
    const test = await startBroker();
    await (await enterLasting(test, "other")).close();
    expect((await enterLasting(test, "c")).connack).toMatchObject({ sessionPresent: false, reasonCode: 0 });
    await (await enter(test, "d")).close();
    expect((await enterLasting(test, "d")).connack).toMatchObject({ sessionPresent: false, reasonCode: 0 });
  });
});

describe("a CONNECT that is refused", () => {
  it.each([
    ["no right to connect", 0x87, 5],
    ["a bad user name or password", 0x86, 4],
    ["a server that is not available", 0x88, 3],
    ["a client identifier that is not wanted", 0x85, 2],
  ])(
    "[MQTT-3.2.2-4 of 3.1.1] [MQTT-3.2.2-5 of 3.1.1] for %s has its return code and no session, and is closed",
    async (_why, reasonCode, returnCode) => {
      const answers = [0, reasonCode];
      const test = await startBroker({ access: { authenticate: () => answers.shift() ?? 0 } });
      await (await enterLasting(test, "c")).close();
      await expectReturnCode(test, connect({ cleanStart: false }), returnCode);
      expect((await enterLasting(test, "c")).connack).toMatchObject({ sessionPresent: true });
    },
  );

  it("[MQTT-3.2.2-6 of 3.1.1] for a reason that has no return code is closed without a CONNACK", async () => {
    const test = await startBroker({ limits: { maximumPacketSize: 1_024 } });
    await expectNoAnswer(test, connect({ will: { topic: "w/#" } }));
    await expectNoAnswer(test, connect({ will: { topic: "w", payload: "x".repeat(1_024) } }));
    await expectNoAnswer(test, packet(0x10));
  });

  it.each([
    ["at once", 0x87],
    ["later", Promise.resolve(0x87)],
  ])("[MQTT-3.1.4-5 of 3.1.1] %s takes all that follows it with it", async (_when, reasonCode) => {
    const answers = [0, reasonCode];
    const test = await startBroker({ access: { authenticate: () => answers.shift() ?? 0 } });
    const witness = await withWitness(test);
    const client = await open(test);
    client.send(connect(), publish({ topic: "ignored", retain: true }), subscribe(["a"]), pingreq());
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 5 });
    await client.expectClosed();
    await expectNoMessage(test, witness);
    expect(test.broker.gauges).toMatchObject({ retainedMessages: 0, sessions: 1 });
  });

  it("[MQTT-3.1.4-5 of 3.1.1] without a CONNACK takes all that follows it with it too", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    await expectNoAnswer(test, connect({ flags: 0x03 }), publish({ topic: "ignored" }), pingreq());
    await expectNoMessage(test, witness);
  });
});

describe("a CONNECT of a client that is connected", () => {
  it("[MQTT-3.1.4-2 of 3.1.1] drops the older connection", async () => {
    const test = await startBroker();
    const first = await enter(test, "c");
    const second = await enter(test, "c");
    await first.expectClosed();
    await second.expectNothing();
    await expect.poll(() => test.broker.gauges.connections, { timeout: 5_000 }).toBe(1);
  });

  it("[MQTT-3.1.4-3 of 3.1.1] goes by CleanSession like any other", async () => {
    const test = await startBroker();
    await subscribeTo(await enterLasting(test, "c"), "a");
    const again = await enterLasting(test, "c");
    expect(again.connack).toMatchObject({ sessionPresent: true });
    await publishFrom(await enter(test, "p"), "a", "1");
    expect(await again.expect("publish")).toMatchObject({ topic: "a" });
    const clean = await enter(test, "c");
    expect(clean.connack).toMatchObject({ sessionPresent: false });
    await publishFrom(await enter(test, "p"), "a", "2");
    await clean.expectNothing();
    expect((await enterLasting(test, "c")).connack).toMatchObject({ sessionPresent: false });
  });
});
