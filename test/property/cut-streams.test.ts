import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ClientLimits } from "../../src/index.ts";
import { mutatedStream } from "../robustness/fuzz/mutate.ts";
import { randomChunks, randomStream } from "../robustness/support/packet-streams.ts";
import { Random } from "../robustness/support/random.ts";
import { Subject } from "../robustness/support/subject.ts";
import { FakeStream } from "../support/fake-stream.ts";
import { connect, pingreq, publish, subscribe } from "../support/packets.ts";

const ASSIGNED = /auto-[0-9a-f-]{36}/g;
const seed = fc.integer();
const RUNS = 300;

interface Outcome {
  readonly sent: string;
  readonly isClosed: boolean;
}

/** A stream of one connection to a broker of its own; what every run draws at random is made the same. */
async function outcome(
  broker: Subject,
  stream: FakeStream,
  chunks: Buffer[],
  turns: boolean,
  passTime: () => void,
): Promise<Outcome> {
  broker.broker.accept(stream);
  for (const chunk of chunks) {
    stream.receive(chunk);
    if (turns) await turn();
  }
  for (let i = 0; i < 20; i++) {
    await turn();
    passTime();
    stream.drain();
  }
  const sent = stream.sent.toString("latin1").replaceAll(ASSIGNED, "assigned");
  const { isClosed } = stream;
  stream.disconnect();
  await stream.closed;
  broker.clearRetained();
  return { sent, isClosed };
}

/**
 * Two brokers that get the same connections, so that what one leaves behind is there for both.
 * @param options.pace of the second one's clients
 * @returns how often they were paused
 */
async function sameAnswers(
  inputs: (random: Random) => Buffer,
  cut: (random: Random, bytes: Buffer) => Buffer[],
  options: { turns?: boolean; takes?: (random: Random) => boolean; pace?: ClientLimits; passTime?: () => void } = {},
): Promise<number> {
  const { takes, turns = false, pace = {}, passTime = () => {} } = options;
  const [whole, pieces] = [
    new Subject({ maximumSessionExpiryInterval: 0 }),
    new Subject({ maximumSessionExpiryInterval: 0 }, { clientLimits: [pace] }),
  ];
  onTestFinished(async () => {
    await whole.close();
    await pieces.close();
  });
  await fc.assert(
    fc.asyncProperty(seed, async (start) => {
      const random = new Random(start);
      const bytes = inputs(random);
      const other = new FakeStream(takes && { takes: () => takes(random) });
      const expected = await outcome(whole, new FakeStream(), [bytes], false, () => {});
      const actual = await outcome(pieces, other, cut(random, bytes), turns, passTime);
      expect(actual).toEqual(expected);
      expect([...whole.errors, ...pieces.errors]).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  return pieces.broker.statistics.clientsPaused;
}

const everyByte = (_random: Random, bytes: Buffer) => Array.from(bytes, (byte) => Buffer.from([byte]));
const valid = (random: Random) => Buffer.concat(randomStream(random));

describe("however its bytes are cut, a connection gets the same answers", () => {
  beforeAll(() => {
    // Message expiry counts seconds: none passes between the two runs.
    vi.useFakeTimers({ toFake: ["Date"] });
    return () => vi.useRealTimers();
  });

  it("for valid packets of all versions, in random chunks", () => sameAnswers(valid, randomChunks));

  it("for valid packets of all versions, byte by byte", () => sameAnswers(valid, everyByte));

  it("for packets with mistakes in them, in random chunks", () => sameAnswers(mutatedStream, randomChunks));

  it("for packets with mistakes in them, byte by byte", () => sameAnswers(mutatedStream, everyByte));

  it("when the client takes the answers slowly", () =>
    sameAnswers(valid, randomChunks, { takes: (random) => random.oneIn(2) }));

  it("when a turn of the event loop passes behind each chunk", () => {
    const large = (random: Random) =>
      Buffer.concat([
        connect({ clientIdentifier: "large" }),
        subscribe({ subscriptions: [{ filter: "#", qos: 2 }] }),
        ...Array.from({ length: 5 }, (_, i) =>
          publish({ topic: "a/b", payload: random.bytes(random.below(20_000)), qos: i % 3, packetIdentifier: i + 1 }),
        ),
        pingreq(),
      ]);
    const chunks = (random: Random, bytes: Buffer) => {
      const cuts = Array.from({ length: 6 }, () => random.below(bytes.length)).sort((a, b) => a - b);
      return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
    };
    return sameAnswers(large, chunks, { turns: true });
  });
});

describe("however little of it may be handled at a time, a connection gets the same answers", () => {
  it.each<[string, ClientLimits]>([
    ["messages", { messageRate: 100, messageBurst: 1 }],
    ["bytes", { byteRate: 100_000, byteBurst: 20 }],
  ])("when it may send few %s in a second", async (_, pace) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    // Less in all than any keep alive.
    const paused = await sameAnswers(valid, randomChunks, { pace, passTime: () => vi.advanceTimersByTime(60) });
    expect(paused).toBeGreaterThan(0);
  });
});
