import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { subscribeTo } from "../support/flows.ts";
import { publish, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

const STEP = 250;

/** Waits until the broker has ended the connection because the client was silent. */
async function expectTimedOut(client: RawClient): Promise<void> {
  if (client.version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x8d });
  await client.expectClosed();
}

describe.each<Version>([3, 4, 5])("keep alive at protocol level %i", (version) => {
  const it = itAt(version);

  it("[MQTT-3.1.2-22] [MQTT-3.2.2-22] [MQTT-3.1.2-24 of 3.1.1] a client silent for 1.5 times its keep alive is disconnected, one without is not", async () => {
    const test = await startBroker();
    const without = await test.connect({ version, clientIdentifier: "without", keepAlive: 0 });
    const connectedAt = performance.now();
    const client = await test.connect({ version, clientIdentifier: "c", keepAlive: 1 });
    if (version === 5) expect(client.connack?.properties.serverKeepAlive).toBeUndefined();
    await expectTimedOut(client);
    expect(performance.now() - connectedAt).toBeGreaterThan(1_490);
    await without.expectNothing();
  });

  it("[MQTT-3.1.2-22] [MQTT-3.12.4-1] [MQTT-3.1.2-24 of 3.1.1] [MQTT-3.12.4-1 of 3.1.1] whatever a client sends starts its time anew", async () => {
    const test = await startBroker();
    const pinging = await test.connect({ version, clientIdentifier: "pinging", keepAlive: 1 });
    const publishing = await test.connect({ version, clientIdentifier: "publishing", keepAlive: 1 });
    const cutting = await test.connect({ version, clientIdentifier: "cutting", keepAlive: 1 });
    const silent = await test.connect({ version, clientIdentifier: "silent", keepAlive: 2 });
    const cut = publish({ version, topic: "a", payload: "x".repeat(100) });
    for (let at = 0; !silent.closed; at++) {
      await pinging.expectNothing();
      publishing.send(publish({ version, topic: "a" }));
      cutting.send(cut.subarray(at, at + 1));
      await setTimeout(STEP);
    }
    await expectTimedOut(silent);
    expect([pinging.closed, publishing.closed, cutting.closed]).toEqual([false, false, false]);
  });

  it("[MQTT-3.1.2-22] [MQTT-3.1.2-24 of 3.1.1] what a client gets does not start its time anew", async () => {
    const test = await startBroker();
    const client = await test.connect({ version, clientIdentifier: "c", keepAlive: 1 });
    await subscribeTo(client, "a");
    const feeding = setInterval(() => test.broker.publish("a", "x"), STEP);
    const last = await lastPacket(client);
    clearInterval(feeding);
    expect(last).toBe(version === 5 ? "disconnect" : "publish");
  });
});

async function lastPacket(client: RawClient): Promise<string> {
  let last = "";
  while (!client.closed || client.waiting > 0) {
    last = await client.next().then(
      ({ type }) => type,
      () => last,
    );
  }
  return last;
}

it("the server keep alive holds in place of the client's", async () => {
  const test = await startBroker({ limits: { maximumKeepAlive: 1 } });
  const client = await test.connect({ clientIdentifier: "c", keepAlive: 0 });
  expect(client.connack?.properties.serverKeepAlive).toBe(1);
  await expectTimedOut(client);
});

it("a 3.1.1 client, which cannot be told another one, keeps its own", async () => {
  const test = await startBroker({ limits: { maximumKeepAlive: 1 } });
  const old = await test.connect({ version: 4, clientIdentifier: "old", keepAlive: 0 });
  const client = await test.connect({ clientIdentifier: "c", keepAlive: 0 });
  await expectTimedOut(client);
  await old.expectNothing();
});
