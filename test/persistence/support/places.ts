import { readFileSync } from "node:fs";
import { DataFile, PAGE_HEADER } from "../../../src/persistence/disk/data-file.ts";
import { TreeWalk } from "../../../src/persistence/disk/tree-walk.ts";

const NODE_HEADER = 8;

/** Where things stand in a store's file, in bytes from its start. */
export interface Places {
  readonly newestMeta: number;
  readonly previousMeta: number;
  /** The page above all tables. */
  readonly root: number;
  /** The second key of the page above all deliveries. */
  readonly branchKey: number;
  /** The number of a free page. */
  readonly freePage: number;
}

function nodeOf(bytes: Buffer, page: number, node: number): number {
  return page + PAGE_HEADER + bytes.readUInt16LE(page + PAGE_HEADER + node * 2);
}

/** @param path a store that is sound, with enough deliveries for several pages */
export function placesOf(path: string): Places {
  const bytes = readFileSync(path);
  const file = new DataFile(path);
  const [meta] = file.metas;
  if (meta === undefined) throw new Error(`${path} is no store`);
  const { pageSize } = file;
  const deliveries = new TreeWalk(file, meta).tables(meta.main).get("deliveries");
  file.close();
  if (deliveries === undefined || deliveries.depth < 2) throw new Error(`${path} has too few deliveries`);
  const isFirstNewest = bytes.readBigUInt64LE(PAGE_HEADER + 128) === meta.transaction;
  const freeList = nodeOf(bytes, meta.free.root * pageSize, 0);
  return {
    newestMeta: isFirstNewest ? 0 : pageSize,
    previousMeta: isFirstNewest ? pageSize : 0,
    root: meta.main.root * pageSize,
    branchKey: nodeOf(bytes, deliveries.root * pageSize, 1) + NODE_HEADER,
    freePage: freeList + NODE_HEADER + bytes.readUInt16LE(freeList + 6) + bytes.readUInt32LE(freeList) - 8,
  };
}
