import { endianness } from "node:os";
import { DataFile, type Meta } from "./data-file.ts";
import { TABLES } from "./operations.ts";
import { TreeWalk } from "./tree-walk.ts";

/** MDB_NOSUBDIR and MDB_INTEGERKEY: what Database opens its files with. */
const FREE_FLAGS = 0x4008;

/** Where LMDB's file is laid out as DataFile reads it. */
export const CAN_CHECK = endianness() === "LE" && ["x64", "arm64", "riscv64", "loong64"].includes(process.arch);

/**
 * Goes through all pages of the store, without LMDB: LMDB would read past the end of a file that is cut off and take the process with it. Returns
 * what is wrong; empty where nothing is. What rows say is not looked at.
 */
export function checkFile(path: string): string[] {
  const file = new DataFile(path);
  try {
    return checkPages(file);
  } finally {
    file.close();
  }
}

/** What is wrong with the meta pages, which LMDB takes for true. */
function faultOf(newest: Meta, previous: Meta): string | undefined {
  if (newest.free.flags !== FREE_FLAGS || newest.main.flags !== 0) return "a meta page has unknown flags";
  if ((newest.lastPage + 1) * newest.pageSize > newest.mapSize)
    return "a meta page tells of pages beyond what is mapped";
  // A transaction overwrites the older one; otherwise a wrong bit would make LMDB take the old snapshot without a word.
  if (newest.transaction - previous.transaction > 1n) return "the meta pages are not of two transactions in a row";
  return undefined;
}

function checkPages(file: DataFile): string[] {
  if (file.size === 0) return ["the file is empty"];
  const [meta, previous] = file.metas;
  if (meta === undefined || previous === undefined) return ["a meta page is broken, or the file is none of a store"];
  const fault = faultOf(meta, previous);
  if (fault !== undefined) return [fault];
  const walk = new TreeWalk(file, meta);
  const tables = walk.tables(meta.main);
  for (const tree of tables.values()) walk.walk(tree);
  walk.free(meta.free);
  const missing = TABLES.filter((name) => !tables.has(name));
  return [...walk.faults, ...missing.map((name) => `the table ${name} is missing`)];
}
