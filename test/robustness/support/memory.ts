import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
// One small buffer keeps the whole slab of the pool that it was cut from: what is measured would be chance.
Buffer.poolSize = 0;
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use of this process, after the garbage was collected: objects and the memory of buffers. */
export async function bytesInUse(): Promise<number> {
  // What a closed connection leaves behind is let go in stages, a turn each.
  for (let i = 0; i < 4; i++) {
    collectGarbage();
    await turn();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
