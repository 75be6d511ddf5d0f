import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { expectNoMessage, publishFrom, subscribeTo, takeMessage, withWitness } from "../../support/flows.ts";
import { disconnect, pingreq } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { enter, publish } from "./clients.ts";

/** Wills of MQTT 3.1.1 (§3.1.2.5 to §3.1.2.7, §3.14.4). */

const WILL = { topic: "will", payload: "gone" };

const ENDS: [how: string, end: (client: RawClient, test: TestBroker) => unknown][] = [
  ["is cut", (client) => client.destroy()],
  ["ends with a violation", (client) => client.send(publish({ topic: "a/#" }))],
  ["is taken over", (_client, test) => enter(test, "c")],
];

describe("a will", () => {
  it.each(ENDS)("[MQTT-3.1.2-8 of 3.1.1] is published when the connection %s", async (_how, end) => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await enter(test, "c", { will: WILL });
    await expectNoMessage(test, witness);
    await end(client, test);
    const { topic, payload } = await witness.expect("publish");
    expect([topic, payload.toString()]).toEqual(["will", "gone"]);
  });

  it("[MQTT-3.1.2-8 of 3.1.1] is published when the client is silent for too long", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    await enter(test, "c", { will: WILL, keepAlive: 1 });
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });

  it("[MQTT-3.1.2-10 of 3.1.1] [MQTT-3.14.4-3 of 3.1.1] is gone with a DISCONNECT", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await enter(test, "c", { will: WILL });
    client.send(disconnect());
    await client.expectClosed();
    await expectNoMessage(test, witness);
    await (await enter(test, "c")).close();
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.2-10 of 3.1.1] is gone once it was published", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const first = await enter(test, "c", { will: WILL, cleanStart: false });
    first.destroy();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    (await enter(test, "c", { cleanStart: false })).destroy();
    await expect.poll(() => test.broker.gauges.connections, { timeout: 5_000 }).toBe(1);
    await (await enter(test, "c")).close();
    await expectNoMessage(test, witness);
  });

  it.each([0, 1, 2])(
    "[MQTT-3.1.2-16 of 3.1.1] without RETAIN goes out as an ordinary message of its QoS %i",
    async (qos) => {
      const test = await startBroker();
      await publishFrom(await enter(test, "p"), "will", "before", { retain: true });
      const witness = await withWitness(test, 2);
      await takeMessage(witness);
      (await enter(test, "c", { will: { ...WILL, qos } })).destroy();
      expect(await takeMessage(witness)).toMatchObject({ topic: "will", qos, retain: false });
      const late = await enter(test, "late");
      await subscribeTo(late, "will");
      expect((await takeMessage(late)).payload.toString()).toBe("before");
    },
  );

  it.each([0, 1, 2])("[MQTT-3.1.2-17 of 3.1.1] with RETAIN is retained, with its QoS %i", async (qos) => {
    const test = await startBroker();
    await publishFrom(await enter(test, "p"), "will", "before", { retain: true });
    const witness = await withWitness(test, 2);
    await takeMessage(witness);
    (await enter(test, "c", { will: { ...WILL, qos, retain: true } })).destroy();
    expect(await takeMessage(witness)).toMatchObject({ topic: "will", retain: false });
    const late = await enter(test, "late");
    await subscribeTo(late, "will", 2);
    const message = await takeMessage(late);
    expect(message).toMatchObject({ qos, retain: true });
    expect(message.payload.toString()).toBe("gone");
    await late.expectNothing();
  });
});

it.each(ENDS)(
  "[MQTT-3.1.2-12 of 3.1.1] without the will flag nothing is published when the connection %s",
  async (_how, end) => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await enter(test, "c");
    await end(client, test);
    const replaced = await enter(test, "c");
    replaced.send(pingreq());
    await replaced.expect("pingresp");
    await expectNoMessage(test, witness);
  },
);
