import { afterEach, expect, it, vi } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, publishAcknowledged, subscribeTo } from "../support/exchange.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("[MQTT-3.3.2-6] counts the expiry of one retained message down for each that gets it", async () => {
  const test = await startBroker();
  const publisher = await join(test);
  await publishAcknowledged(publisher, "t", "x", { retain: true, properties: { messageExpiryInterval: 100 } });
  const start = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const [age, left] of [
    [10, 90],
    [30, 70],
  ] as const) {
    vi.setSystemTime(start + age * 1_000 + 100);
    const client = await join(test);
    await subscribeTo(client, ["t"]);
    expect((await client.expect("publish")).properties.messageExpiryInterval).toBeLessThanOrEqual(left);
    await client.expectNothing();
  }
});
