import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Backlog } from "../../../src/transport/backlog.ts";
import { BufferPool } from "../../../src/transport/buffer-pool.ts";
import { Flusher } from "../../../src/transport/flusher.ts";
import { Outbox } from "../../../src/transport/outbox.ts";
import { FakeStream } from "../../support/fake-stream.ts";

/** More than the flusher takes to change its ways. */
const MANY = 200;

let flusher: Flusher;
let outbox: Outbox;
let writes: number;

/** A chunk whose handling adds something to the outbox. */
function chunk(): void {
  flusher.beginChunk();
  outbox.append(Buffer.from("x"));
  flusher.endChunk();
}

/** Turns of the event loop with so many chunks each. Returns in how many of them something was written before the turn's end. */
async function turns(count: number, chunks: number): Promise<number> {
  let early = 0;
  for (let turn = 0; turn < count; turn++) {
    const before = writes;
    for (let i = 0; i < chunks; i++) chunk();
    if (writes > before) early++;
    await setImmediate();
  }
  return early;
}

beforeEach(() => {
  writes = 0;
  flusher = new Flusher(60_000);
  const stream = new FakeStream({
    takes: () => {
      writes++;
      return true;
    },
  });
  outbox = new Outbox(stream, flusher, new BufferPool(new Backlog(1_000_000_000)), 1_000_000, {
    onRoom: () => {},
    onStalled: () => {},
  });
});

afterEach(() => flusher.close());

describe("the flusher", () => {
  it("writes once for all chunks of a turn", async () => {
    expect(await turns(MANY, 3)).toBe(0);
    expect(writes).toBe(MANY);
  });

  it("writes at the end of a chunk where chunks come alone", async () => {
    expect(await turns(MANY, 1)).toBeGreaterThan(MANY * 0.9);
    expect(writes).toBe(MANY);
  });

  it("goes back to one write for a turn when chunks come together again", async () => {
    await turns(MANY, 1);
    await turns(MANY, 3);
    writes = 0;
    expect(await turns(MANY, 3)).toBe(0);
    expect(writes).toBe(MANY);
  });

  it("leaves what is added outside of a chunk to the end of the turn", async () => {
    await turns(MANY, 1);
    writes = 0;
    outbox.append(Buffer.from("x"));
    chunk();
    expect(writes).toBe(0);
    await setImmediate();
    expect(writes).toBe(1);
  });
});
