import { apply } from "./apply.ts";
import { Database, type Tables } from "./database.ts";
import type { DiskLevel } from "./disk.ts";
import { causeOf } from "./growth.ts";
import type { Journal } from "./journal.ts";
import { JOURNAL_KEY } from "./keys.ts";
import { u64 } from "./numbers.ts";

/** How long what is in the journal may wait for its transaction. */
const SETTLE_MILLISECONDS = 50;
const SETTLE_BYTES = 4 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Writes batches: at `fsync` in a transaction at once; at `commit` to the journal, and soon after, many together, in a transaction. What the
 * journal holds stands in memory, too, until then.
 */
export class Writer {
  readonly #path: string;
  readonly #journal: Journal;
  #database: Database | undefined;
  #journaled: Uint8Array[] = [];
  #journaledBytes = 0;
  #lastEntry: number;
  #timer: NodeJS.Timeout | undefined;

  /** Writes what the journal holds of an earlier run. */
  constructor(path: string, database: Database, journal: Journal) {
    this.#path = path;
    this.#database = database;
    this.#journal = journal;
    this.#lastEntry = Number(database.tables.meta.get(JOURNAL_KEY)?.readBigUInt64BE() ?? 0n);
    for (const { number, batch } of journal.entries(this.#lastEntry)) this.#note(number, batch);
    this.#transact(NOTHING, database);
    this.#forget();
  }

  /** Gives back memory that can be used again. Throws where nothing was kept. */
  async write(batch: Uint8Array<ArrayBuffer>, level: DiskLevel): Promise<Uint8Array<ArrayBuffer>> {
    if (level === "fsync") {
      await this.#settle(batch);
      return batch;
    }
    if (this.#journaledBytes >= SETTLE_BYTES) await this.#settle(NOTHING);
    this.#journal.append(this.#lastEntry + 1, batch);
    this.#note(this.#lastEntry + 1, batch);
    this.#timer ??= setTimeout(() => this.#settleLater(), SETTLE_MILLISECONDS);
    return new Uint8Array(0);
  }

  /** The tables with all that was written. */
  async tables(): Promise<Tables> {
    await this.#settle(NOTHING);
    return this.#open().tables;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#settle(NOTHING);
    } finally {
      this.#journal.close();
      await this.#database?.close();
    }
  }

  #note(number: number, batch: Uint8Array): void {
    this.#lastEntry = number;
    this.#journaled.push(batch);
    this.#journaledBytes += batch.length;
  }

  #open(): Database {
    this.#database ??= new Database(this.#path);
    return this.#database;
  }

  /** What is in the journal stays there, and is tried again with the next call. */
  async #settleLater(): Promise<void> {
    this.#timer = undefined;
    await this.#settle(NOTHING).catch(() => {});
  }

  async #settle(batch: Uint8Array): Promise<void> {
    const database = this.#open();
    try {
      this.#transact(batch, database);
    } catch (error) {
      // After a failed write of its meta page, LMDB refuses all further work until it is opened anew.
      this.#database = undefined;
      await database.close();
      throw causeOf(error, this.#path);
    }
    if (this.#journaledBytes > 0) this.#forget();
  }

  #transact(batch: Uint8Array, database: Database): void {
    if (batch.length === 0 && this.#journaled.length === 0) return;
    database.transaction(() => {
      for (const journaled of this.#journaled) apply(database.tables, journaled);
      if (this.#journaled.length > 0) database.tables.meta.put(JOURNAL_KEY, u64(this.#lastEntry));
      apply(database.tables, batch);
    });
  }

  #forget(): void {
    this.#journaled = [];
    this.#journaledBytes = 0;
    this.#journal.clear();
  }
}
