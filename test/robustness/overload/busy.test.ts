import { expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { join } from "../../support/exchange.ts";
import type { Version } from "../../support/packets.ts";

const LIMIT = 20;

/** Lets nothing else happen in this process for most of the time, until that is so. */
async function labour({ broker }: TestBroker, isEnough: () => boolean): Promise<void> {
  for (let turns = 0; !isEnough(); turns++) {
    expect(turns).toBeLessThan(100);
    const end = performance.now() + 4 * LIMIT + 250;
    while (performance.now() < end) broker.gauges;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it.each<[Version, number]>([
  [3, 3],
  [4, 3],
  [5, 0x97],
])(
  "a broker whose event loop is late refuses new clients of version %i with %i, and lets them in when it is not",
  async (version, code) => {
    const test = await startBroker({ limits: { maximumEventLoopDelay: LIMIT } });
    const [online, late] = [await join(test), await test.open()];
    await labour(test, () => test.broker.gauges.isBusy);
    await late.handshake({ version, clientIdentifier: "late" });
    expect(late.connack).toMatchObject({ reasonCode: code });
    await late.expectClosed();
    expect(test.broker.statistics.connectionsRefusedBusy).toBe(1);
    for (let pings = 0; test.broker.gauges.isBusy; pings++) {
      expect(pings).toBeLessThan(1_000_000);
      await online.expectNothing();
    }
    expect((await join(test)).connack).toMatchObject({ reasonCode: 0 });
  },
);
