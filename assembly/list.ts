import { allocate, free } from "./pool";

const FIRST_CAPACITY: u32 = 1024;

/**
 * A growable list of 32-bit words.
 *
 *     +----+----------+-------+
 *     | at | capacity | count |   12 bytes; capacity and count in words
 *     +----+----------+-------+
 */
@unmanaged
export class List {
  at: usize;
  capacity: u32;
  count: u32;
}

/** An empty list, or 0 out of memory. */
export function createList(): usize {
  return createListIn(offsetof<List>());
}

/** An empty list at the start of a block of `size` bytes, whose others are undefined; 0 out of memory. */
export function createListIn(size: u32): usize {
  const list = allocate(size);
  const at = allocate(FIRST_CAPACITY * 4);
  if (list == 0 || at == 0) return 0;
  const created = changetype<List>(list);
  created.at = at;
  created.capacity = FIRST_CAPACITY;
  created.count = 0;
  return list;
}

/** Doubles the capacity; false, and the list as it was, when out of memory. */
export function growList(list: List): bool {
  const at = allocate(list.capacity * 8);
  if (at == 0) return false;
  memory.copy(at, list.at, list.count * 4);
  free(list.at, list.capacity * 4);
  list.at = at;
  list.capacity *= 2;
  return true;
}
