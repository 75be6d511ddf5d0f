import { createList, growList, List } from "../list";
import { allocate } from "../pool";

const PAGE_BYTES: u32 = 65536;
const PAGE_SHIFT: u32 = 14;
const PAGE_TARGETS: u32 = 1 << PAGE_SHIFT;
const TARGETS: u32 = 1 << 29;

/**
 * One 32-bit word per target, in pages of 16,384 that never move and are never given back: the number of the match that reached the
 * target last. The list has the address of each page.
 */
let pages: List = changetype<List>(0);
let current: u32 = 0;

/** False when out of memory. */
export function initializeStamps(): bool {
  pages = changetype<List>(createList());
  return changetype<usize>(pages) != 0;
}

/** Makes room for a target and all below it; false when out of memory. */
export function reserveStamp(target: u32): bool {
  while (target >> PAGE_SHIFT >= pages.count) if (target >= TARGETS || !addPage()) return false;
  return true;
}

/** Begins a match: no target is stamped. */
export function beginStamps(): void {
  current++;
  if (current != 0) return;
  for (let page: u32 = 0; page < pages.count; page++) memory.fill(stampAt(page << PAGE_SHIFT), 0, PAGE_BYTES);
  current = 1;
}

/** Stamps a target; true when it was stamped before in this match. */
export function stamp(target: u32): bool {
  const at = stampAt(target);
  if (load<u32>(at) == current) return true;
  store<u32>(at, current);
  return false;
}

function stampAt(target: u32): usize {
  const page = <usize>load<u32>(pages.at + ((<usize>(target >> PAGE_SHIFT)) << 2));
  return page + ((<usize>(target & (PAGE_TARGETS - 1))) << 2);
}

function addPage(): bool {
  if (pages.count == pages.capacity && !growList(pages)) return false;
  const at = allocate(PAGE_BYTES);
  if (at == 0) return false;
  memory.fill(at, 0, PAGE_BYTES);
  store<u32>(pages.at + ((<usize>pages.count) << 2), <u32>at);
  pages.count++;
  return true;
}
