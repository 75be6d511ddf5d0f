import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";

const PROBE = Buffer.alloc(65_536);

/** Writes behind the end of a file of LMDB's, where no page is in use. */
function grow(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    let at = fstatSync(descriptor).size;
    for (let left = PROBE; left.length > 0; ) {
      const written = writeSync(descriptor, left, 0, left.length, at);
      at += written;
      left = left.subarray(written);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Why LMDB failed to write. It reports EIO where the system took a part of a write only, as it does with the last of the room: whether that was it
 * is seen by writing more. LMDB must have been closed.
 */
export function causeOf(error: unknown, path: string): unknown {
  const isFailedWrite = error instanceof Error && "code" in error && error.code === constants.errno.EIO;
  if (!isFailedWrite) return error;
  try {
    grow(path);
    return error;
  } catch (cause) {
    return cause;
  }
}
