import { linkSync } from "node:fs";
import { join } from "node:path";
import { ByteReader } from "../byte-reader.ts";
import { readMessage } from "../message-encoding.ts";
import { messageNumberOf } from "../row-encoding.ts";
import { DELIVERY_UNDER_WAY } from "../rows.ts";
import type { Database, Tables } from "./database.ts";
import type { RepairReport } from "./disk.ts";
import { boundedName, COUNTERS_KEY, FORMAT_KEY } from "./keys.ts";
import { rowsOf } from "./load.ts";
import { FORMAT, migrate } from "./migrations.ts";
import { behind, u32, u64 } from "./numbers.ts";
import type { TableName } from "./operations.ts";
import { type Expected, SALVAGED, type Salvaged, salvage } from "./salvage.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const OWNER_BYTES = 8;

type Change = (tables: Tables) => void;

/** Many changes in few transactions. */
class ChunkedChanges {
  readonly #database: Database;
  #changes: Change[] = [];
  #bytes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  add(bytes: number, change: Change): void {
    this.#changes.push(change);
    this.#bytes += bytes + 100;
    if (this.#bytes >= CHUNK_BYTES) this.flush();
  }

  remove(table: TableName, key: Buffer): void {
    this.add(key.length, (tables) => tables[table].remove(key));
  }

  flush(): void {
    const changes = this.#changes.splice(0);
    this.#bytes = 0;
    this.#database.transaction(() => {
      for (const change of changes) change(this.#database.tables);
    });
  }
}

/** The row that came first stays. */
function fill(database: Database, path: string): Expected {
  const changes = new ChunkedChanges(database);
  const expected = salvage(path, (table, key, value) => {
    changes.add(key.length + value.length, (tables) => {
      if (!tables[table].doesExist(key)) tables[table].put(key, value);
    });
  });
  changes.flush();
  return expected;
}

/** Makes the rows fit each other: what belongs to nobody, or refers to what is lost, goes. */
class Reconciliation {
  readonly #tables: Tables;
  readonly #changes: ChunkedChanges;
  readonly #owners = new Set<number>();
  /** By message number. */
  readonly #references = new Map<number, number>();
  #highestSequence = 0;
  #highestMessage = 0;

  constructor(database: Database) {
    this.#tables = database.tables;
    this.#changes = new ChunkedChanges(database);
  }

  run(): void {
    for (const name of ["sessions", "groups"] as const) {
      for (const { key } of rowsOf(this.#tables[name])) this.#owners.add(new ByteReader(key).u64());
    }
    for (const { key } of rowsOf(this.#tables.messages)) this.#references.set(new ByteReader(key).u64(), 0);
    this.#deliveries();
    this.#retained();
    this.#changes.flush();
    for (const name of ["subscriptions", "received", "exchanges"] as const) this.#owned(name);
    this.#messages();
    this.#counters();
    this.#changes.flush();
  }

  #isOwned(key: Buffer): boolean {
    return this.#owners.has(new ByteReader(key.subarray(0, OWNER_BYTES)).u64());
  }

  /** False where there is no such message. */
  #refer(number: number): boolean {
    const count = this.#references.get(number);
    if (count !== undefined) this.#references.set(number, count + 1);
    return count !== undefined;
  }

  #deliveries(): void {
    for (const { key, value } of rowsOf(this.#tables.deliveries)) {
      const number = messageNumberOf(value);
      if (!this.#isOwned(key) || (number !== 0 && !this.#refer(number))) this.#changes.remove("deliveries", key);
      else this.#highestSequence = Math.max(this.#highestSequence, new ByteReader(key.subarray(OWNER_BYTES)).u64());
    }
  }

  #retained(): void {
    for (const { key, value } of rowsOf(this.#tables.retained)) {
      const number = new ByteReader(value).u64();
      const row = this.#tables.messages.get(value);
      const isOfTopic = row !== undefined && boundedName(readMessage(new ByteReader(row)).topic).equals(key);
      if (!isOfTopic || !this.#refer(number)) this.#changes.remove("retained", key);
    }
  }

  #owned(name: "subscriptions" | "received" | "exchanges"): void {
    for (const { key, value } of rowsOf(this.#tables[name])) {
      if (!this.#isOwned(key) || (name === "exchanges" && !this.#hasDelivery(key, value)))
        this.#changes.remove(name, key);
    }
  }

  #hasDelivery(key: Buffer, exchange: Buffer): boolean {
    this.#highestSequence = Math.max(this.#highestSequence, new ByteReader(exchange.subarray(1)).u64());
    if (exchange[0] !== DELIVERY_UNDER_WAY) return true;
    return this.#tables.deliveries.doesExist(Buffer.concat([key.subarray(0, OWNER_BYTES), exchange.subarray(1)]));
  }

  #messages(): void {
    for (const [number, count] of this.#references) {
      this.#highestMessage = Math.max(this.#highestMessage, number);
      if (count === 0) this.#changes.remove("messages", u64(number));
      if (count > 1) this.#changes.add(0, ({ references }) => references.put(u64(number), u32(count)));
    }
  }

  /** No number is given out twice, whatever the counters said. */
  #counters(): void {
    const reader = new ByteReader(this.#tables.meta.get(COUNTERS_KEY) ?? Buffer.alloc(24));
    const highestOwner = [...this.#owners].reduce((highest, owner) => Math.max(highest, owner), 0);
    const highest = [highestOwner, this.#highestSequence, this.#highestMessage];
    const counters = highest.map((number) => u64(Math.max(reader.u64(), number + 1)));
    this.#changes.add(0, ({ meta }) => meta.put(COUNTERS_KEY, Buffer.concat(counters)));
  }
}

function countRows(tables: Tables, expected: Expected): RepairReport["tables"] {
  const counts = SALVAGED.map((name: Salvaged) => {
    const kept = tables[name].getKeysCount({ start: Buffer.of(0), end: behind(Buffer.alloc(0)) });
    const there = expected[name];
    return [name, { kept, lost: there === undefined ? undefined : Math.max(there - kept, 0) }];
  });
  return Object.fromEntries(counts);
}

export interface Recovered {
  readonly tables: RepairReport["tables"];
  /** Whether that was all. */
  readonly isWhole: boolean;
}

/**
 * Fills a database without any row with what can be read of a damaged store.
 * @throws {DiskError} ERR_STORE_NEWER
 */
export function recover(database: Database, directory: string, path: string): Recovered {
  const expected = fill(database, path);
  const { meta } = database.tables;
  const knowsItself = meta.doesExist(FORMAT_KEY) && meta.doesExist(COUNTERS_KEY);
  if (!meta.doesExist(FORMAT_KEY)) database.transaction(() => meta.put(FORMAT_KEY, u32(FORMAT)));
  migrate(database, directory);
  new Reconciliation(database).run();
  const tables = countRows(database.tables, expected);
  return { tables, isWhole: knowsItself && Object.values(tables).every(({ lost }) => lost === 0) };
}

/** Gives the damaged file a second name, which is its only one when another takes its place. */
export function setAside(directory: string, name: string): string {
  const aside = `${name}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  linkSync(join(directory, name), join(directory, aside));
  return aside;
}
