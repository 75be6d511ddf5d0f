import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { publishFrom, subscribeTo } from "../../support/flows.ts";
import { pingreq, publish, subscribe } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { connect, enter, enterLasting } from "./clients.ts";

/** DISCONNECT of the server in MQTT 5.0 (§3.14, §4.13). */

const CAUSES: [why: string, reasonCode: number, cause: (client: RawClient, test: TestBroker) => unknown][] = [
  ["a malformed packet", 0x81, (client) => client.send(Buffer.from([0xc1, 0]))],
  ["a Protocol Error", 0x82, (client) => client.send(connect())],
  ["a topic name that is not valid", 0x90, (client) => client.send(publish({ topic: "#" }))],
  [
    "a topic alias that is not valid",
    0x94,
    (client) => client.send(publish({ topic: "a", properties: { topicAlias: 0 } })),
  ],
  ["a packet that is too large", 0x95, (client) => client.send(publish({ topic: "a", payload: "x".repeat(2_000) }))],
  ["a takeover", 0x8e, (_client, test) => enter(test, "c")],
  ["the end of the server", 0x8b, (_client, test) => void test.broker.stop()],
];

describe.each(CAUSES)("for %s", (_why, reasonCode, cause) => {
  const start = (): Promise<TestBroker> => startBroker({ limits: { maximumPacketSize: 1_024 } });

  it("[MQTT-3.14.2-2] it has no Session Expiry Interval", async () => {
    const test = await start();
    const client = await enterLasting(test, "c");
    await cause(client, test);
    const { properties, ...rest } = await client.expect("disconnect");
    expect(rest).toMatchObject({ reasonCode });
    expect(properties.sessionExpiryInterval).toBeUndefined();
  });

  it("[MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1] it is the last packet, and the connection is closed", async () => {
    const test = await start();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 1);
    const gone = once(test.broker, "disconnect");
    await cause(client, test);
    client.send(pingreq(), subscribe({ subscriptions: ["b"] }), publish({ topic: "a", qos: 1 }));
    await gone;
    test.broker.publish("a", "too late", { qos: 1 });
    await client.expect("disconnect");
    await client.expectClosed();
  });
});

it("[MQTT-3.14.4-1] what comes in the same chunk behind the packet that it answers is not handled", async () => {
  const test = await startBroker();
  const witness = await enter(test, "w");
  await subscribeTo(witness, "#");
  const client = await enter(test, "c");
  client.send(publish({ topic: "before" }), Buffer.from([0xc1, 0]), publish({ topic: "behind" }), pingreq());
  expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x81 });
  await client.expectClosed();
  await publishFrom(await enter(test, "p"), "marker", "");
  expect(await witness.expect("publish")).toMatchObject({ topic: "before" });
  expect(await witness.expect("publish")).toMatchObject({ topic: "marker" });
});
