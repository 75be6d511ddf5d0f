import { existsSync, rmSync, writeFileSync } from "node:fs";
import { ABORT, type Database as LmdbTable, open, type RootDatabase, TransactionFlags } from "lmdb";
import { TABLES, type TableName } from "./operations.ts";

export type Table = LmdbTable<Buffer, Buffer>;

export type Tables = Readonly<Record<TableName, Table>>;

const BINARY = { encoding: "binary", keyEncoding: "binary" } as const;
const OWNER_ONLY = 0o600;
/** Transactions after which readers that died are looked for. */
const READER_CHECK = 1_000;

/** What lmdb's getStats has beside what its type says. */
interface Pages {
  readonly lastPageNumber: number;
  readonly pageSize: number;
}

/** More than LMDB takes for its lock file. */
const LOCK_BYTES = 16_384;
/** More than it takes for a store without any row. */
const FIRST_BYTES = 262_144;

function reserve(path: string, bytes: number): void {
  try {
    writeFileSync(path, Buffer.alloc(bytes), { mode: OWNER_ONLY });
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** LMDB maps its lock file into memory, so that without room for it the first write there ends the process; and see makeRoom. */
function reserveFirst(path: string): void {
  if (!existsSync(`${path}-lock`)) reserve(`${path}-lock`, LOCK_BYTES);
  if (existsSync(path)) return;
  reserve(`${path}-room`, FIRST_BYTES);
  rmSync(`${path}-room`);
}

/**
 * An LMDB file. Without overlappingSync, a transaction is what LMDB's own papers say: pages, fdatasync, then the meta page by O_DSYNC; so nothing
 * of it counts until all of it is on disk, and an error leaves nothing of it (docs/adr/004-lmdb-in-a-worker.md).
 */
export class Database {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly tables: Tables;
  #transactions = 0;

  constructor(path: string) {
    reserveFirst(path);
    // permissionsMode is missing in lmdb's types.
    const options = { path, noSubdir: true, overlappingSync: false, maxDbs: TABLES.length + 2, ...BINARY };
    this.#root = open<Buffer, Buffer>(Object.assign(options, { permissionsMode: OWNER_ONLY }));
    const tables = TABLES.map((name) => [name, this.#root.openDB<Buffer, Buffer>({ name, ...BINARY })]);
    this.tables = Object.fromEntries(tables) as Tables;
  }

  /** Of the file, up to the end of the last page that was ever used. */
  get usedBytes(): number {
    const { lastPageNumber, pageSize } = this.#root.getStats() as Pages;
    return (lastPageNumber + 1) * pageSize;
  }

  /** All of it is on disk when this is back, or nothing of it where it throws. After an error the database has to be opened anew. */
  transaction(action: () => void): void {
    this.#root.transactionSync(() => {
      // What a put returns looks like a promise: lmdb-js would commit later.
      action();
    }, TransactionFlags.SYNCHRONOUS_COMMIT);
    // Pages that a `ternmq store` saw when it was killed could never be written over, and the file would grow.
    if (++this.#transactions % READER_CHECK === 0) this.#root.readerCheck();
  }

  /** What `action` sees, its own changes included, of which nothing is kept: it needs no room on the disk. */
  tryOut<T>(action: () => T): T {
    let result: { readonly value: T } | undefined;
    this.#root.transactionSync(() => {
      result = { value: action() };
      return ABORT;
    }, TransactionFlags.SYNCHRONOUS_COMMIT);
    if (result === undefined) throw new Error("the transaction did not run");
    return result.value;
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}
