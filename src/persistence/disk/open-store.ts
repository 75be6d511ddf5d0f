import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { CAN_CHECK, checkFile } from "./check.ts";
import { Database } from "./database.ts";
import type { RepairReport } from "./disk.ts";
import { DiskError, damaged } from "./disk-error.ts";
import { causeOf } from "./growth.ts";
import { Journal } from "./journal.ts";
import { COUNTERS_KEY, FORMAT_KEY } from "./keys.ts";
import { FORMAT, migrate } from "./migrations.ts";
import { u32, u64 } from "./numbers.ts";
import { recover, setAside } from "./repair.ts";
import { Writer } from "./writer.ts";

export const DATA_FILE = "data.mdb";
const NEW_FILE = "data.mdb.new";
export const JOURNAL_FILE = "journal.bin";
const FIRST_NUMBER = u64(1);

/** Names in a directory are on disk only when the directory was synced. Windows has no such call, and needs none. */
function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeStore(path: string): void {
  for (const name of [path, `${path}-lock`]) rmSync(name, { force: true });
}

/** A store under a name of its own, until it is whole. `fill` adds to it. */
async function buildStore<T>(path: string, fill: (database: Database) => T | Promise<T>): Promise<T> {
  removeStore(path);
  let database: Database | undefined;
  try {
    database = new Database(path);
    const filled = await fill(database);
    await database.close();
    return filled;
  } catch (error) {
    await database?.close();
    const cause = existsSync(path) ? causeOf(error, path) : error;
    removeStore(path);
    throw cause;
  }
}

/** Gives the built store its name, in place of any that has it. */
function moveIn(directory: string): void {
  renameSync(join(directory, NEW_FILE), join(directory, DATA_FILE));
  removeStore(join(directory, NEW_FILE));
  syncDirectory(directory);
}

/** Builds a store in a directory without one: with all that `fill` puts into it, or none at all where it throws. */
export async function createStore(directory: string, fill: (database: Database) => Promise<void>): Promise<void> {
  await buildStore(join(directory, NEW_FILE), async (database) => {
    initialize(database);
    await fill(database);
  });
  moveIn(directory);
}

/** Builds a store of what can be read; nothing changes where that is all. */
async function repairStore(directory: string, faults: readonly string[]): Promise<RepairReport | undefined> {
  const path = join(directory, NEW_FILE);
  const damaged = join(directory, DATA_FILE);
  const { tables, isWhole } = await buildStore(path, (database) => recover(database, directory, damaged));
  if (faults.length === 0 && isWhole) {
    removeStore(path);
    return undefined;
  }
  const aside = setAside(directory, DATA_FILE);
  moveIn(directory);
  return { setAside: join(directory, aside), damage: faults.join("; ") || "rows that cannot be read", tables };
}

function initialize(database: Database): void {
  const { meta } = database.tables;
  database.transaction(() => {
    meta.put(FORMAT_KEY, u32(FORMAT));
    meta.put(COUNTERS_KEY, Buffer.concat([FIRST_NUMBER, FIRST_NUMBER, FIRST_NUMBER]));
  });
}

/** What a journal says builds on the tables that it was written beside: without them it cannot be taken. */
async function begin(directory: string, repair: boolean): Promise<RepairReport | undefined> {
  const journal = join(directory, JOURNAL_FILE);
  const hasJournal = existsSync(journal) && statSync(journal).size > 0;
  if (hasJournal && !repair) throw withoutData(directory);
  const aside = hasJournal ? join(directory, setAside(directory, JOURNAL_FILE)) : undefined;
  rmSync(journal, { force: true });
  await createStore(directory, async () => {});
  return aside === undefined ? undefined : { setAside: aside, damage: `${DATA_FILE} is missing`, tables: {} };
}

function withoutData(directory: string): DiskError {
  const what = `${directory} has a ${JOURNAL_FILE}, and no ${DATA_FILE}, which it belongs to`;
  const remedy = "put that back, or start with --repair to begin with an empty store; the journal is kept";
  return new DiskError("ERR_STORE_DAMAGED", `${what}: ${remedy}`);
}

async function prepare(directory: string, repair: boolean): Promise<RepairReport | undefined> {
  const path = join(directory, DATA_FILE);
  if (!existsSync(path)) return begin(directory, repair);
  const faults = CAN_CHECK ? checkFile(path) : [];
  if (faults.length > 0 && !repair) throw damaged(`${path} is damaged (${faults.join("; ")})`);
  return repair && CAN_CHECK ? repairStore(directory, faults) : undefined;
}

/** How the journal is damaged; undefined: it is not. */
function journalDamage(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const journal = new Journal(path, "r");
  try {
    const { bytes, isDamaged } = journal.end();
    return isDamaged ? `its last ${bytes} bytes cannot be read` : undefined;
  } finally {
    journal.close();
  }
}

/** An entry builds on those before it: with a damaged one, all behind it are lost, too. */
function prepareJournal(directory: string, repair: boolean): RepairReport | undefined {
  const path = join(directory, JOURNAL_FILE);
  const damage = journalDamage(path);
  if (damage === undefined) return undefined;
  if (!repair) throw damaged(`${path} is damaged (${damage})`);
  const aside = join(directory, setAside(directory, JOURNAL_FILE));
  copyFileSync(aside, `${path}.new`);
  renameSync(`${path}.new`, path);
  return { setAside: aside, damage: `${JOURNAL_FILE}: ${damage}`, tables: {} };
}

function both(one: RepairReport | undefined, other: RepairReport | undefined): RepairReport | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    setAside: `${one.setAside} and ${other.setAside}`,
    damage: `${one.damage}; ${other.damage}`,
    tables: { ...one.tables, ...other.tables },
  };
}

async function openWriter(directory: string): Promise<Writer> {
  const path = join(directory, DATA_FILE);
  const database = new Database(path);
  let journal: Journal | undefined;
  try {
    migrate(database, directory);
    journal = new Journal(join(directory, JOURNAL_FILE));
    return new Writer(path, database, journal);
  } catch (error) {
    journal?.close();
    await database.close();
    throw error;
  }
}

/** @throws DiskError, or what Node or LMDB throw */
export async function openStore(
  directory: string,
  repair: boolean,
): Promise<{ writer: Writer; repaired: RepairReport | undefined }> {
  const repaired = both(await prepare(directory, repair), prepareJournal(directory, repair));
  return { writer: await openWriter(directory), repaired };
}
