import { expect, it, vi } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, publishAcknowledged, subscribeTo } from "../support/exchange.ts";
import { holdTime, pass } from "../support/time.ts";

it("[MQTT-3.3.2-6] counts the expiry of one retained message down for each that gets it", async () => {
  holdTime();
  const test = await startBroker();
  const publisher = await join(test);
  await publishAcknowledged(publisher, "t", "x", { retain: true, properties: { messageExpiryInterval: 100 } });
  for (const [seconds, left] of [
    [0, 100],
    [10, 90],
    [20, 70],
    [69, 1],
  ] as const) {
    pass(seconds);
    const client = await join(test);
    await subscribeTo(client, ["t"]);
    expect((await client.expect("publish")).properties.messageExpiryInterval).toBe(left);
    await client.expectNothing();
  }
});

it.each([100, 0xffff_ffff])(
  "[MQTT-3.3.2-6] tells no more than the expiry of %i s when the clock is set back",
  async (messageExpiryInterval) => {
    holdTime();
    const test = await startBroker();
    await publishAcknowledged(await join(test), "t", "x", { retain: true, properties: { messageExpiryInterval } });
    vi.setSystemTime(Date.now() - 60_000);
    const client = await join(test);
    await subscribeTo(client, ["t"]);
    expect((await client.expect("publish")).properties).toEqual({ messageExpiryInterval });
  },
);
