import { allocate, free } from "./pool";

const FIRST_CAPACITY: u32 = 65536;
const LARGEST: u32 = 1 << 30;

/**
 * A place into which the host copies bytes; grows and keeps its capacity.
 *
 *     +----+----------+
 *     | at | capacity |   8 bytes
 *     +----+----------+
 */
@unmanaged
export class Buffer {
  at: usize;
  capacity: u32;
}

/** A buffer of 64 KiB, or 0 out of memory. */
export function createBuffer(): usize {
  const buffer = allocate(offsetof<Buffer>());
  if (buffer == 0) return 0;
  const at = allocate(FIRST_CAPACITY);
  if (at == 0) return 0;
  changetype<Buffer>(buffer).at = at;
  changetype<Buffer>(buffer).capacity = FIRST_CAPACITY;
  return buffer;
}

/** Where `length` bytes may be written, what was there being lost when it has to grow; 0, and the buffer as it was, out of memory. */
export function reserveBuffer(buffer: Buffer, length: u32): usize {
  if (length <= buffer.capacity) return buffer.at;
  if (length > LARGEST) return 0;
  const capacity = (<u32>1) << (<u32>(32 - clz<u32>(length - 1)));
  const at = allocate(capacity);
  if (at == 0) return 0;
  free(buffer.at, buffer.capacity);
  buffer.at = at;
  buffer.capacity = capacity;
  return at;
}
