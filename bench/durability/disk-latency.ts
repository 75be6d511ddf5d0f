import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Histogram } from "../load/histogram.ts";

const BLOCK = Buffer.alloc(4_096, "x");
const BLOCKS = 64;
const ROUNDS = 256;

export interface DiskLatency {
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** What writing 4 KiB and fdatasync take in a directory, within a file that does not grow. */
export function measureDisk(directory: string): DiskLatency {
  const path = join(directory, "latency.tmp");
  const descriptor = openSync(path, "w");
  try {
    for (let block = 0; block < BLOCKS; block++) writeSync(descriptor, BLOCK);
    fdatasyncSync(descriptor);
    const latencies = new Histogram();
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      writeSync(descriptor, BLOCK, 0, BLOCK.length, (round % BLOCKS) * BLOCK.length);
      fdatasyncSync(descriptor);
      latencies.record(Math.round((performance.now() - begun) * 1000));
    }
    return { p50Micros: latencies.percentile(0.5), p99Micros: latencies.percentile(0.99) };
  } finally {
    closeSync(descriptor);
    rmSync(path);
  }
}
