import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Database as LmdbTable, open, type RootDatabase, type Transaction } from "lmdb";
import { CAN_CHECK, checkFile } from "./check.ts";
import { DiskError, damaged } from "./disk-error.ts";
import { openFailureOf } from "./failure.ts";
import { FORMAT_KEY } from "./keys.ts";
import { FORMAT } from "./migrations.ts";
import { behind } from "./numbers.ts";
import { DATA_FILE } from "./open-store.ts";
import { TABLES, type TableName } from "./operations.ts";

export interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

type Root = RootDatabase<Buffer, Buffer>;
type Table = LmdbTable<Buffer, Buffer>;

/** What lmdb's getStats has beside what its type says. */
interface Pages {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

const BINARY = { encoding: "binary", keyEncoding: "binary" } as const;
const CHUNK_ROWS = 500;
const CHUNK_BYTES = 1_048_576;
const FIRST = Buffer.of(0);
const NOTHING = Buffer.alloc(0);
const ATTEMPTS = 3;

function missing(directory: string): DiskError {
  return new DiskError("ERR_STORE_UNUSABLE", `${directory} holds no store: give the broker's data directory`);
}

function otherFormat(directory: string, found: number | undefined): DiskError {
  const what = `${directory} holds a store of format ${found ?? "?"}, and this version of ternmq reads format ${FORMAT}`;
  const isNewer = found !== undefined && found > FORMAT;
  const remedy = isNewer ? "use that version" : "start this version's broker on it, which brings it up to date";
  return new DiskError(isNewer ? "ERR_STORE_NEWER" : "ERR_STORE_DAMAGED", `${what}: ${remedy}`);
}

/**
 * What is wrong with the pages while a broker may be writing; a read transaction has to be open, so that none of them is used again. A commit
 * between two reads of the file's head makes a sound file look wrong, so only what is seen each time counts.
 */
function faultsOf(path: string): string[] {
  let faults: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    faults = checkFile(path);
    if (faults.length === 0) return faults;
  }
  return faults;
}

/**
 * The tables as they were at one moment, to be read only, by a process other than the broker, which may go on writing. While it is open the broker's
 * file grows, for nothing of what it shows is written over.
 */
export class Snapshot {
  readonly directory: string;
  readonly #root: Root;
  readonly #tables: Readonly<Record<TableName, Table>>;
  readonly #transaction: Transaction;

  private constructor(directory: string, root: Root, tables: Record<TableName, Table>) {
    this.directory = directory;
    this.#root = root;
    this.#tables = tables;
    this.#transaction = root.useReadTransaction();
  }

  /** @throws {DiskError} by the promise: there is no store, it is damaged, or it has another format */
  static async open(directory: string): Promise<Snapshot> {
    const path = join(directory, DATA_FILE);
    if (!existsSync(path)) throw missing(directory);
    let root: Root | undefined;
    try {
      root = open<Buffer, Buffer>({ path, noSubdir: true, readOnly: true, maxDbs: TABLES.length + 2, ...BINARY });
      const snapshot = new Snapshot(directory, root, Snapshot.#openTables(path, root));
      const format = snapshot.get("meta", FORMAT_KEY);
      if (format?.length !== 4) throw otherFormat(directory, undefined);
      if (format.readUInt32BE() !== FORMAT) throw otherFormat(directory, format.readUInt32BE());
      return snapshot;
    } catch (error) {
      await root?.close();
      if (error instanceof DiskError) throw error;
      const { code, message } = openFailureOf(error, directory);
      throw new DiskError(code, message);
    }
  }

  /** LMDB trusts what it reads, so the file is checked before it reads more than the head. */
  static #openTables(path: string, root: Root): Record<TableName, Table> {
    const guard = root.useReadTransaction();
    try {
      const faults = CAN_CHECK ? faultsOf(path) : [];
      if (faults.length > 0) throw damaged(`${path} is damaged (${faults.join("; ")})`);
      const tables = TABLES.map((name) => [name, root.openDB<Buffer, Buffer>({ name, ...BINARY })]);
      return Object.fromEntries(tables) as Record<TableName, Table>;
    } finally {
      guard.done();
    }
  }

  get(table: TableName, key: Buffer): Buffer | undefined {
    return this.#tables[table].get(key, { transaction: this.#transaction });
  }

  /** In the order of their keys; holds a mebibyte of them, or one. */
  *rows(table: TableName): Generator<Row> {
    for (let start: Buffer | undefined = FIRST; start !== undefined; ) {
      const rows = this.#chunk(table, start);
      yield* rows;
      start = rows.at(-1)?.key;
    }
  }

  /** The first key that is not before `start`. */
  firstKey(table: TableName, start: Buffer): Buffer | undefined {
    const range = { start, end: behind(NOTHING), limit: 1, transaction: this.#transaction };
    return [...this.#tables[table].getKeys(range)][0];
  }

  /** Rows whose keys start with `prefix`; all by default. Costs about 65 ns a row. */
  count(table: TableName, prefix: Buffer = NOTHING): number {
    const start = prefix.length === 0 ? FIRST : prefix;
    return this.#tables[table].getKeysCount({ start, end: behind(prefix), transaction: this.#transaction });
  }

  /** What the table takes in the file now. */
  bytes(table: TableName): number {
    const pages = this.#tables[table].getStats() as Pages;
    return (pages.treeBranchPageCount + pages.treeLeafPageCount + pages.overflowPages) * pages.pageSize;
  }

  async close(): Promise<void> {
    this.#transaction.done();
    await this.#root.close();
  }

  /** No cursor stays open behind it. */
  #chunk(table: TableName, start: Buffer): Row[] {
    const rows: Row[] = [];
    let bytes = 0;
    const range = { start, end: behind(NOTHING), exclusiveStart: true, limit: CHUNK_ROWS };
    for (const row of this.#tables[table].getRange({ ...range, transaction: this.#transaction })) {
      rows.push(row);
      bytes += row.value.length;
      if (bytes >= CHUNK_BYTES) break;
    }
    return rows;
  }
}
