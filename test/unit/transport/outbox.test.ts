import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BufferPool } from "../../../src/transport/buffer-pool.ts";
import { Flusher } from "../../../src/transport/flusher.ts";
import { Outbox } from "../../../src/transport/outbox.ts";
import { FakeStream } from "../../support/fake-stream.ts";

const STALL_TIMEOUT = 8_000;
const LIMIT = 1_000_000;

describe("an outbox whose client does not take what waits", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function blocked(): { stream: FakeStream; stalls: () => number } {
    const stream = new FakeStream({ takes: () => false });
    const listener = { onRoom: vi.fn(), onStalled: vi.fn() };
    const outbox = new Outbox(stream, new Flusher(STALL_TIMEOUT), new BufferPool(), LIMIT, listener);
    stream.attach({ onChunk() {}, onEnd() {}, onClose() {}, onDrain: () => outbox.onDrain() });
    outbox.append(Buffer.alloc(100_000));
    vi.advanceTimersByTime(1);
    return { stream, stalls: () => listener.onStalled.mock.calls.length };
  }

  it("is reported when nothing at all is taken for the stall timeout", () => {
    const { stalls } = blocked();
    vi.advanceTimersByTime(STALL_TIMEOUT - 2_000);
    expect(stalls()).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(stalls()).toBeGreaterThan(0);
  });

  it("is not reported while it is only slow", () => {
    const { stream, stalls } = blocked();
    for (let second = 0; second < 60; second++) {
      stream.pendingBytes -= 100;
      vi.advanceTimersByTime(1_000);
    }
    expect(stalls()).toBe(0);
  });

  it("is not reported once it has drained", () => {
    const { stream, stalls } = blocked();
    stream.drain();
    vi.advanceTimersByTime(10 * STALL_TIMEOUT);
    expect(stalls()).toBe(0);
  });
});
