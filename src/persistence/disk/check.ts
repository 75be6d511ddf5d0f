import { endianness } from "node:os";
import { DataFile } from "./data-file.ts";
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

function checkPages(file: DataFile): string[] {
  if (file.size === 0) return ["the file is empty"];
  const [meta, other] = file.metas;
  if (meta === undefined || other === undefined) return ["a meta page is broken, or the file is none of a store"];
  if (meta.free.flags !== FREE_FLAGS || meta.main.flags !== 0) return ["a meta page has unknown flags"];
  const walk = new TreeWalk(file, meta.lastPage);
  const tables = walk.tables(meta.main);
  for (const tree of tables.values()) walk.walk(tree);
  walk.free(meta.free);
  const missing = TABLES.filter((name) => !tables.has(name));
  return [...walk.faults, ...missing.map((name) => `the table ${name} is missing`)];
}
