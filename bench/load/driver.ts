import { setTimeout as wait } from "node:timers/promises";
import type { Shared } from "./connection.ts";
import { Histogram } from "./histogram.ts";
import { cpuSeconds, writtenBytes } from "./proc-stats.ts";
import { Publisher } from "./publisher.ts";
import { receiversPerMessage, type Scenario } from "./scenarios.ts";
import { Subscriber } from "./subscriber.ts";
import { Turn } from "./turn.ts";

/** What the generator process is started with. */
export interface Job {
  readonly scenario: Scenario;
  readonly port: number;
  readonly brokerPid: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** The longest wait for what is still under way at the end. */
  readonly drainSeconds: number;
}

/** What was measured in the window, and over the whole run what the broker got wrong. */
export interface Measurement {
  readonly seconds: number;
  /** Messages that subscribers received: one published to 200 of them counts 200 times. */
  readonly delivered: number;
  /** Messages that the broker acknowledged to publishers; 0 at QoS 0. */
  readonly acknowledged: number;
  readonly brokerCpuSeconds: number;
  readonly generatorCpuSeconds: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
  readonly brokerWrittenBytes: number;
  readonly faults: readonly string[];
}

interface Clients {
  readonly publishers: readonly Publisher[];
  readonly subscribers: readonly Subscriber[];
}

const READ_BUFFER_BYTES = 262_144;
/** Beside the payload: fixed header, topic name, packet identifier. */
const PACKET_OVERHEAD_BYTES = 64;
const DRAIN_POLL_MILLIS = 10;

/** What the connections of one process share. */
export function share(port: number, payloadBytes: number): Shared {
  return {
    port,
    turn: new Turn(),
    readBuffer: Buffer.alloc(READ_BUFFER_BYTES),
    maximumPacketBytes: payloadBytes + PACKET_OVERHEAD_BYTES,
  };
}

async function connectAll(job: Job, latencies: Histogram): Promise<Clients> {
  const { scenario, port } = job;
  const shared = share(port, scenario.payloadBytes);
  const publishers: Publisher[] = [];
  const subscribers: Subscriber[] = [];
  for (let i = 0; i < scenario.publishers; i++) {
    const publisher = new Publisher(shared, scenario, i, latencies);
    await publisher.open();
    publishers.push(publisher);
  }
  for (let i = 0; i < scenario.subscribers; i++) {
    const subscriber = new Subscriber(shared, scenario, i, publishers);
    await subscriber.open();
    if (scenario.sessions === "offline") subscriber.close();
    else subscribers.push(subscriber);
  }
  return { publishers, subscribers };
}

export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function snapshot(job: Job, { publishers, subscribers }: Clients) {
  const own = process.cpuUsage();
  return {
    at: performance.now() / 1000,
    delivered: sum(subscribers, (subscriber) => subscriber.received),
    acknowledged: sum(publishers, (publisher) => publisher.acknowledged),
    brokerWritten: writtenBytes(job.brokerPid),
    brokerCpu: cpuSeconds(job.brokerPid),
    generatorCpu: (own.user + own.system) / 1e6,
  };
}

/** Sends nothing more, and waits until all is delivered and acknowledged, but not for ever. */
async function drain(job: Job, { publishers, subscribers }: Clients): Promise<string[]> {
  for (const publisher of publishers) publisher.stop();
  const unacknowledged = () => sum(publishers, (publisher) => publisher.unacknowledged);
  const lost = () => {
    const due = sum(publishers, (publisher) => publisher.sent) * receiversPerMessage(job.scenario);
    return due - sum(subscribers, (subscriber) => subscriber.received);
  };
  const deadline = performance.now() + job.drainSeconds * 1000;
  while (performance.now() < deadline && (lost() > 0 || unacknowledged() > 0)) await wait(DRAIN_POLL_MILLIS);
  const counts: [number, string][] = [
    [lost(), "not delivered"],
    [sum(subscribers, (subscriber) => subscriber.outOfOrder), "out of order or twice"],
    [unacknowledged(), "not acknowledged"],
  ];
  return counts.filter(([count]) => count !== 0).map(([count, what]) => `${count} ${what}`);
}

export async function runLoad(job: Job): Promise<Measurement> {
  const latencies = new Histogram();
  const clients = await connectAll(job, latencies);
  for (const publisher of clients.publishers) publisher.start();
  await wait(job.warmupSeconds * 1000);

  latencies.reset();
  const before = snapshot(job, clients);
  await wait(job.seconds * 1000);
  const after = snapshot(job, clients);
  const p50Micros = latencies.percentile(0.5);
  const p99Micros = latencies.percentile(0.99);
  const p999Micros = latencies.percentile(0.999);

  const faults = await drain(job, clients);
  for (const client of [...clients.publishers, ...clients.subscribers]) client.close();
  return {
    seconds: after.at - before.at,
    delivered: after.delivered - before.delivered,
    acknowledged: after.acknowledged - before.acknowledged,
    brokerCpuSeconds: after.brokerCpu - before.brokerCpu,
    generatorCpuSeconds: after.generatorCpu - before.generatorCpu,
    p50Micros,
    p99Micros,
    p999Micros,
    brokerWrittenBytes: after.brokerWritten - before.brokerWritten,
    faults,
  };
}
