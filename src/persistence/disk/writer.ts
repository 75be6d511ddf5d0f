import { dirname } from "node:path";
import { apply } from "./apply.ts";
import { Database, type Tables } from "./database.ts";
import type { DiskLevel } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import { failureOf } from "./failure.ts";
import { causeOf, makeRoom } from "./growth.ts";
import type { Journal } from "./journal.ts";
import { JOURNAL_KEY } from "./keys.ts";
import { NamedFile } from "./named-file.ts";
import { u64 } from "./numbers.ts";

/** How long what is in the journal may wait for its transaction. */
const SETTLE_MILLISECONDS = 50;
const SETTLE_BYTES = 4 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Does one thing after the other. Writes batches: at `fsync` in a transaction at once; at `commit` to the journal, and soon after, many together, in a transaction. What the
 * journal holds stands in memory, too, until then.
 */
export class Writer {
  readonly #file: NamedFile;
  readonly #journal: Journal;
  #database: Database | undefined;
  #journaled: Uint8Array[] = [];
  #journaledBytes = 0;
  #lastEntry: number;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** Writes what the journal holds of an earlier run. */
  constructor(path: string, database: Database, journal: Journal) {
    this.#file = new NamedFile(path);
    this.#database = database;
    this.#journal = journal;
    this.#lastEntry = Number(database.tables.meta.get(JOURNAL_KEY)?.readBigUInt64BE() ?? 0n);
    for (const { number, batch } of journal.entries(this.#lastEntry)) this.#note(number, batch);
    this.#transact(NOTHING, database);
    // What is left of an entry that is not whole has to go: another one behind it could not be found.
    journal.clear();
    this.#forget();
  }

  /** Gives back memory that can be used again. Throws where nothing was kept. */
  write(batch: Uint8Array<ArrayBuffer>, level: DiskLevel): Promise<Uint8Array<ArrayBuffer>> {
    return this.#inTurn(() => this.#write(batch, level));
  }

  /** Reads the tables with all that was written, also where the disk takes no more. */
  read<T>(read: (tables: Tables) => T): Promise<T> {
    return this.#inTurn(async () => {
      await this.#settle(NOTHING).catch(() => {});
      const database = this.#open();
      if (this.#journaled.length === 0) return read(database.tables);
      return database.tryOut(() => {
        this.#applyJournaled(database.tables);
        return read(database.tables);
      });
    });
  }

  /** @throws {DiskError} by the promise, when all is closed: what was acknowledged stays in the journal */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#inTurn(() => this.#close());
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #write(batch: Uint8Array<ArrayBuffer>, level: DiskLevel): Promise<Uint8Array<ArrayBuffer>> {
    if (level === "fsync") {
      await this.#settle(batch);
      return batch;
    }
    if (this.#journaledBytes >= SETTLE_BYTES) await this.#settle(NOTHING);
    this.#file.check();
    this.#journal.append(this.#lastEntry + 1, batch);
    this.#note(this.#lastEntry + 1, batch);
    this.#timer ??= setTimeout(() => void this.#settleLater(), SETTLE_MILLISECONDS);
    return new Uint8Array(0);
  }

  async #close(): Promise<void> {
    try {
      await this.#settle(NOTHING);
    } catch (error) {
      const { code, message } = failureOf(error, dirname(this.#file.path));
      const left = `${this.#journaledBytes} bytes that were acknowledged stay in the journal, for the next start`;
      throw new DiskError(code, `${message}; ${left}`);
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
    if (this.#database === undefined) {
      this.#file.check();
      this.#database = new Database(this.#file.path);
    }
    return this.#database;
  }

  /** What is in the journal stays there, and is tried again with the next call. */
  async #settleLater(): Promise<void> {
    this.#timer = undefined;
    await this.#inTurn(() => this.#settle(NOTHING)).catch(() => {});
  }

  async #settle(batch: Uint8Array): Promise<void> {
    const database = this.#open();
    if (batch.length > 0 || this.#journaled.length > 0) this.#file.check();
    try {
      this.#transact(batch, database);
    } catch (error) {
      // After a failed write of its meta page, LMDB refuses all further work until it is opened anew.
      this.#database = undefined;
      await database.close();
      throw causeOf(error, this.#file.path);
    }
    if (this.#journaledBytes === 0) return;
    this.#forget();
    try {
      this.#journal.clear();
    } catch {
      // The tables tell how far they have taken the entries: what is left of them is passed over, and goes the next time.
    }
  }

  #transact(batch: Uint8Array, database: Database): void {
    if (batch.length === 0 && this.#journaled.length === 0) return;
    makeRoom(this.#file.path, () => database.usedBytes, [...this.#journaled, batch]);
    database.transaction(() => {
      this.#applyJournaled(database.tables);
      if (this.#journaled.length > 0) database.tables.meta.put(JOURNAL_KEY, u64(this.#lastEntry));
      apply(database.tables, batch);
    });
  }

  #applyJournaled(tables: Tables): void {
    for (const journaled of this.#journaled) apply(tables, journaled);
  }

  #forget(): void {
    this.#journaled = [];
    this.#journaledBytes = 0;
  }
}
