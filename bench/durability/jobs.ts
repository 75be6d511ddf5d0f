import { setTimeout as wait } from "node:timers/promises";
import { Connection, type Role, type Shared, share } from "../load/connection.ts";
import { Histogram } from "../load/histogram.ts";
import { loopback } from "../load/job.ts";
import { encodeSubscribe, SUBACK } from "../load/packets.ts";
import { pooled, sum } from "../load/pooled.ts";
import { Publisher } from "../load/publisher.ts";
import { RETAINED_PAYLOAD_BYTES, Retainer } from "../load/retainer.ts";
import type { LoadScenario } from "../load/scenarios.ts";
import { Subscriber } from "../load/subscriber.ts";

/** What a generator process is to do, from beginning to end. */
export type Job =
  /** Has so many messages acknowledged that wait for the subscribers, who are offline. */
  | { readonly task: "queue"; readonly port: number; readonly scenario: LoadScenario; readonly messages: number }
  /** Brings the subscribers back, until they have so many messages. */
  | { readonly task: "replay"; readonly port: number; readonly scenario: LoadScenario; readonly messages: number }
  /** Leaves so many persistent sessions with one subscription each. */
  | { readonly task: "sessions"; readonly port: number; readonly count: number }
  /** Leaves so many retained topics. */
  | { readonly task: "retain"; readonly port: number; readonly count: number };

export interface Outcome {
  readonly seconds: number;
  readonly faults: readonly string[];
}

const POLL_MILLIS = 5;
const SESSIONS_AT_A_TIME = 256;

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await wait(POLL_MILLIS);
}

async function queue(port: number, scenario: LoadScenario, messages: number): Promise<string[]> {
  const shared = share(loopback(port), scenario.payloadBytes);
  for (let i = 0; i < scenario.subscribers; i++) {
    const subscriber = new Subscriber(shared, scenario, i, []);
    await subscriber.open();
    subscriber.close();
  }
  const publishers: Publisher[] = [];
  for (let i = 0; i < scenario.publishers; i++) {
    const place = { index: i, number: i, limit: messages / scenario.publishers };
    const publisher = new Publisher(shared, scenario, place, new Histogram());
    await publisher.open();
    publishers.push(publisher);
  }
  for (const publisher of publishers) publisher.start();
  await until(() => sum(publishers, ({ acknowledged }) => acknowledged) >= messages);
  for (const publisher of publishers) publisher.close();
  return [];
}

async function replay(port: number, scenario: LoadScenario, messages: number): Promise<string[]> {
  const shared = share(loopback(port), scenario.payloadBytes);
  const origins = Array.from({ length: scenario.publishers }, () => ({ received: () => {} }));
  const subscribers = Array.from(
    { length: scenario.subscribers },
    (_, index) => new Subscriber(shared, scenario, index, origins),
  );
  await Promise.all(subscribers.map((subscriber) => subscriber.resume()));
  await until(() => sum(subscribers, ({ received }) => received) >= messages);
  for (const subscriber of subscribers) subscriber.close();
  const outOfOrder = sum(subscribers, (subscriber) => subscriber.outOfOrder);
  return outOfOrder > 0 ? [`${outOfOrder} out of order or twice`] : [];
}

/** Connects, subscribes and is gone. */
async function leaveSession(shared: Shared, index: number): Promise<void> {
  const role: Role = {
    fill() {},
    packet(first, bytes, _body, end) {
      connection.answer(first >> 4, bytes[end - 1] ?? 0, first >> 4 === SUBACK ? 1 : 0);
    },
  };
  const connection = new Connection(shared, role);
  await connection.open(`session-${index}`, false);
  await connection.request(encodeSubscribe(1, [`session/${index}`], 1), SUBACK);
  connection.reset();
}

async function leaveSessions(port: number, count: number): Promise<string[]> {
  const shared = share(loopback(port), 0);
  await pooled(count, SESSIONS_AT_A_TIME, (index) => leaveSession(shared, index));
  return [];
}

async function retain(port: number, count: number): Promise<string[]> {
  const retainer = new Retainer(share(loopback(port), RETAINED_PAYLOAD_BYTES), count);
  await retainer.retain();
  retainer.close();
  return [];
}

function perform(job: Job): Promise<string[]> {
  switch (job.task) {
    case "queue":
      return queue(job.port, job.scenario, job.messages);
    case "replay":
      return replay(job.port, job.scenario, job.messages);
    case "sessions":
      return leaveSessions(job.port, job.count);
    case "retain":
      return retain(job.port, job.count);
  }
}

export async function run(job: Job): Promise<Outcome> {
  const begun = performance.now();
  const faults = await perform(job);
  return { seconds: (performance.now() - begun) / 1000, faults };
}
