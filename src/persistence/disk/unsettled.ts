import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DirectoryLock } from "./directory-lock.ts";
import { DiskError } from "./disk-error.ts";
import { diskErrorOf, openFailureOf } from "./failure.ts";
import { Journal } from "./journal.ts";
import { JOURNAL_KEY } from "./keys.ts";
import { JOURNAL_FILE, openStore } from "./open-store.ts";
import { Snapshot } from "./snapshot.ts";

const RETRY_MILLISECONDS = 20;
/** The broker needs a few tens of milliseconds. */
const PATIENCE_MILLISECONDS = 10_000;

/** What was acknowledged at the level `commit` and is not in the tables. */
export interface Unsettled {
  readonly entries: number;
  readonly bytes: number;
}

function settledEntry(snapshot: Snapshot): number {
  return Number(snapshot.get("meta", JOURNAL_KEY)?.readBigUInt64BE() ?? 0n);
}

/** What `read` makes of the journal; undefined: there is none. @throws {DiskError} */
function ofJournal<T>(directory: string, read: (journal: Journal) => T): T | undefined {
  const path = join(directory, JOURNAL_FILE);
  if (!existsSync(path)) return undefined;
  let journal: Journal | undefined;
  try {
    journal = new Journal(path, "r");
    return read(journal);
  } catch (error) {
    throw diskErrorOf(openFailureOf(error, directory));
  } finally {
    journal?.close();
  }
}

export function unsettledOf(snapshot: Snapshot): Unsettled {
  const settled = settledEntry(snapshot);
  const entries = ofJournal(snapshot.directory, (journal) => [...journal.entries(settled)].length) ?? 0;
  return { entries, bytes: entries === 0 ? 0 : statSync(join(snapshot.directory, JOURNAL_FILE)).size };
}

/** Does what the next start of the broker would do. False where there is a broker, which does so itself. @throws {DiskError} by the promise */
async function settle(directory: string): Promise<boolean> {
  let lock: DirectoryLock | undefined;
  try {
    lock = await DirectoryLock.take(directory);
    const { writer } = await openStore(directory, false);
    await writer.close();
    return true;
  } catch (error) {
    if (error instanceof DiskError && error.code === "ERR_STORE_LOCKED") return false;
    throw diskErrorOf(openFailureOf(error, directory));
  } finally {
    await lock?.release();
  }
}

/**
 * A snapshot with all that was acknowledged before the call, at whatever level: what stands in the journal only, the broker that runs settles within
 * moments; where none runs, it is settled here.
 * @throws {DiskError} by the promise, as Snapshot.open does; ERR_STORE_FAILED: the broker does not get it settled
 */
export async function openSettled(directory: string): Promise<Snapshot> {
  const { number: last = 0, isDamaged = false } = ofJournal(directory, (journal) => journal.end()) ?? {};
  // A damaged entry hides those behind it. Where a broker runs it may be writing this one.
  if (isDamaged) await settle(directory);
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const snapshot = await Snapshot.open(directory);
    if (settledEntry(snapshot) >= last) return snapshot;
    await snapshot.close();
    if (await settle(directory)) continue;
    if (Date.now() > deadline) throw stuck(directory);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}

function stuck(directory: string): DiskError {
  const what = `${directory}: the broker has not brought its journal into the tables for ${PATIENCE_MILLISECONDS / 1000} s`;
  return new DiskError("ERR_STORE_FAILED", `${what}: see what its log says of the disk`);
}
