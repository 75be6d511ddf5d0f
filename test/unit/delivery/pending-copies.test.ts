import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { EncodedPublish } from "../../../src/delivery/encoded-publish.ts";
import { PendingCopies } from "../../../src/delivery/pending-copies.ts";
import { Backlog } from "../../../src/transport/backlog.ts";
import { BufferPool } from "../../../src/transport/buffer-pool.ts";
import { Flusher } from "../../../src/transport/flusher.ts";
import { Outbox } from "../../../src/transport/outbox.ts";
import { FakeStream } from "../../support/fake-stream.ts";

const CHUNK_BYTES = 131_072;
const OUTBOXES = 3;
/** Where the packet identifier stands in a packet. */
const IDENTIFIER_OFFSET = 5;

/** An outbox, and what it should hold. */
class Target {
  readonly stream = new FakeStream();
  readonly expected: Buffer[] = [];
  readonly outbox: Outbox;

  constructor() {
    const pool = new BufferPool(new Backlog(1_000_000_000));
    const listener = { onRoom: vi.fn(), onStalled: vi.fn() };
    this.outbox = new Outbox(this.stream, new Flusher(60_000), pool, 1_000_000_000, listener);
  }

  append(bytes: Buffer): void {
    this.outbox.append(bytes);
    this.expected.push(bytes);
  }

  expectAll(): void {
    this.outbox.flush();
    expect(this.stream.sent.equals(Buffer.concat(this.expected))).toBe(true);
  }
}

/** The chunk that is being handled, and what is put off of it. */
class Subject {
  readonly copies = new PendingCopies();
  readonly targets = Array.from({ length: OUTBOXES }, () => new Target());
  #chunk = newChunk();
  /** Behind the packet that was put last. */
  #end = 0;

  /** Puts a packet from behind the last one of the chunk, or with a gap between. */
  put(number: number, length: number, gap: number, identifier: number): void {
    const start = this.#end + gap;
    if (start + length > CHUNK_BYTES) this.takeNextChunk();
    else this.#put(this.targetAt(number), start, length, identifier);
  }

  /** The memory of a chunk is used again. */
  takeNextChunk(): void {
    this.copies.settle();
    this.#chunk.fill(0);
    this.#chunk = newChunk();
    this.#end = 0;
  }

  targetAt(number: number): Target {
    return this.targets[number] ?? expect.fail();
  }

  #put({ outbox, expected }: Target, start: number, length: number, identifier: number): void {
    const encoded = Object.assign(new EncodedPublish(), { buffer: this.#chunk, start, length });
    encoded.packetIdentifierOffset = identifier === 0 ? 0 : IDENTIFIER_OFFSET;
    this.copies.put(outbox, outbox.reserve(length), encoded, identifier);
    this.#end = start + length;
    const packet = Buffer.from(this.#chunk.subarray(start, this.#end));
    if (identifier !== 0) packet.writeUInt16BE(identifier, IDENTIFIER_OFFSET);
    expected.push(packet);
  }
}

const PATTERN = Buffer.from(Uint8Array.from({ length: 2 * CHUNK_BYTES }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
let chunks = 0;

function newChunk(): Buffer {
  const from = chunks++ % CHUNK_BYTES;
  return Buffer.from(PATTERN.subarray(from, from + CHUNK_BYTES));
}

const number = fc.nat(OUTBOXES - 1);
const length = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 7, max: 100 }) },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 60_000 }) },
);
const gap = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) });
const identifier = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 65_535 }));

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ does: fc.constant("put" as const), number, length, gap, identifier, times: fc.nat(40) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("append" as const), number, length }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("flush" as const), number }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("take the next chunk" as const) }) },
);

it("have outboxes hold what was put, in order, whatever leaves meanwhile", () => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const subject = new Subject();
    for (const given of steps) {
      if (given.does === "put") {
        const { number, length, gap, identifier, times } = given;
        for (let i = 0; i < times; i++) subject.put(number, length, gap, identifier);
      }
      if (given.does === "append") subject.targetAt(given.number).append(Buffer.alloc(given.length, "a"));
      if (given.does === "flush") subject.targetAt(given.number).outbox.flush();
      if (given.does === "take the next chunk") subject.takeNextChunk();
    }
    for (const target of subject.targets) target.expectAll();
  });
  fc.assert(property, { numRuns: 200 });
});

it("are bounded: more than there is room for are copied before the chunk is over", () => {
  const subject = new Subject();
  for (let i = 0; i < 10_000; i++) subject.put(i % 2, 8, 0, 1 + i);
  for (const target of subject.targets) target.expectAll();
});

it("are not written into memory that a closed outbox has given back", () => {
  const subject = new Subject();
  const { outbox } = subject.targetAt(0);
  subject.put(0, 100, 0, 7);
  const { buffer } = outbox;
  outbox.close();
  buffer.fill(0);
  subject.put(1, 100, 0, 8);
  subject.copies.settle();
  expect(buffer.every((byte) => byte === 0)).toBe(true);
  subject.targetAt(1).expectAll();
});

it("that are held back can be forgotten", () => {
  const subject = new Subject();
  const { outbox, expected } = subject.targetAt(0);
  subject.put(0, 50, 0, 1);
  outbox.hold(1);
  subject.put(0, 50, 0, 2);
  outbox.discardHeld();
  expected.pop();
  subject.targetAt(0).append(Buffer.from("instead"));
  subject.copies.settle();
  subject.targetAt(0).expectAll();
});
