import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ClientLimits } from "../../src/index.ts";
import { BufferPool } from "../../src/transport/buffer-pool.ts";
import { mutatedStream } from "../robustness/fuzz/mutate.ts";
import { randomChunks, randomStream } from "../robustness/support/packet-streams.ts";
import { Random } from "../robustness/support/random.ts";
import { Subject } from "../robustness/support/subject.ts";
import { FakeStream } from "../support/fake-stream.ts";
import { connect, pingreq, publish, subscribe } from "../support/packets.ts";

const ASSIGNED = /auto-[0-9a-f-]{36}/g;
const seed = fc.integer();
const RUNS = 300;
const SCRIBBLE = 0x5a;
/** Room for the header of a packet of 1 MiB. */
const LARGEST = 1_048_500;

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
  options: {
    turns?: boolean;
    takes?: (random: Random) => boolean;
    pace?: ClientLimits;
    passTime?: () => void;
    runs?: number;
  } = {},
): Promise<number> {
  const { takes, turns = false, pace = {}, passTime = () => {}, runs = RUNS } = options;
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
    { numRuns: runs },
  );
  return pieces.broker.statistics.clientsPaused;
}

const everyByte = (_random: Random, bytes: Buffer) => Array.from(bytes, (byte) => Buffer.from([byte]));
const valid = (random: Random) => Buffer.concat(randomStream(random));

/** Whoever looks at a buffer that was given back sees that. */
function scribbleOverWhatIsGivenBack(): void {
  const { give } = BufferPool.prototype;
  vi.spyOn(BufferPool.prototype, "give").mockImplementation(function (this: BufferPool, buffer) {
    buffer.fill(SCRIBBLE);
    give.call(this, buffer);
  });
}

describe("however its bytes are cut, a connection gets the same answers", () => {
  beforeAll(() => {
    scribbleOverWhatIsGivenBack();
    // Message expiry counts seconds: none passes between the two runs.
    vi.useFakeTimers({ toFake: ["Date"] });
    return () => {
      vi.useRealTimers();
      vi.restoreAllMocks();
    };
  });

  it("for valid packets of all versions, in random chunks", () => sameAnswers(valid, randomChunks));

  it("for valid packets of all versions, byte by byte", () => sameAnswers(valid, everyByte));

  it("for packets with mistakes in them, in random chunks", () => sameAnswers(mutatedStream, randomChunks));

  it("for packets with mistakes in them, byte by byte", () => sameAnswers(mutatedStream, everyByte));

  it("when the client takes the answers slowly", () =>
    sameAnswers(valid, randomChunks, { takes: (random) => random.oneIn(2) }));

  it("when a turn of the event loop passes behind each chunk", () =>
    sameAnswers((random) => messages(random, 20_000), randomCuts, { turns: true }));

  it("for messages of up to 1 MiB", () =>
    sameAnswers((random) => messages(random, random.pick([1, 4_096, 70_000, 300_000, LARGEST])), randomCuts, {
      turns: true,
      runs: 60,
    }));

  it("for messages of up to 1 MiB that the client takes slowly", () =>
    sameAnswers((random) => messages(random, random.pick([70_000, 300_000])), randomCuts, {
      turns: true,
      runs: 60,
      takes: (random) => random.oneIn(2),
    }));
});

/** Sent to the one that sends them, at each QoS. */
function messages(random: Random, largest: number): Buffer {
  const packets = Array.from({ length: 5 }, (_, i) =>
    publish({
      topic: "a/b",
      payload: Buffer.alloc(random.below(largest), random.bytes(61)),
      qos: i % 3,
      packetIdentifier: i + 1,
    }),
  );
  const subscription = subscribe({ subscriptions: [{ filter: "#", qos: 2 }] });
  return Buffer.concat([connect({ clientIdentifier: "large" }), subscription, ...packets, pingreq()]);
}

function randomCuts(random: Random, bytes: Buffer): Buffer[] {
  const cuts = Array.from({ length: 6 }, () => random.below(bytes.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

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
