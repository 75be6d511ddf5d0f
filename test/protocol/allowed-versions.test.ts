import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";

describe("a listener with allowed versions", () => {
  it("lets these in and refuses the others in their own words", async () => {
    const test = await startBroker({ listeners: [{ protocol: "mqtt", port: 0, versions: [4] }] });
    expect((await test.connect({ version: 4 })).connack).toMatchObject({ reasonCode: 0 });
    const modern = await test.connect({ version: 5 });
    expect(modern.connack).toMatchObject({ reasonCode: 0x84 });
    await modern.expectClosed();
    const old = await test.connect({ version: 3 });
    expect(old.connack).toMatchObject({ reasonCode: 1 });
    await old.expectClosed();
  });

  it("does not touch what another listener allows", async () => {
    const test = await startBroker({
      listeners: [
        { protocol: "mqtt", port: 0, versions: [5] },
        { protocol: "mqtt", port: 0, versions: [3, 4] },
      ],
    });
    expect((await test.connect({ version: 5 })).connack).toMatchObject({ reasonCode: 0 });
    expect((await test.connect({ version: 4 })).connack).toMatchObject({ reasonCode: 1 });
  });
});
