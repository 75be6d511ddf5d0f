import type { Database, Tables } from "./database.ts";
import { DiskError, damaged } from "./disk-error.ts";
import { FORMAT_KEY } from "./keys.ts";
import { u32 } from "./numbers.ts";

/** Of the tables as this version of ternmq writes them. */
export const FORMAT = 1;

/** Brings the tables from one format to the next. Runs within the transaction that notes the new format. */
export type Migration = (tables: Tables) => void;

/** By the format that each starts from. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

function newer(directory: string, found: number, known: number): DiskError {
  const what = `${directory} was written by a newer version of ternmq (format ${found}; this one knows ${known})`;
  return new DiskError("ERR_STORE_NEWER", `${what}: start that version, or give this one another data directory`);
}

/** Sees to it that the tables are of the format that this version writes. @throws {DiskError} */
export function migrate(database: Database, directory: string, format = FORMAT, migrations = MIGRATIONS): void {
  const row = database.tables.meta.get(FORMAT_KEY);
  if (row?.length !== 4) throw damaged(`${directory}: the store does not tell its format`);
  const found = row.readUInt32BE();
  if (found > format) throw newer(directory, found, format);
  if (found === format) return;
  database.transaction(() => {
    for (let from = found; from < format; from++) {
      const migration = migrations.get(from);
      if (migration === undefined) throw damaged(`${directory}: there is no way from format ${from} to ${format}`);
      migration(database.tables);
    }
    database.tables.meta.put(FORMAT_KEY, u32(format));
  });
}
