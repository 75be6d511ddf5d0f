import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { expectNoMessage, withWitness } from "../../support/flows.ts";
import { disconnect } from "../../support/packets.ts";
import { holdTime, pass } from "../../support/time.ts";
import { enterLasting } from "../mqtt5/clients.ts";

/** What brokers get wrong with wills (MQTT 5.0 §3.1.2.5, §3.1.3.2.2, §3.14). */

describe("a will, when its client is taken over", () => {
  it.each([
    ["without a delay", "goes on", undefined, false],
    ["with delay 0", "goes on", 0, false],
    ["without a delay", "ends", undefined, true],
    ["with a delay", "ends", 100, true],
  ])(
    "[MQTT-3.1.2-8] goes out at once %s and with a session that %s",
    async (_delay, _session, willDelayInterval, cleanStart) => {
      const test = await startBroker();
      const witness = await withWitness(test);
      const properties = willDelayInterval === undefined ? {} : { willDelayInterval };
      const first = await enterLasting(test, "c", { will: { topic: "will", properties } });
      const second = await enterLasting(test, "c", { cleanStart });
      expect(await first.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
      expect(second.connack).toMatchObject({ sessionPresent: !cleanStart });
      expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
      await expectNoMessage(test, witness);
    },
  );

  it("[MQTT-3.1.3-9] never goes out with a delay and a session that goes on", async () => {
    holdTime();
    const test = await startBroker();
    const witness = await withWitness(test);
    const first = await enterLasting(test, "c", { will: { topic: "will", properties: { willDelayInterval: 10 } } });
    const second = await enterLasting(test, "c");
    expect(await first.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
    expect(second.connack).toMatchObject({ sessionPresent: true });
    for (const seconds of [9, 2, 1_000]) {
      pass(seconds);
      await expectNoMessage(test, witness);
    }
  });
});

describe("a will with a delay", () => {
  it.each([
    ["the session, at the end of its connection", 100, 0],
    ["the session, at its expiry", 100, 1],
    ["the delay", 1, 100],
  ])(
    "[MQTT-3.1.2-8] goes out at the end of what comes first: %s",
    async (_what, willDelayInterval, sessionExpiryInterval) => {
      const test = await startBroker();
      const witness = await withWitness(test);
      const client = await enterLasting(test, "c", {
        will: { topic: "will", properties: { willDelayInterval } },
        properties: { sessionExpiryInterval },
      });
      const cutAt = performance.now();
      client.destroy();
      expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
      expect(performance.now() - cutAt).toBeGreaterThan(sessionExpiryInterval === 0 ? 0 : 990);
    },
  );
});

describe("a DISCONNECT", () => {
  it.each([0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99])(
    "[MQTT-3.14.4-3] with %i lets the will go out",
    async (reasonCode) => {
      const test = await startBroker();
      const witness = await withWitness(test);
      const client = await enterLasting(test, "c", { will: { topic: "will" } });
      client.send(disconnect({ reasonCode }));
      await client.expectClosed();
      expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    },
  );

  it.each([
    ["the short form", disconnect()],
    ["the code alone", disconnect({ reasonCode: 0 })],
    ["properties", disconnect({ properties: { reasonString: "bye", sessionExpiryInterval: 0 } })],
  ])("[MQTT-3.1.2-10] [MQTT-3.14.4-3] with 0x00, in %s, takes the will away", async (_form, bytes) => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await enterLasting(test, "c", { will: { topic: "will" } });
    client.send(bytes);
    await client.expectClosed();
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.2-8] that does not come before the client closes its side lets the will go out", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await enterLasting(test, "c", { will: { topic: "will" } });
    client.stream.end();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });
});
