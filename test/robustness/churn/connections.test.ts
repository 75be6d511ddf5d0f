import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { FakeStream } from "../../support/fake-stream.ts";
import { type ConnectOptions, connect, disconnect, publish, subscribe, type Version } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import { bytesInUse } from "../support/memory.ts";
import { Subject } from "../support/subject.ts";
import { EXTRA_ROUNDS, NOISE_BYTES } from "./size.ts";

const ROUNDS = 100 + 10 * EXTRA_ROUNDS;
const CLIENTS = 1_000;
const TCP_ROUNDS = 30 + EXTRA_ROUNDS;
const TCP_CLIENTS = 100;
const TIMEOUT = 120_000 * (1 + EXTRA_ROUNDS / 10);

const version = (client: number): Version => (client % 3 === 0 ? 3 : client % 3 === 1 ? 4 : 5);

/** Every kind of client: persistent or not, with a will or not, and some that come twice at a time. */
function connectOptions(client: number, persists: boolean): ConnectOptions {
  const properties = { topicAliasMaximum: 4, ...(persists && { sessionExpiryInterval: 1 }) };
  return {
    version: version(client),
    clientIdentifier: `client ${client - (client % 10 === 0 ? 0 : client % 2)}`,
    cleanStart: !persists,
    keepAlive: 60,
    ...(client % 4 === 0 && {
      will: { topic: `wills/${client % 50}`, payload: "gone", qos: client % 3, retain: client % 8 === 0 },
    }),
    ...(version(client) === 5 && { properties }),
  };
}

/** What a client does between CONNECT and the end. */
function packetsOf(client: number): Buffer[] {
  const level = version(client);
  const filters = ["all/#", `own/${client}`, "wills/+", `$share/group ${client % 20}/jobs/#`];
  const topicAlias = level === 5 && client % 5 === 0 ? { properties: { topicAlias: 1 } } : {};
  const common = { version: level, packetIdentifier: 1 + (client % 7) };
  return [
    subscribe({ ...common, subscriptions: filters.slice(client % 4).map((filter) => ({ filter, qos: client % 3 })) }),
    publish({ ...common, topic: `own/${client}`, payload: "x", qos: client % 3, ...topicAlias }),
    publish({ ...common, topic: `jobs/${client % 30}`, payload: "x", qos: client % 3 }),
    // Set by one client, cleared by the next.
    publish({ ...common, topic: `kept/${client >> 1}`, payload: client % 2 === 0 ? "x" : "", retain: true }),
  ];
}

function leave(stream: FakeStream, client: number): void {
  if (client % 2 === 0) stream.disconnect();
  else stream.receive(disconnect());
}

async function round(subject: Subject, persists: boolean): Promise<void> {
  const streams: FakeStream[] = [];
  for (let client = 0; client < CLIENTS; client++) {
    const stream = subject.open({ keeps: false });
    stream.receive(Buffer.concat([connect(connectOptions(client, persists)), ...packetsOf(client)]));
    streams.push(stream);
    const leaving = streams[client - 20];
    if (leaving !== undefined) leave(leaving, client - 20);
    if (client % 20 === 0) await turn();
  }
  for (const stream of streams) stream.disconnect();
  await Promise.all(streams.map(({ closed }) => closed));
}

it(`leaves memory and slots where they were after ${(ROUNDS * CLIENTS).toLocaleString("en")} clients came and went`, {
  timeout: TIMEOUT,
}, async () => {
  const subject = new Subject({ maximumSessionExpiryInterval: 1, maximumQueuedMessages: 10 });
  onTestFinished(() => subject.close());
  const settled = async () => {
    await subject.settle(0, 0);
    subject.clearRetained();
    return subject.level;
  };
  for (let i = 0; i < 5; i++) await round(subject, i % 2 === 0);
  const before = await settled();
  const bytesBefore = await bytesInUse();
  let connected = 0;
  subject.events.on("connect", () => connected++);
  for (let i = 0; i < ROUNDS; i++) await round(subject, i % 10 === 0);
  expect(await settled()).toEqual(before);
  expect(connected).toBe(ROUNDS * CLIENTS);
  expect(before).toMatchObject({ sessions: 0, online: 0, subscriptionEntries: 0, retained: 0, retainedEntries: 0 });
  expect((await bytesInUse()) - bytesBefore).toBeLessThan(NOISE_BYTES);
  expect(subject.errors).toEqual([]);
});

async function tcpClient(port: number, client: number): Promise<void> {
  const options = { ...connectOptions(client, false), clientIdentifier: `over TCP ${client}` };
  const raw = await RawClient.connect(port, { connect: options });
  raw.send(...packetsOf(client));
  await raw.next();
  if (client % 2 === 0) await raw.close();
  else raw.destroy();
}

it(`leaves nothing open after ${(TCP_ROUNDS * TCP_CLIENTS).toLocaleString("en")} clients came over TCP, half of them cut off`, {
  timeout: TIMEOUT,
}, async () => {
  const subject = new Subject({ maximumSessionExpiryInterval: 0 });
  onTestFinished(() => subject.close());
  const port = await subject.listen();
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await Promise.all(Array.from({ length: TCP_CLIENTS }, (_, client) => tcpClient(port, client)));
    }
    await subject.settle(0, 0);
    subject.clearRetained();
  };
  await rounds(3);
  const before = subject.level;
  const bytesBefore = await bytesInUse();
  await rounds(TCP_ROUNDS);
  expect(subject.level).toEqual(before);
  expect((await bytesInUse()) - bytesBefore).toBeLessThan(NOISE_BYTES);
  expect(subject.errors).toEqual([]);
});
