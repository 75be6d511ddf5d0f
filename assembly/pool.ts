/**
 * The allocator of everything in linear memory: a bump pointer, and one free list per size class. A block knows nothing about
 * itself; who frees it says its size again. Classes are 16 bytes apart up to 256 bytes, powers of two from there. What alignment skips goes to
 * the list of 16 bytes.
 *
 *     __heap_base                                   top                 memory.size()
 *     +----------------------------+----------------+-------------------+------+
 *     | head of each free list u32 | blocks         | not yet handed out| PAST |
 *     +----------------------------+----------------+-------------------+------+
 *
 * PAST bytes stay untouched, so that reading eight bytes at a time may run past the end of any block.
 */
const CLASSES: u32 = 39;
const SMALL: u32 = 256;
const SMALL_CLASSES: u32 = SMALL / 16;
const LARGEST: u32 = 1 << 31;
const PAST: u64 = 64;
const PAGE: u64 = 65536;
const GROWTH_PAGES: i32 = 256;

let top: u64 = 0;
let inUse: u64 = 0;

export function initializePool(): void {
  top = ((__heap_base as u64) + CLASSES * 4 + 63) & ~63;
}

/** Bytes of all blocks that are allocated, rounded up to their classes. */
export function allocatedBytes(): u64 {
  return inUse;
}

/** A block of at least `size` bytes, aligned to 16 (32 bytes to 32, 64 and more to 64), its content undefined; 0 when memory cannot grow. */
export function allocate(size: u32): usize {
  if (size > LARGEST) return 0;
  const sizeClass = classOf(size);
  const head = __heap_base + ((<usize>sizeClass) << 2);
  let block = <usize>load<u32>(head);
  if (block != 0) store<u32>(head, load<u32>(block));
  else {
    block = bump(bytesOf(sizeClass));
    if (block == 0) return 0;
  }
  inUse += bytesOf(sizeClass);
  return block;
}

/** Gives back a block that was allocated with this size, or with another size of the same class. */
export function free(block: usize, size: u32): void {
  assert(block != 0 && (block & 15) == 0 && <u64>block < top);
  const sizeClass = classOf(size);
  push(__heap_base + ((<usize>sizeClass) << 2), block);
  inUse -= bytesOf(sizeClass);
}

/** Puts a block in front of a free list. */
function push(head: usize, block: usize): void {
  store<u32>(block, load<u32>(head));
  store<u32>(head, <u32>block);
}

function classOf(size: u32): u32 {
  if (size <= SMALL) return size == 0 ? 0 : (size - 1) >> 4;
  return SMALL_CLASSES + 23 - <u32>clz<u32>(size - 1);
}

function bytesOf(sizeClass: u32): u64 {
  if (sizeClass < SMALL_CLASSES) return (<u64>(sizeClass + 1)) << 4;
  return (<u64>512) << (sizeClass - SMALL_CLASSES);
}

function bump(bytes: u64): usize {
  const alignment: u64 = bytes == 32 ? 31 : bytes < 64 ? 15 : 63;
  const block = (top + alignment) & ~alignment;
  if (!grow(block + bytes + PAST)) return 0;
  for (; top < block; top += 16) push(__heap_base, <usize>top);
  top = block + bytes;
  return <usize>block;
}

function grow(end: u64): bool {
  const pages = memory.size();
  const wanted = <i32>((end + PAGE - 1) / PAGE) - pages;
  if (wanted <= 0) return true;
  const ahead = min<i32>(pages / 4, GROWTH_PAGES);
  return (wanted < ahead && memory.grow(ahead) != -1) || memory.grow(wanted) != -1;
}
