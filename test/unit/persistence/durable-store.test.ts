import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LIMIT_DEFAULTS } from "../../../src/config/limits.ts";
import type { Receiver } from "../../../src/delivery/receiver.ts";
import { silentLog } from "../../../src/observability/log.ts";
import { Statistics } from "../../../src/observability/statistics.ts";
import type { Batch } from "../../../src/persistence/disk/batch.ts";
import type { Disk } from "../../../src/persistence/disk/disk.ts";
import { DurableStore } from "../../../src/persistence/durable-store.ts";
import { Backlog } from "../../../src/transport/backlog.ts";
import { BufferPool } from "../../../src/transport/buffer-pool.ts";
import { Flusher } from "../../../src/transport/flusher.ts";
import { Outbox } from "../../../src/transport/outbox.ts";
import { FakeStream } from "../../support/fake-stream.ts";

/** Takes batches, and answers when it is told to. */
class HeldDisk implements Disk {
  readonly repaired = undefined;
  underWay = 0;
  mostUnderWay = 0;
  #answer: () => void = () => {};

  write(batch: Batch): Promise<void> {
    const bytes = batch.take();
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    return new Promise((resolve) => {
      this.#answer = () => {
        this.underWay--;
        batch.restore(bytes, 0);
        resolve();
      };
    });
  }

  async answer(): Promise<void> {
    this.#answer();
    await vi.advanceTimersByTimeAsync(1);
  }

  fetch(): Promise<never[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function receiverOf(onKept: () => void): Receiver {
  const stream = new FakeStream();
  const outbox = new Outbox(stream, new Flusher(60_000), new BufferPool(new Backlog(1_000_000_000)), 1_000_000, {
    onRoom() {},
    onStalled() {},
  });
  return {
    listener: {},
    outbox,
    version: 5,
    receiveMaximum: 10,
    maximumPacketSize: 1_000,
    limits: LIMIT_DEFAULTS,
    aliases: undefined,
    rights: undefined,
    durability: "fsync",
    onKept,
    onNotKept() {},
    close() {},
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("has one group under way at a time, also where being told of one changes something", async () => {
  const disk = new HeldDisk();
  const store = new DurableStore(silentLog(), new Statistics());
  store.start(disk);
  store.putReceived(1, 1);
  store.awaitGroup(receiverOf(() => store.putReceived(1, 2)));
  await vi.advanceTimersByTimeAsync(5);
  expect(disk.underWay).toBe(1);
  await disk.answer();
  await vi.advanceTimersByTimeAsync(25);
  store.putReceived(2, 1);
  store.hold(receiverOf(() => {}));
  await vi.advanceTimersByTimeAsync(200);
  expect(disk.mostUnderWay).toBe(1);
  await disk.answer();
  await vi.advanceTimersByTimeAsync(200);
  expect(disk.underWay).toBe(0);
});
