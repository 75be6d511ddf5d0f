import { growList, List } from "../list";

const FACTOR: u32 = 0x9e3779b9;

/**
 * Leaves each word of a list once; false, and the list in disorder, when out of memory. Behind the words it makes a hash table of the
 * positions of those that stay, counted from 1, which is at most half full. (No list that memory has room for makes `capacity` overflow.)
 */
export function removeDuplicates(list: List): bool {
  const count = list.count;
  const bits = 33 - <u32>clz<u32>(count);
  while (list.capacity < count + (1 << bits)) if (!growList(list)) return false;
  const table = list.at + ((<usize>count) << 2);
  memory.fill(table, 0, (<usize>4) << bits);
  list.count = 0;
  for (let from = list.at; from < table; from += 4) {
    const word = load<u32>(from);
    const slot = slotOf(list.at, table, bits, word);
    if (load<u32>(slot) != 0) continue;
    store<u32>(list.at + ((<usize>list.count) << 2), word);
    list.count++;
    store<u32>(slot, list.count);
  }
  return true;
}

/** The slot of a word that stays, or the free one for it. */
function slotOf(words: usize, table: usize, bits: u32, word: u32): usize {
  let index = (word * FACTOR) >> (32 - bits);
  while (true) {
    const slot = table + ((<usize>index) << 2);
    const position = load<u32>(slot);
    if (position == 0 || load<u32>(words + ((<usize>(position - 1)) << 2)) == word) return slot;
    index = (index + 1) & ((1 << bits) - 1);
  }
}
