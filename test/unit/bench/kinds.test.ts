import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { Framer } from "../../../bench/load/framer.ts";
import { type Job, loopback } from "../../../bench/load/job.ts";
import { kindOf, runJob } from "../../../bench/load/kinds/all.ts";
import type { Scenario } from "../../../bench/load/scenarios.ts";

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const PACKET_BYTES_MAX = 8_192;
const ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const REFUSED = Buffer.from([0x20, 2, 0, 3]);

/** Answers a packet, by its type and body; what is empty is not sent. */
type Answer = (type: number, body: Buffer) => Buffer;

function serve(socket: Socket, answer: Answer): void {
  const packet = (first: number, bytes: Buffer, body: number, end: number) => {
    const reply = answer(first >> 4, Buffer.from(bytes.subarray(body, end)));
    if (reply.length > 0) socket.write(reply);
  };
  const framer = new Framer({ packet }, PACKET_BYTES_MAX);
  socket.on("data", (chunk: Buffer) => framer.feed(chunk, chunk.length));
  socket.on("error", () => socket.destroy());
}

/** Runs a scenario on a broker that answers as it is told. */
async function run<S extends Scenario>(scenario: S, answer: Answer) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    serve(socket, answer);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const times = { warmupSeconds: 0, seconds: 0.2, drainSeconds: 0.3 };
  const job: Job<S> = { scenario, target: loopback(address.port), ...times, generators: 1, cleanUp: false };
  return runJob(job);
}

/** SUBACK with a return code for each filter. */
function suback(body: Buffer, codeOf: (index: number) => number): Buffer {
  const codes: number[] = [];
  for (let at = 2; at < body.length; at += 3 + body.readUInt16BE(at)) codes.push(codeOf(codes.length));
  return Buffer.from([0x90, 2 + codes.length, ...body.subarray(0, 2), ...codes]);
}

/** The retained message of a topic number, as many times. */
function retained(number: number, copies = 1): Buffer {
  const topic = `retained/${number}`;
  const packet = Buffer.concat([Buffer.from([0x31, topic.length + 3, 0, topic.length]), Buffer.from(`${topic}x`)]);
  return Buffer.concat(Array.from({ length: copies }, () => packet));
}

describe("a kind of scenario that is not messages for a time", () => {
  const subscriptions = { kind: "subscriptions", id: "s", title: "s", count: 250 } as const;
  const connections = { kind: "connections", id: "c", title: "c", count: 30 } as const;
  const storm = { kind: "storm", id: "storm", title: "storm", atATime: 4 } as const;
  const ten = { kind: "retained", id: "r", title: "r", count: 10 } as const;

  test("counts subscriptions that were taken, and tells of those that were not", async () => {
    const answer = (code: number): Answer => {
      return (type, body) => (type === CONNECT ? ACCEPTED : suback(body, (index) => (index === 7 ? code : 0)));
    };
    const [well, badly] = [await run(subscriptions, answer(0)), await run(subscriptions, answer(0x80))];
    expect(well.faults).toEqual([]);
    expect(well.figures.count).toBe(250);
    expect(well.figures.perSecond).toBeGreaterThan(0);
    expect(badly.faults).toEqual(["3 refused"]);
  });

  test("has all connections open at once", async () => {
    let connects = 0;
    const { figures, faults } = await run(connections, () => {
      connects++;
      return ACCEPTED;
    });
    expect([connects, figures.count, faults]).toEqual([30, 30, []]);
  });

  test("has no figures where a connection is refused", async () => {
    await expect(run(connections, () => REFUSED)).rejects.toThrow("it is not available");
  });

  test("counts connections of a storm, and tells why others were refused", async () => {
    let connects = 0;
    const { figures, faults } = await run(storm, () => (++connects === 20 ? REFUSED : ACCEPTED));
    expect(figures.count).toBeGreaterThan(10);
    expect(figures.p50Micros).toBeGreaterThan(0);
    expect(faults).toEqual(["1 not connected (the broker refused a client: it is not available)"]);
  });

  test("has an end for a storm that a broker does not answer", async () => {
    const { faults } = await run(storm, () => Buffer.alloc(0));
    expect(faults).toEqual(["1 not connected (no answer)"]);
  });

  test("has time to take back what was retained, where nothing is to be left", () => {
    const seconds = (count: number, cleanUp: boolean) => kindOf(ten).limitSeconds({ ...ten, count }, cleanUp);
    expect(seconds(1_000_000, true)).toBe(seconds(2_000_000, false));
  });

  test("tells which retained messages came, and those that came twice", async () => {
    const answer: Answer = (type, body) => {
      if (type === CONNECT) return ACCEPTED;
      const topicEnd = 2 + body.readUInt16BE(0);
      if (type === PUBLISH) return Buffer.from([0x40, 2, ...body.subarray(topicEnd, topicEnd + 2)]);
      const messages = Array.from({ length: 10 }, (_, number) => retained(number, number === 3 ? 2 : 1));
      return type === SUBSCRIBE ? Buffer.concat([suback(body, () => 0), ...messages]) : Buffer.alloc(0);
    };
    const { figures, faults } = await run(ten, answer);
    expect(faults).toEqual(["1 delivered twice"]);
    expect(figures.count).toBe(10);
    expect(figures.storedPerSecond).toBeGreaterThan(0);
    expect(figures.firstMillis).toBeGreaterThanOrEqual(0);
  });
});
