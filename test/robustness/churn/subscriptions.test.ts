import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { FakeStream } from "../../support/fake-stream.ts";
import { connect, publish, subscribe, unsubscribe } from "../../support/packets.ts";
import { bytesInUse } from "../support/memory.ts";
import { Subject } from "../support/subject.ts";
import { EXTRA_ROUNDS, NOISE_BYTES } from "./size.ts";

const ROUNDS = 10 + EXTRA_ROUNDS;
const CLIENTS = 10;
const BATCHES = 100;
const FILTERS = 100;
const RETAINED = 20;

/** Filters of every kind: some that all clients share, some of one client, some that are refused. */
function filter(client: number, batch: number, number: number): string {
  switch (number % 8) {
    case 0:
      return `everybody/${batch % 10}/+/${number}`;
    case 1:
      return `$share/group ${batch % 10}/jobs/${number}`;
    case 2:
      return `$share/group ${batch}/${client}/not a # filter`;
    case 3:
      return `${client}/${batch}/a level longer than the twelve bytes that a node holds itself ${number}/#`;
    case 4:
      return `+/${client}/${batch}/+/${number}/+`;
    case 5:
      return `not a # filter ${client}`;
    default:
      return `${client}/${batch}/${number}`;
  }
}

function filters(client: number, batch: number): string[] {
  return Array.from({ length: FILTERS }, (_, number) => filter(client, batch, number));
}

function subscribeAll(streams: FakeStream[], batch: number): void {
  for (const [client, stream] of streams.entries()) {
    const subscriptions = filters(client, batch).map((each) => ({ filter: each, qos: batch % 3 }));
    stream.receive(subscribe({ subscriptions }));
    // In place of the one that is there.
    if (batch % 10 === 0) stream.receive(subscribe({ subscriptions }));
  }
}

function unsubscribeAll(streams: FakeStream[], batch: number): void {
  for (const [client, stream] of streams.entries()) {
    const all = filters(client, batch);
    stream.receive(unsubscribe({ filters: batch % 2 === 0 ? all : all.reverse() }));
  }
}

/** @param expiry seconds that the sessions of some clients stay behind */
async function round(subject: Subject, expiry: number): Promise<void> {
  const streams = Array.from({ length: CLIENTS }, (_, client) => {
    const stream = subject.open({ keeps: false });
    stream.receive(
      connect({
        clientIdentifier: `client ${client}`,
        properties: { sessionExpiryInterval: client % 2 === 0 ? expiry : 0 },
      }),
    );
    return stream;
  });
  for (let batch = 0; batch < BATCHES; batch++) {
    subscribeAll(streams, batch);
    if (batch % 10 === 0) await turn();
  }
  // What is left at the end of a round goes with the sessions.
  for (let batch = 0; batch < BATCHES - 5; batch++) {
    unsubscribeAll(streams, batch);
    if (batch % 10 === 0) await turn();
  }
  for (const stream of streams) {
    if (stream.isClosed) throw new Error("the broker closed the connection of a client that did nothing wrong");
    stream.disconnect();
  }
  await subject.settle(0, 0);
}

/** Every SUBSCRIBE starts to look for these. */
function retainSome(subject: Subject): void {
  const publisher = subject.open({ keeps: false });
  publisher.receive(connect());
  for (let i = 0; i < RETAINED; i++) {
    publisher.receive(publish({ topic: `everybody/${i % 10}/x/${8 * i}`, payload: "x", retain: true }));
  }
  publisher.disconnect();
}

it(`leaves memory and slots where they were after ${(ROUNDS * CLIENTS * BATCHES * FILTERS).toLocaleString("en")} subscriptions came and went`, {
  timeout: 120_000 * (1 + EXTRA_ROUNDS / 10),
}, async () => {
  const subject = new Subject();
  onTestFinished(() => subject.close());
  retainSome(subject);
  await round(subject, 0);
  const before = subject.level;
  const bytesBefore = await bytesInUse();
  for (let i = 0; i < ROUNDS; i++) await round(subject, i % 5 === 0 ? 1 : 0);
  expect(subject.level).toEqual(before);
  expect(before).toMatchObject({ sessions: 0, subscriptionEntries: 0, subscriptionNodes: 0, retained: RETAINED });
  expect((await bytesInUse()) - bytesBefore).toBeLessThan(NOISE_BYTES);
  expect(subject.errors).toEqual([]);
});
