import { allocate, free } from "../pool";

const FIRST_CAPACITY: u32 = 1024;

/** One 32-bit word per target: the number of the match that reached the target last. */
let stamps: usize = 0;
let capacity: u32 = 0;
let current: u32 = 0;

/** Makes room for a target; false when out of memory. */
export function reserveStamp(target: u32): bool {
  if (target < capacity) return true;
  const wanted = max<u64>(FIRST_CAPACITY, (<u64>1) << (32 - clz<u32>(target)));
  if (wanted > 1 << 29) return false;
  const grown = allocate(<u32>wanted * 4);
  if (grown == 0) return false;
  const bytes = capacity * 4;
  memory.copy(grown, stamps, bytes);
  memory.fill(grown + bytes, 0, <u32>wanted * 4 - bytes);
  if (capacity != 0) free(stamps, bytes);
  stamps = grown;
  capacity = <u32>wanted;
  return true;
}

/** Begins a match: no target is stamped. */
export function beginStamps(): void {
  current++;
  if (current != 0) return;
  memory.fill(stamps, 0, capacity * 4);
  current = 1;
}

/** Stamps a target; true when it was stamped before in this match. */
export function stamp(target: u32): bool {
  const at = stamps + ((<usize>target) << 2);
  if (load<u32>(at) == current) return true;
  store<u32>(at, current);
  return false;
}
