import { describe, expect, it } from "vitest";
import type { AccessRuleOptions } from "../../src/security/acl/options.ts";
import { type DurableBroker, lasting, resume, startDurable, takeAll } from "../support/durable.ts";
import { cut, subscribeTo } from "../support/flows.ts";
import { type ConnectOptions, disconnect, type Version } from "../support/packets.ts";
import { holdTime, pass } from "../support/time.ts";
import { itAt } from "../support/title.ts";

/** A session that gets wills, of a client that is offline. */
async function withWitness(options: Parameters<typeof startDurable>[0] = {}): Promise<DurableBroker> {
  const test = await startDurable(options);
  const witness = await test.connect(lasting("witness"));
  await subscribeTo(witness, "will/#", 1);
  await witness.close();
  return test;
}

/** What the witness is told by now. */
async function told(test: DurableBroker): Promise<string[]> {
  const witness = await resume(test, lasting("witness"));
  test.broker.publish("will/end", "", { qos: 1 });
  const payloads: string[] = [];
  for (;;) {
    const [message] = await takeAll(witness, 1);
    if (message === undefined || message.topic === "will/end") break;
    payloads.push(message.payload.toString());
  }
  await witness.close();
  return payloads;
}

function withWill(version: Version, delay = 0, expiry = 3_600): ConnectOptions {
  const properties = delay === 0 ? {} : { willDelayInterval: delay };
  const will = { topic: "will/c", payload: "gone", qos: 2, ...(version === 5 && { properties }) };
  return { ...lasting("c", version, expiry), will };
}

describe.each<Version>([3, 4, 5])("the will of a client at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.2-8] [MQTT-3.1.2-8 of 3.1.1] is published after a crash in which its client was online, once", async () => {
    const before = await withWitness();
    await before.connect(withWill(version));
    const second = await before.restart();
    expect(await told(second)).toEqual(["gone"]);
    await second.kept();
    expect(await told(await second.restart())).toEqual([]);
  });

  it("[MQTT-3.1.2-10] [MQTT-3.1.2-10 of 3.1.1] is not, where a DISCONNECT took it away", async () => {
    const before = await withWitness();
    await (await before.connect(withWill(version))).close();
    await before.kept();
    expect(await told(await before.restart())).toEqual([]);
  });

  it("[MQTT-3.1.2-10] [MQTT-3.1.2-10 of 3.1.1] is not published again, where it was before the crash", async () => {
    const before = await withWitness();
    await cut(before, await before.connect(withWill(version)));
    await before.kept();
    expect(await told(await before.restart())).toEqual(["gone"]);
  });
});

describe("after a crash a will", () => {
  it("[MQTT-3.1.3-9] with a delay is not published where the client is back before", async () => {
    holdTime();
    const before = await withWitness();
    await before.connect(withWill(5, 30));
    const test = await before.restart();
    pass(29);
    await (await resume(test, lasting("c"))).close();
    pass(60);
    expect(await told(test)).toEqual([]);
    await test.kept();
    expect(await told(await test.restart())).toEqual([]);
  });

  it("[MQTT-3.1.2-8] of a client that was online is published at its delay from then on", async () => {
    holdTime();
    const before = await withWitness();
    await before.connect(withWill(5, 30));
    const test = await before.restart();
    pass(29);
    expect(await told(test)).toEqual([]);
    pass(2);
    expect(await told(test)).toEqual(["gone"]);
  });

  it("[MQTT-3.1.2-8] whose delay was running goes on, over the time that the broker was down", async () => {
    holdTime();
    const before = await withWitness();
    await cut(before, await before.connect(withWill(5, 30)));
    await before.kept();
    pass(10);
    await before.crash();
    pass(10);
    const test = await before.restart();
    pass(9);
    expect(await told(test)).toEqual([]);
    pass(2);
    expect(await told(test)).toEqual(["gone"]);
  });

  it("[MQTT-3.1.2-8] whose delay, or whose session, ended while the broker was down is published at once", async () => {
    for (const [delay, expiry] of [
      [30, 3_600],
      [3_600, 30],
    ]) {
      holdTime();
      const before = await withWitness();
      await cut(before, await before.connect(withWill(5, delay, expiry)));
      await before.kept();
      await before.crash();
      pass(31);
      expect(await told(await before.restart())).toEqual(["gone"]);
    }
  });

  it("is published where whoever left it still may, by all that rules go by", async () => {
    holdTime();
    const group = { effect: "allow", groups: ["staff"], addresses: ["127.0.0.1"] } as const;
    const others = { effect: "allow", clients: ["witness", "kept"] } as const;
    const access = { authenticate: () => ({ groups: ["staff"] }) };
    const guarded = (rules: readonly AccessRuleOptions[]) => ({
      listeners: [{ protocol: "mqtt", port: 0, name: "door", accessRules: { rules } } as const],
    });
    const before = await withWitness({ access, ...guarded([group]) });
    await before.connect(withWill(5, 30));
    const second = await before.restart(guarded([group]));
    pass(31);
    expect(await told(second)).toEqual(["gone"]);
    await second.connect(withWill(5, 30));
    const third = await second.restart({ ...guarded([others]), accessRules: { rules: [group] } });
    pass(31);
    expect(await told(third)).toEqual([]);
    expect(third.broker.statistics.messagesDroppedNotAuthorized).toBe(1);
  });

  it("that the limits allow no more keeps no broker from starting", async () => {
    for (const limits of [{ maximumTopicLevels: 1 }, { maximumPacketSize: 128 }]) {
      const before = await startDurable();
      const client = lasting("c");
      await before.connect({ ...client, will: { topic: "will/c", payload: "gone".repeat(100), retain: true } });
      await before.kept();
      const test = await before.restart({ limits });
      expect(test.broker.gauges).toMatchObject({ sessions: 2, retainedMessages: 0 });
      expect((await resume(test, client)).connack).toMatchObject({ reasonCode: 0 });
    }
  });

  it("[MQTT-3.14.4-3] is there after a DISCONNECT with reason code 0x04", async () => {
    holdTime();
    const before = await withWitness();
    const client = await before.connect(withWill(5, 30));
    client.send(disconnect({ reasonCode: 0x04 }));
    await client.expectClosed();
    await before.kept();
    const test = await before.restart();
    pass(31);
    expect(await told(test)).toEqual(["gone"]);
  });

  it("[MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT-3.3.2-18] has its QoS, its retain flag and all its properties", async () => {
    const properties = {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 500,
      contentType: "x/y",
      responseTopic: "r",
      correlationData: Buffer.from([0, 1, 255]),
      userProperties: [
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
      ] as [string, string][],
    };
    const payload = Buffer.from([0, 255, 1]);
    const before = await withWitness();
    await before.connect({ ...lasting("c"), will: { topic: "will/c", payload, qos: 1, retain: true, properties } });
    const test = await before.restart();
    const [message] = await takeAll(await resume(test, lasting("witness")), 1);
    expect(message).toMatchObject({ payload, qos: 1, retain: false });
    expect(message?.properties).toEqual({ ...properties, messageExpiryInterval: expect.any(Number) });
    expect(test.broker.gauges.retainedMessages).toBe(1);
  });
});
