import { ByteReader } from "../byte-reader.ts";
import { decodeGroup, decodeSession, decodeSubscription } from "../json-encoding.ts";
import { readMessage } from "../message-encoding.ts";
import { checkDelivery, decodeExchange, decodeReceived } from "../row-encoding.ts";
import { DataFile, type Meta } from "./data-file.ts";
import { COUNTERS_KEY, FORMAT_KEY, JOURNAL_KEY } from "./keys.ts";
import type { TableName } from "./operations.ts";
import { type Node, TreeWalk } from "./tree-walk.ts";

/** What is copied; references are counted anew. */
export const SALVAGED = [
  "sessions",
  "groups",
  "subscriptions",
  "received",
  "exchanges",
  "deliveries",
  "messages",
  "retained",
] as const satisfies readonly TableName[];
export type Salvaged = (typeof SALVAGED)[number];

export type OnRow = (table: TableName, key: Buffer, value: Buffer) => void;

function hasLength(bytes: Buffer, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes for ${length}`);
}

/** Each throws RangeError or SyntaxError for a row that is none of its table. */
export const CHECKS: Record<Salvaged, (key: Buffer, value: Buffer) => void> = {
  sessions: (key, value) => {
    hasLength(key, 8);
    decodeSession(key, value);
  },
  groups: (key, value) => {
    hasLength(key, 8);
    decodeGroup(key, value);
  },
  subscriptions: decodeSubscription,
  received: (key, value) => {
    hasLength(key, 10);
    hasLength(value, 0);
    decodeReceived(key);
  },
  exchanges: (key, value) => {
    hasLength(key, 10);
    hasLength(value, 9);
    decodeExchange(key, value);
  },
  deliveries: (key, value) => {
    hasLength(key, 16);
    checkDelivery(key, value);
  },
  messages: (key, value) => {
    hasLength(key, 8);
    new ByteReader(key).u64();
    readMessage(new ByteReader(value));
  },
  retained: (_key, value) => {
    hasLength(value, 8);
    new ByteReader(value).u64();
  },
};

function isRowOf(table: Salvaged, key: Buffer, value: Buffer): boolean {
  try {
    CHECKS[table](key, value);
    return true;
  } catch {
    return false;
  }
}

/** A page does not tell its table; its rows do. A delivery may look like a row of no other table, and so on: the first that fits is it. */
function tableOf(key: Buffer, value: Buffer): Salvaged | undefined {
  return SALVAGED.find((table) => isRowOf(table, key, value));
}

function copy(onRow: OnRow, table: TableName, { key, value }: Node): void {
  if (value !== undefined) onRow(table, Buffer.from(key), Buffer.from(value));
}

/** The rows of `meta`, and how long they are. */
const META_ROWS = [
  { key: FORMAT_KEY, length: 4 },
  { key: COUNTERS_KEY, length: 24 },
  { key: JOURNAL_KEY, length: 8 },
];

function copyMeta(onRow: OnRow, node: Node): void {
  const isKnown = META_ROWS.some(({ key, length }) => key.equals(node.key) && node.value?.length === length);
  if (isKnown) copy(onRow, "meta", node);
}

function brokenPagesOf(file: DataFile, meta: Meta): number {
  const walk = new TreeWalk(file, meta);
  for (const tree of walk.tables(meta.main).values()) walk.walk(tree);
  return walk.brokenPages;
}

/** Of the two snapshots that a file holds, the one of which more can be read; the newer one where there is no difference. */
function pickMeta(file: DataFile): Meta | undefined {
  const [newest, previous] = file.metas;
  if (newest === undefined || previous === undefined) return newest;
  return brokenPagesOf(file, previous) < brokenPagesOf(file, newest) ? previous : newest;
}

/** How many rows each table should have; undefined: nobody knows. */
export type Expected = Partial<Record<Salvaged, number>>;

/**
 * Reads what can be read of a damaged file, without LMDB: what the trees lead to, and then pages that nothing leads to any more. `onRow` gets each
 * row that can be decoded; of two with the same key the first is the better one.
 */
export function salvage(path: string, onRow: OnRow): Expected {
  const file = new DataFile(path);
  try {
    const meta = pickMeta(file);
    const walk = new TreeWalk(file, meta);
    const expected = meta === undefined ? {} : salvageTrees(walk, meta, onRow);
    if (meta === undefined || walk.brokenPages > 0) salvageOrphans(walk, onRow);
    return expected;
  } finally {
    file.close();
  }
}

function salvageTrees(walk: TreeWalk, meta: Meta, onRow: OnRow): Expected {
  const expected: Expected = {};
  const tables = walk.tables(meta.main);
  const metaTree = tables.get("meta");
  if (metaTree !== undefined) walk.walk(metaTree, (node) => copyMeta(onRow, node));
  for (const name of SALVAGED) {
    const tree = tables.get(name);
    if (tree === undefined) continue;
    expected[name] = tree.entries;
    walk.walk(tree, (node) => {
      if (node.value !== undefined && isRowOf(name, node.key, node.value)) copy(onRow, name, node);
    });
  }
  const references = tables.get("references");
  if (references !== undefined) walk.walk(references);
  walk.free(meta.free);
  return expected;
}

function salvageOrphans(walk: TreeWalk, onRow: OnRow): void {
  for (const page of walk.orphans()) {
    walk.rowsOf(page, (node) => {
      if (node.value === undefined) return;
      const table = tableOf(node.key, node.value);
      if (table === undefined) copyMeta(onRow, node);
      else copy(onRow, table, node);
    });
  }
}
