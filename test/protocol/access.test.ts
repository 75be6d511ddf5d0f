import { describe, expect, it } from "vitest";
import type { ClientInfo } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";
import { subscribeTo, takeMessage } from "../support/flows.ts";
import { TestLog } from "../support/log.ts";
import { connect, pingreq, publish, subscribe, type Version } from "../support/packets.ts";
import { itAt } from "../support/title.ts";

const WAIT = { timeout: 5_000 };

/** An answer that the test gives when it likes, and whether it was asked for. */
function deferred(): { asked: Promise<void>; answer: (value: number) => void; ask: () => Promise<number> } {
  let answer = (_value: number): void => {};
  let onAsked = (): void => {};
  const value = new Promise<number>((resolve) => {
    answer = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve;
  });
  const ask = (): Promise<number> => {
    onAsked();
    return value;
  };
  return { asked, answer, ask };
}

describe.each<Version>([3, 4, 5])("authenticate, at protocol level %i", (version) => {
  const it = itAt(version);

  it("is told who connects, and with which password", async () => {
    const seen: [ClientInfo, Uint8Array | undefined][] = [];
    const authenticate = (client: ClientInfo, password: Uint8Array | undefined): number => {
      seen.push([client, password]);
      return 0;
    };
    const test = await startBroker({ access: { authenticate } });
    await test.connect({ version, clientIdentifier: "with", username: "u", password: Buffer.from([0, 255]) });
    await test.connect({ version, clientIdentifier: "without" });
    expect(seen).toEqual([
      [
        expect.objectContaining({ clientIdentifier: "with", username: "u", version, transport: "tcp" }),
        Buffer.from([0, 255]),
      ],
      [
        expect.objectContaining({ clientIdentifier: "without", username: undefined, remoteAddress: "127.0.0.1" }),
        undefined,
      ],
    ]);
  });

  it.each([
    ["at once", (code: number) => () => code],
    ["later", (code: number) => async () => code],
  ])(
    "[MQTT-3.1.4-2] [MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.2.2-4 of 3.1.1] [MQTT-3.2.2-5 of 3.1.1] refuses %s by a reason code, and closes",
    async (_name, answering) => {
      for (const [reasonCode, returnCode] of [
        [0x86, 4],
        [0x87, 5],
        [0x8a, 5],
        [0x88, 3],
      ] as const) {
        const test = await startBroker({ access: { authenticate: answering(reasonCode) } });
        const client = await test.connect({ version, clientIdentifier: "c" });
        expect(client.connack).toMatchObject({
          reasonCode: version === 5 ? reasonCode : returnCode,
          sessionPresent: false,
        });
        await client.expectClosed();
        expect(test.broker.gauges.sessions).toBe(0);
      }
    },
  );

  it.each([
    [
      "throws",
      () => () => {
        throw new Error("database down");
      },
    ],
    [
      "rejects",
      () => async () => {
        throw new Error("database down");
      },
    ],
  ])("refuses the client as unavailable when it %s", async (_name, failing) => {
    const test = await startBroker({ access: { authenticate: failing() } });
    const client = await test.connect({ version, clientIdentifier: "c" });
    expect(client.connack).toMatchObject({ reasonCode: version === 5 ? 0x88 : 3 });
    await client.expectClosed();
  });

  it("[MQTT-3.2.0-1] [MQTT-3.2.0-1 of 3.1.1] holds back the packets behind a CONNECT, and they are handled in order once it has answered", async () => {
    const { asked, answer, ask } = deferred();
    const test = await startBroker({ access: { authenticate: ask } });
    const client = await test.open();
    client.version = version;
    const pipelined = Buffer.concat([
      connect({ version, clientIdentifier: "c" }),
      subscribe({ version, packetIdentifier: 7, subscriptions: ["a"] }),
      publish({ version, topic: "a", payload: "first" }),
    ]);
    client.send(pipelined);
    await asked;
    client.send(publish({ version, topic: "a", payload: "second" }), pingreq());
    answer(0);
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
    expect(await client.expect("suback")).toMatchObject({ packetIdentifier: 7 });
    expect((await client.expect("publish")).payload.toString()).toBe("first");
    expect((await client.expect("publish")).payload.toString()).toBe("second");
    await client.expect("pingresp");
  });

  it("[MQTT-3.1.4-6] [MQTT-3.1.4-5 of 3.1.1] what was held back behind a CONNECT that is refused later is ignored", async () => {
    const { asked, answer, ask } = deferred();
    const test = await startBroker({ access: { authenticate: ask } });
    const client = await test.open();
    client.version = version;
    client.send(connect({ version, clientIdentifier: "c" }), publish({ version, topic: "a", qos: 1 }));
    await asked;
    answer(0x87);
    expect(await client.expect("connack")).toMatchObject({ reasonCode: version === 5 ? 0x87 : 5 });
    await client.expectClosed();
    expect(test.broker.statistics.messagesReceived).toBe(0);
  });

  it("a client that has gone before the answer leaves nothing behind", async () => {
    const { asked, answer, ask } = deferred();
    const test = await startBroker({ access: { authenticate: ask } });
    const client = await test.open();
    client.send(connect({ version, clientIdentifier: "c" }));
    await asked;
    client.destroy();
    answer(0);
    await expect.poll(() => test.broker.gauges, WAIT).toMatchObject({ connections: 0, sessions: 0 });
  });
});

it("a connection that ends at the connect timeout while authenticate is at work does not come in by a late answer", async () => {
  const { answer, ask } = deferred();
  const test = await startBroker({ access: { authenticate: ask }, limits: { connectTimeout: 100 } });
  const client = await test.open();
  client.send(connect({ clientIdentifier: "c", properties: { sessionExpiryInterval: 100 } }));
  expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x88 });
  await client.expectClosed();
  answer(0);
  const other = await test.connect({ clientIdentifier: "other" });
  await other.expectNothing();
  expect(test.broker.gauges).toMatchObject({ connections: 1, sessions: 1 });
});

it("an authenticate that never answers some clients answers others from the same address", async () => {
  const log = new TestLog();
  const test = await startBroker({
    log: log.logger,
    access: { authenticate: ({ username }) => (username === "a" ? 0 : new Promise<number>(() => {})) },
    authentication: { guard: { trusted: [] } },
    limits: { connectTimeout: 200 },
  });
  // As many as the guard looks at side by side, and one more.
  const hanging = await Promise.all(Array.from({ length: 5 }, () => test.open()));
  for (const client of hanging) client.send(connect({ username: "b", password: "b" }));
  for (const client of hanging) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x88 });
  expect(await log.logged("the authentication failed to answer")).toMatchObject({ authenticator: "access" });
  await expect
    .poll(async () => (await test.connect({ username: "a", password: "a" })).connack?.reasonCode, WAIT)
    .toBe(0);
});

it("no more clients come in than may be, though their authentication ends at the same time", async () => {
  const { answer, ask } = deferred();
  const test = await startBroker({ access: { authenticate: ask }, limits: { maximumConnections: 1 } });
  const clients = await Promise.all(["a", "b"].map(() => test.open()));
  for (const [index, client] of clients.entries()) client.send(connect({ clientIdentifier: `c${index}` }));
  await expect.poll(() => test.broker.gauges.connections, WAIT).toBe(2);
  answer(0);
  const codes = await Promise.all(clients.map(async (client) => (await client.expect("connack")).reasonCode));
  expect(codes.sort()).toEqual([0, 0x97]);
});

it("[MQTT-3.2.2-8] a code that no CONNACK may hold is not sent", async () => {
  const test = await startBroker({ access: { authenticate: () => 0x93 } });
  const client = await test.connect({ clientIdentifier: "c" });
  expect(client.connack).toMatchObject({ reasonCode: 0x80 });
  await client.expectClosed();
});

describe.each<Version>([4, 5])("authorize, at protocol level %i", (version) => {
  const it = itAt(version);

  const access = {
    authenticate: () => 0,
    authorize: (_client: ClientInfo, _action: string, topic: string) => !topic.startsWith("secret"),
  };

  it("[MQTT-3.3.5-2 of 3.1.1] a message that may not be published reaches nobody, and is acknowledged as the version can", async () => {
    const test = await startBroker({ access });
    const client = await test.connect({ version, clientIdentifier: "c" });
    await subscribeTo(client, "#");
    client.send(publish({ version, topic: "secret/a", qos: 1, packetIdentifier: 1 }));
    expect(await client.expect("puback")).toMatchObject({
      packetIdentifier: 1,
      reasonCode: version === 5 ? 0x87 : 0,
    });
    client.send(publish({ version, topic: "secret/a", qos: 2, packetIdentifier: 2 }));
    expect(await client.expect("pubrec")).toMatchObject({
      packetIdentifier: 2,
      reasonCode: version === 5 ? 0x87 : 0,
    });
    client.send(publish({ version, topic: "secret/a", retain: true }), publish({ version, topic: "open/a" }));
    expect(await client.expect("publish")).toMatchObject({ topic: "open/a" });
    await subscribeTo(client, "+/#");
    await client.expectNothing();
  });

  it("is asked with the filter of a subscription, and refuses each on its own", async () => {
    const test = await startBroker({ access });
    const client = await test.connect({ version, clientIdentifier: "c" });
    client.send(
      subscribe({
        version,
        packetIdentifier: 3,
        subscriptions: ["open", "secret/#", "$share/g/secret", { filter: "x", qos: 2 }],
      }),
    );
    const refused = version === 5 ? 0x87 : 0x80;
    expect(await client.expect("suback")).toMatchObject({ packetIdentifier: 3, reasonCodes: [0, refused, refused, 2] });
    client.send(publish({ version, topic: "x" }));
    expect(await takeMessage(client)).toMatchObject({ topic: "x" });
  });

  it("refuses a client whose will it does not allow", async () => {
    const test = await startBroker({ access });
    const client = await test.connect({ version, clientIdentifier: "c", will: { topic: "secret/w" } });
    expect(client.connack).toMatchObject({ reasonCode: version === 5 ? 0x87 : 5 });
    await client.expectClosed();
    const other = await test.connect({ version, clientIdentifier: "c", will: { topic: "open/w" } });
    expect(other.connack).toMatchObject({ reasonCode: 0 });
  });

  it("[MQTT-4.13.2-1] [MQTT-4.8.0-2 of 3.1.1] ends the connection whose packet it throws for, and no other", async () => {
    const failing = {
      authenticate: () => 0,
      authorize: (): boolean => {
        throw new Error("out of order");
      },
    };
    const test = await startBroker({ access: failing });
    const other = await test.connect({ version, clientIdentifier: "other" });
    const client = await test.connect({ version, clientIdentifier: "c" });
    client.send(publish({ version, topic: "a" }));
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x83 });
    await client.expectClosed();
    await other.expectNothing();
    const withWill = await test.open();
    withWill.version = version;
    withWill.send(connect({ version, clientIdentifier: "w", will: { topic: "w" } }));
    if (version === 5) expect((await withWill.expect("connack")).reasonCode).toBeGreaterThanOrEqual(0x80);
    await withWill.expectClosed();
    expect(test.broker.gauges.sessions).toBe(1);
  });
});
