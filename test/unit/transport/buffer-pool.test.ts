import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backlog } from "../../../src/transport/backlog.ts";
import { BufferPool } from "../../../src/transport/buffer-pool.ts";

const HOURS = 3_600_000;

describe("a pool of buffers", () => {
  let pool: BufferPool;
  beforeEach(() => {
    vi.useFakeTimers();
    pool = new BufferPool(new Backlog(1_000_000_000));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([1, 512, 513, 65_556, 262_200, 1_048_600, 4_000_000, 20_000_000])("has room for %i bytes", (bytes) => {
    const buffer = pool.take(bytes);
    expect(buffer.length).toBeGreaterThanOrEqual(bytes);
    expect(pool.backlog.bytes).toBe(buffer.length);
    pool.give(buffer);
    expect(pool.backlog.bytes).toBe(0);
  });

  it("has no more than a header's room beside a payload whose size is a power of two", () => {
    for (let payload = 65_536; payload <= 4_194_304; payload *= 2) {
      expect(pool.take(payload + 100).length).toBeLessThan(payload + 2_000);
    }
  });

  it("gives what was given back to the next one", () => {
    const buffer = pool.take(100_000);
    pool.give(buffer);
    expect(pool.take(80_000)).toBe(buffer);
    expect(pool.take(80_000)).not.toBe(buffer);
  });

  it("keeps what is used again and again, and gives up what nobody needed", () => {
    const [used, spare] = [pool.take(300_000), pool.take(300_000)];
    pool.give(spare);
    pool.give(used);
    for (let second = 0; second < 60; second++) {
      expect(pool.take(300_000)).toBe(used);
      vi.advanceTimersByTime(500);
      pool.give(used);
      vi.advanceTimersByTime(500);
    }
    pool.take(300_000);
    expect(pool.take(300_000)).not.toBe(spare);
  });

  it("gives up everything where nothing happens, and sets no timer then", () => {
    const buffer = pool.take(300_000);
    pool.give(buffer);
    vi.advanceTimersByTime(HOURS);
    expect(vi.getTimerCount()).toBe(0);
    expect(pool.take(300_000)).not.toBe(buffer);
  });
});
