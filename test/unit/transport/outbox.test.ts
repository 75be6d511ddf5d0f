import { setImmediate as turnEnd } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backlog } from "../../../src/transport/backlog.ts";
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

  function blocked(): { stream: FakeStream; outbox: Outbox; stalls: () => number } {
    const stream = new FakeStream({ takes: () => false });
    const listener = { onRoom: vi.fn(), onStalled: vi.fn() };
    const outbox = new Outbox(
      stream,
      new Flusher(STALL_TIMEOUT),
      new BufferPool(new Backlog(1_000_000_000)),
      LIMIT,
      listener,
    );
    stream.attach({ onChunk() {}, onEnd() {}, onClose() {}, onDrain: () => outbox.onDrain() });
    outbox.append(Buffer.alloc(100_000));
    vi.advanceTimersByTime(1);
    return { stream, outbox, stalls: () => listener.onStalled.mock.calls.length };
  }

  it("counts as waiting until the stream has let go of it", () => {
    const { stream, outbox } = blocked();
    expect(outbox.bytes).toBe(100_000);
    outbox.append(Buffer.alloc(10));
    expect(outbox.bytes).toBe(100_010);
    stream.drain();
    expect(outbox.bytes).toBe(10);
  });

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

describe("bytes that are held back", () => {
  /** Sends what may leave; the flusher does it at the end of a turn. */
  function open() {
    const stream = new FakeStream();
    const listener = { onRoom: vi.fn(), onStalled: vi.fn() };
    const outbox = new Outbox(
      stream,
      new Flusher(STALL_TIMEOUT),
      new BufferPool(new Backlog(1_000_000_000)),
      LIMIT,
      listener,
    );
    const leave = (): string => {
      outbox.flush();
      return stream.take().toString();
    };
    return { stream, outbox, leave, listener };
  }

  it("wait until their group is released, and what came before leaves", () => {
    const { outbox, leave } = open();
    outbox.append(Buffer.from("a"));
    expect(outbox.hold(1)).toBe(true);
    outbox.append(Buffer.from("b"));
    expect(leave()).toBe("a");
    outbox.append(Buffer.from("c"));
    expect(leave()).toBe("");
    expect(outbox.bytes).toBe(2);
    outbox.release(1);
    expect(leave()).toBe("bc");
  });

  it("wait also where a large packet leaves at once, with what came before it", () => {
    const { stream, outbox } = open();
    outbox.append(Buffer.from("a"));
    outbox.append(Buffer.alloc(65_536));
    outbox.onLarge();
    expect(stream.sentBytes).toBe(65_537);
    outbox.hold(1);
    outbox.append(Buffer.alloc(65_536));
    outbox.onLarge();
    expect(stream.sentBytes).toBe(65_537);
  });

  it("of the next group wait for that one", () => {
    const { outbox, leave } = open();
    outbox.hold(7);
    outbox.append(Buffer.from("a"));
    expect(outbox.hold(8)).toBe(true);
    outbox.append(Buffer.from("b"));
    expect(outbox.hold(8)).toBe(false);
    outbox.append(Buffer.from("c"));
    outbox.release(7);
    expect(leave()).toBe("a");
    expect(outbox.hold(9)).toBe(true);
    outbox.append(Buffer.from("d"));
    outbox.release(8);
    expect(leave()).toBe("bc");
    outbox.release(9);
    expect(leave()).toBe("d");
  });

  it("can be many", () => {
    const { outbox, leave } = open();
    const many = "x".repeat(300_000);
    outbox.append(Buffer.from("a"));
    outbox.hold(1);
    for (let i = 0; i < 3; i++) outbox.append(Buffer.from(many));
    expect(leave()).toBe("a");
    outbox.release(1);
    expect(leave()).toBe(many.repeat(3));
  });

  it("are forgotten where they may not be said", () => {
    const { outbox, leave } = open();
    outbox.append(Buffer.from("a"));
    outbox.hold(1);
    outbox.append(Buffer.from("b"));
    outbox.hold(2);
    outbox.append(Buffer.from("c"));
    expect(outbox.end).toBe(3);
    outbox.discardHeld();
    expect(outbox.end).toBe(1);
    outbox.append(Buffer.from("d"));
    expect(leave()).toBe("ad");
    expect(outbox.end).toBe(2);
    outbox.release(1);
    outbox.release(2);
    expect(leave()).toBe("");
  });

  it.each([
    ["released", (outbox: Outbox) => outbox.release(1)],
    ["forgotten", (outbox: Outbox) => outbox.discardHeld()],
  ])("make room when they are %s, and nobody looks for it all the time before", async (_, end) => {
    const { outbox, listener } = open();
    // As a connection that ends as soon as nothing waits.
    listener.onRoom.mockImplementation(() => {
      if (outbox.bytes > 0) outbox.wantRoom();
    });
    outbox.hold(1);
    outbox.append(Buffer.from("a"));
    outbox.wantRoom();
    for (let turn = 0; turn < 10; turn++) await turnEnd();
    expect(listener.onRoom.mock.calls.length).toBeLessThan(2);
    listener.onRoom.mockClear();
    end(outbox);
    await turnEnd();
    expect(listener.onRoom).toHaveBeenCalledOnce();
    expect(outbox.bytes).toBe(0);
  });

  it("do not keep a closed outbox", () => {
    const { outbox, leave } = open();
    outbox.hold(1);
    outbox.append(Buffer.from("a"));
    outbox.close();
    expect(outbox.hold(2)).toBe(false);
    outbox.release(1);
    expect(leave()).toBe("");
  });
});
