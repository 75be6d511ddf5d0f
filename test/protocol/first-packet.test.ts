import { expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { messages } from "../support/exchange.ts";
import { connect, publish, subscribe } from "../support/packets.ts";
import { varint } from "../support/wire.ts";

/** Beyond what a CONNECT may need; a client that was let in may send as much. */
const MEBIBYTES = 1_048_576;

it("a CONNECT with everything as long as may be is taken", async () => {
  const test = await startBroker();
  const longest = "x".repeat(65_535);
  const credentials = { username: longest, password: longest };
  const client = await test.connect({
    clientIdentifier: longest,
    will: { topic: longest, payload: longest },
    ...credentials,
  });
  expect(client.connack).toMatchObject({ reasonCode: 0 });
});

it.each([
  ["100 MB", 100 * MEBIBYTES],
  ["400 KB", 400_000],
])("a first packet of %s is refused as soon as it is announced", async (_what, bytes) => {
  const test = await startBroker({ limits: { maximumPacketSize: 200 * MEBIBYTES } });
  const client = await test.open();
  client.send(Buffer.concat([Buffer.of(0x10), varint(bytes), connect().subarray(2)]));
  await client.expectClosed();
});

it("what comes right behind a CONNECT may be as large as any packet, also while the client authenticates", async () => {
  for (const authenticate of [() => 0, () => Promise.resolve(0)]) {
    const test = await startBroker({ access: { authenticate } });
    const client = await test.open();
    const payload = Buffer.alloc(1_000_000, "x");
    client.send(connect(), subscribe({ subscriptions: ["t"] }), publish({ topic: "t", payload }));
    await client.expect("connack");
    await client.expect("suback");
    expect(await messages(client, 1)).toEqual([`t=${payload}`]);
  }
});
