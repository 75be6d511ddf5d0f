import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TernmqError } from "../errors.ts";
import type { Database } from "../persistence/disk/database.ts";
import { DirectoryLock } from "../persistence/disk/directory-lock.ts";
import { DiskError } from "../persistence/disk/disk-error.ts";
import { diskErrorOf, openFailureOf } from "../persistence/disk/failure.ts";
import { createStore, DATA_FILE, JOURNAL_FILE } from "../persistence/disk/open-store.ts";
import { Importer } from "./importer.ts";
import { headerFromJson, lineFromJson } from "./line-from-json.ts";
import { type NumberedLine, readLines } from "./line-reader.ts";

/** What goes into one transaction. */
const CHUNK_LINES = 10_000;
const CHUNK_LENGTH = 4 * 1024 * 1024;

function wrong(path: string, line: number, what: string): TernmqError {
  return new TernmqError("ERR_IMPORT", `${path}:${line}: ${what}`);
}

function parse(text: string | undefined): unknown {
  if (text === undefined) throw new RangeError("the line is not UTF-8");
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError("the line is no JSON");
  }
}

/** Puts the lines of a file into a store that is being built. */
class FileImport {
  readonly #path: string;
  readonly #database: Database;
  readonly #importer: Importer;
  #chunk: NumberedLine[] = [];
  #length = 0;
  #lastLine = 0;

  constructor(path: string, database: Database) {
    this.#path = path;
    this.#database = database;
    this.#importer = new Importer(database.tables);
  }

  async run(): Promise<void> {
    for await (const line of readLines(this.#path)) {
      this.#lastLine = line.number;
      this.#chunk.push(line);
      this.#length += line.text?.length ?? 0;
      if (this.#chunk.length >= CHUNK_LINES || this.#length >= CHUNK_LENGTH) this.#put();
    }
    this.#put();
    if (!this.#importer.isComplete) {
      const what = 'the file ends without the line {"table":"end"}: it is cut off';
      throw wrong(this.#path, this.#lastLine, what);
    }
    this.#database.transaction(() => this.#importer.finish());
  }

  #put(): void {
    this.#database.transaction(() => {
      for (const line of this.#chunk) this.#take(line);
    });
    this.#chunk = [];
    this.#length = 0;
  }

  #take({ number, text }: NumberedLine): void {
    try {
      const value = parse(text);
      if (number === 1) this.#importer.setCounters(headerFromJson(value));
      else this.#importer.take(lineFromJson(value));
    } catch (error) {
      throw error instanceof RangeError ? wrong(this.#path, number, error.message) : error;
    }
  }
}

async function importLocked(directory: string, path: string): Promise<void> {
  const there = [DATA_FILE, JOURNAL_FILE].find((name) => existsSync(join(directory, name)));
  if (there !== undefined) {
    const what = `${directory} holds a store already (${there})`;
    throw new DiskError("ERR_STORE_UNUSABLE", `${what}: give a directory without one`);
  }
  await createStore(directory, (database) => new FileImport(path, database).run());
}

/**
 * Makes a store of a file that exportStore wrote: all of it, or none.
 * @param path `-` is standard input
 * @throws {TernmqError} by the promise
 */
export async function importStore(directory: string, path: string): Promise<void> {
  const absolute = resolve(directory);
  try {
    await mkdir(absolute, { recursive: true, mode: 0o700 });
    const lock = await DirectoryLock.take(absolute);
    try {
      await importLocked(absolute, path);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (error instanceof TernmqError) throw error;
    throw diskErrorOf(openFailureOf(error, absolute));
  }
}
