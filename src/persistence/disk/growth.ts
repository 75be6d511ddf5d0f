import { closeSync, fstatSync, openSync, statfsSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { OPERATION_HEADER } from "./operations.ts";

const ZEROS = Buffer.alloc(65_536);
const PAGE_BYTES = 4_096;
/** A leaf and what is above it: pages that one operation copies at the most, but for few. */
const PAGES_EACH = 3;
/** For the list of free pages, and the roots. */
const PAGES_ALWAYS = 64;
/** With so many bytes more on the disk than are needed nobody has to look closer. */
const PLENTY = 67_108_864;

/** Writes behind the end of a file of LMDB's, where no page is in use, until it has so many bytes. */
function grow(path: string, bytes: (size: number) => number): void {
  const descriptor = openSync(path, "r+");
  try {
    const { size } = fstatSync(descriptor);
    const end = bytes(size);
    for (let at = size; at < end; ) {
      at += writeSync(descriptor, ZEROS, 0, Math.min(ZEROS.length, end - at), at);
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
    grow(path, (size) => size + ZEROS.length);
    return error;
  } catch (cause) {
    return cause;
  }
}

/** Bytes of pages that a transaction with these batches writes to new places at the most, about. */
function pageBytesOf(batches: readonly Uint8Array[]): number {
  let [operations, bytes] = [0, 0];
  for (const batch of batches) {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
    bytes += batch.length;
    for (let at = 0; at < batch.length; operations++) {
      at += OPERATION_HEADER + view.getUint16(at + 2) + view.getUint32(at + 4);
    }
  }
  return (operations * PAGES_EACH + PAGES_ALWAYS) * PAGE_BYTES + bytes * 2;
}

/**
 * Sees to it that the disk has room for what a transaction with these batches writes: lmdb-js 3.5 writes past the end of a text when a write of its
 * fails for lack of room, and the process dies of that sooner or later. Where the disk is nearly full the room is taken beforehand.
 * @param used bytes of the file up to the end of its last page
 * @throws what Node throws: ENOSPC
 */
export function makeRoom(path: string, used: () => number, batches: readonly Uint8Array[]): void {
  const needed = pageBytesOf(batches);
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < needed + PLENTY) grow(path, () => used() + needed);
}
