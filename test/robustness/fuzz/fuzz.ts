import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { AuthenticationMethod } from "../../../src/security/enhanced.ts";
import { RawWebSocket } from "../../support/raw-websocket.ts";
import { bytesInUse } from "../support/memory.ts";
import { randomChunks } from "../support/packet-streams.ts";
import { Random } from "../support/random.ts";
import { SteadyPair } from "../support/steady-pair.ts";
import { type Level, Subject } from "../support/subject.ts";
import { mutatedStream } from "./mutate.ts";

/** Clients at a time. */
const ROUND = 64;
/** One round in so many goes over TCP, and another one over WebSocket. */
const NETWORK_EVERY = 20;
const WARM_UP_ROUNDS = 40;
/** How the bytes of an input are cut is drawn apart from the input, so that a replay may cut anew. */
const CUT_SEED = 0x5eed;

/** Asks for one more step, and lets a turn pass for each. */
const TOY_METHOD: AuthenticationMethod = {
  name: "toy",
  begin() {
    let steps = 0;
    return {
      async step() {
        await turn();
        return steps++ === 0 ? { status: "continue" } : { status: "success" };
      },
    };
  },
};

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  /** First input; a failure names it. Default 0. */
  readonly from?: number;
}

export interface FuzzResult {
  readonly before: Level;
  readonly after: Level;
  /** Bytes of the process, the WebAssembly memory included. */
  readonly growth: number;
}

/** Sends mutated packet streams to one broker, many clients at a time; throws, with what repeats it, when something goes wrong. */
export async function fuzz({ inputs, seed, from = 0 }: FuzzOptions): Promise<FuzzResult> {
  const subject = createSubject();
  const run = new FuzzRun(subject, await subject.listen("mqtt"), await subject.listen("ws"), seed);
  const pair = await SteadyPair.connect(run.tcpPort);
  try {
    await run.rounds(pair, -WARM_UP_ROUNDS * ROUND, 0);
    const before = await settled(subject);
    const bytesBefore = await bytesInUse();
    await run.rounds(pair, from, from + inputs);
    const after = await settled(subject);
    const growth = (await bytesInUse()) - bytesBefore;
    await pair.close();
    return { before, after, growth };
  } finally {
    await subject.close();
  }
}

function createSubject(): Subject {
  const limits = { maximumSessionExpiryInterval: 1, maximumRetainedMessages: 200, maximumQueuedMessages: 100 };
  return new Subject(limits, {
    authenticationMethods: [TOY_METHOD],
    access: { authenticate: ({ username }) => (username === "slow" ? turn(0) : 0) },
  });
}

/** What the broker holds when all but the pair have gone, and what they left has run out. */
async function settled(subject: Subject): Promise<Level> {
  await subject.settle(2, 2);
  subject.clearRetained();
  return subject.level;
}

class FuzzRun {
  readonly tcpPort: number;
  readonly #webSocketPort: number;
  readonly #subject: Subject;
  readonly #seed: number;

  constructor(subject: Subject, tcpPort: number, webSocketPort: number, seed: number) {
    this.#subject = subject;
    this.tcpPort = tcpPort;
    this.#webSocketPort = webSocketPort;
    this.#seed = seed;
  }

  async rounds(pair: SteadyPair, from: number, to: number): Promise<void> {
    for (let index = from; index < to; index += ROUND) {
      const last = Math.min(index + ROUND, to);
      const [sent, exchanged] = await Promise.allSettled([this.#send(index, last), pair.exchange()]);
      for (const outcome of [sent, exchanged]) {
        if (outcome.status === "rejected") this.#fail(index, last, String(outcome.reason));
      }
      if (this.#subject.errors.length > 0) this.#fail(index, last, this.#subject.errors.join("\n"));
    }
  }

  async #send(from: number, to: number): Promise<void> {
    const way = Math.abs(Math.floor(from / ROUND)) % NETWORK_EVERY;
    if (way > 1) return this.#inProcess(from, to);
    const send = way === 0 ? sendOverTcp : sendOverWebSocket;
    const port = way === 0 ? this.tcpPort : this.#webSocketPort;
    await Promise.all(range(from, to).map((index) => send(port, this.#chunks(index))));
  }

  /** The clients take turns, a chunk each. */
  async #inProcess(from: number, to: number): Promise<void> {
    const clients = range(from, to).map((index) => ({
      // From a trusted address: of others the broker remembers, up to a limit, who came in from where.
      stream: this.#subject.open({ name: "127.0.0.1", keeps: false }),
      chunks: this.#chunks(index),
    }));
    for (let step = 0; clients.some(({ chunks }) => step < chunks.length); step++) {
      for (const { stream, chunks } of clients) {
        const chunk = chunks[step];
        if (chunk !== undefined) stream.receive(chunk);
      }
      if (step % 16 === 0) await turn();
    }
    for (const { stream } of clients) stream.disconnect();
    await Promise.all(clients.map(({ stream }) => stream.closed));
  }

  #chunks(index: number): Buffer[] {
    return randomChunks(Random.of(this.#seed ^ CUT_SEED, index), this.#input(index));
  }

  #input(index: number): Buffer {
    return mutatedStream(Random.of(this.#seed, index));
  }

  #fail(from: number, to: number, why: string): never {
    const inputs = range(from, to).map((index) => `input ${index}: ${this.#input(index).toString("hex")}`);
    const replay = `npm run test:fuzz -- --seed ${this.#seed} --from ${from} --inputs ${to - from}`;
    throw new Error(`${why}\n\nwhile these were handled (again by: ${replay})\n${inputs.join("\n")}`);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, offset) => from + offset);
}

/** Writes the chunks one by one, ends, and resolves when the connection is closed. */
async function sendOverTcp(port: number, chunks: Buffer[]): Promise<void> {
  await sendAll(connectSocket({ port, host: "127.0.0.1", noDelay: true }), chunks);
}

/** The same, each chunk in a frame. */
async function sendOverWebSocket(port: number, chunks: Buffer[]): Promise<void> {
  await sendAll(await RawWebSocket.connect(port), chunks);
}

async function sendAll(stream: Duplex, chunks: Buffer[]): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    const why = "a connection that its client has ended was not closed within 10 seconds";
    const timer = setTimeout(() => reject(new Error(why)), 10_000);
    stream.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  // A reset by the broker is one way of being closed.
  stream.on("error", () => {});
  stream.resume();
  for (const chunk of chunks) {
    if (stream.destroyed) break;
    await new Promise<void>((resolve) => {
      stream.write(chunk, () => resolve());
    });
  }
  if (stream instanceof RawWebSocket) stream.destroy();
  else stream.end();
  await closed;
}
