import { statSync } from "node:fs";
import { join } from "node:path";
import { ByteReader } from "../persistence/byte-reader.ts";
import { COUNTERS_KEY } from "../persistence/disk/keys.ts";
import { FORMAT } from "../persistence/disk/migrations.ts";
import { behind } from "../persistence/disk/numbers.ts";
import { DATA_FILE } from "../persistence/disk/open-store.ts";
import { TABLES, type TableName } from "../persistence/disk/operations.ts";
import { Snapshot } from "../persistence/disk/snapshot.ts";
import { type Unsettled, unsettledOf } from "../persistence/disk/unsettled.ts";
import { decodeGroup, decodeSession } from "../persistence/json-encoding.ts";
import { decodeCounters } from "../persistence/row-encoding.ts";
import type { Counters, OwnerNumber } from "../persistence/rows.ts";

const OWNER_BYTES = 8;
const NOTHING = Buffer.alloc(0);

interface Size {
  readonly rows: number;
  readonly bytes: number;
}

/** Deliveries of a session, by its client identifier, or of a shared subscription, by its filter. */
interface Queue {
  readonly owner: OwnerNumber;
  readonly clientIdentifier?: string;
  readonly sharedFilter?: string;
  readonly deliveries: number;
}

export interface Inspection {
  readonly directory: string;
  readonly format: number;
  /** Bytes of the file with the tables, free pages included. */
  readonly fileBytes: number;
  /** What is acknowledged and not in the tables yet. */
  readonly journal: Unsettled;
  readonly counters: Counters;
  readonly sessions: { readonly offline: number; readonly withWill: number };
  readonly tables: Readonly<Record<TableName, Size>>;
  /** The longest first. */
  readonly longestQueues: readonly Queue[];
}

function sessionsOf(snapshot: Snapshot): Inspection["sessions"] {
  let offline = 0;
  let withWill = 0;
  for (const { key, value } of snapshot.rows("sessions")) {
    const session = decodeSession(key, value);
    if (session.offlineSince !== undefined) offline++;
    if (session.will !== undefined) withWill++;
  }
  return { offline, withWill };
}

function* queues(snapshot: Snapshot): Generator<{ key: Buffer; deliveries: number }> {
  for (let start: Buffer = Buffer.of(0); ; ) {
    const key = snapshot.firstKey("deliveries", start)?.subarray(0, OWNER_BYTES);
    if (key === undefined) return;
    yield { key, deliveries: snapshot.count("deliveries", key) };
    start = behind(key);
  }
}

function nameOf(snapshot: Snapshot, key: Buffer): Pick<Queue, "clientIdentifier" | "sharedFilter"> {
  const session = snapshot.get("sessions", key);
  if (session !== undefined) return { clientIdentifier: decodeSession(key, session).clientIdentifier };
  const group = snapshot.get("groups", key);
  return group === undefined ? {} : { sharedFilter: decodeGroup(key, group).filter };
}

function longestQueues(snapshot: Snapshot, most: number): Queue[] {
  let longest: { key: Buffer; deliveries: number }[] = [];
  for (const queue of queues(snapshot)) {
    longest.push(queue);
    if (longest.length >= most * 2 + 1) longest = sorted(longest, most);
  }
  return sorted(longest, most).map(({ key, deliveries }) => {
    return { owner: new ByteReader(key).u64(), ...nameOf(snapshot, key), deliveries };
  });
}

function sorted<T extends { deliveries: number }>(queues: readonly T[], most: number): T[] {
  return queues.toSorted((one, other) => other.deliveries - one.deliveries).slice(0, most);
}

/** @param queues how many of the longest queues to tell. @throws {TernmqError} by the promise */
export async function inspectStore(directory: string, queues: number): Promise<Inspection> {
  const snapshot = await Snapshot.open(directory);
  try {
    const size = (name: TableName): Size => ({ rows: snapshot.count(name), bytes: snapshot.bytes(name) });
    return {
      directory,
      format: FORMAT,
      fileBytes: statSync(join(directory, DATA_FILE)).size,
      journal: unsettledOf(snapshot),
      counters: decodeCounters(snapshot.get("meta", COUNTERS_KEY) ?? NOTHING),
      sessions: sessionsOf(snapshot),
      tables: Object.fromEntries(TABLES.map((name) => [name, size(name)])) as Record<TableName, Size>,
      longestQueues: longestQueues(snapshot, queues),
    };
  } finally {
    await snapshot.close();
  }
}
