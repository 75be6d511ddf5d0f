import { ByteReader } from "../persistence/byte-reader.ts";
import { DiskError } from "../persistence/disk/disk-error.ts";
import { COUNTERS_KEY } from "../persistence/disk/keys.ts";
import { FORMAT } from "../persistence/disk/migrations.ts";
import { u64 } from "../persistence/disk/numbers.ts";
import type { TableName } from "../persistence/disk/operations.ts";
import type { Row, Snapshot } from "../persistence/disk/snapshot.ts";
import { openSettled } from "../persistence/disk/unsettled.ts";
import { decodeGroup, decodeSession, decodeSubscription } from "../persistence/json-encoding.ts";
import { readMessage } from "../persistence/message-encoding.ts";
import {
  decodeCounters,
  decodeDelivery,
  decodeExchange,
  decodeReceived,
  messageNumberOf,
} from "../persistence/row-encoding.ts";
import { headerToJson, lineToJson } from "./line-to-json.ts";
import type { Line } from "./lines.ts";
import { Output } from "./output.ts";

const MISSING = Buffer.alloc(0);

/** Has to be told once, ahead of the rows that refer to it. */
function isShared(snapshot: Snapshot, number: number): boolean {
  return snapshot.get("references", u64(number)) !== undefined;
}

function messageRow(snapshot: Snapshot, number: number): Buffer {
  return number === 0 ? MISSING : (snapshot.get("messages", u64(number)) ?? MISSING);
}

function deliveryLine(snapshot: Snapshot, { key, value }: Row): Line {
  const { message, ...row } = decodeDelivery(key, value, messageRow(snapshot, messageNumberOf(value)));
  const stands = row.messageNumber !== 0 && isShared(snapshot, row.messageNumber);
  return { table: "deliveries", row: { ...row, message: stands ? undefined : message } };
}

function retainedLine(snapshot: Snapshot, { value }: Row): Line {
  const messageNumber = new ByteReader(value).u64();
  const message = readMessage(new ByteReader(messageRow(snapshot, messageNumber)));
  return {
    table: "retained",
    row: { messageNumber, message: isShared(snapshot, messageNumber) ? undefined : message },
  };
}

function sharedLine(snapshot: Snapshot, { key }: Row): Line {
  const number = new ByteReader(key).u64();
  return { table: "messages", row: { number, message: readMessage(new ByteReader(messageRow(snapshot, number))) } };
}

type ToLine = (snapshot: Snapshot, row: Row) => Line;

/** In their order in the file: what a row refers to stands before it. */
const TABLES: readonly (readonly [TableName, ToLine])[] = [
  ["sessions", (_, { key, value }) => ({ table: "sessions", row: decodeSession(key, value) })],
  ["groups", (_, { key, value }) => ({ table: "groups", row: decodeGroup(key, value) })],
  ["subscriptions", (_, { key, value }) => ({ table: "subscriptions", row: decodeSubscription(key, value) })],
  ["received", (_, { key }) => ({ table: "received", row: decodeReceived(key) })],
  ["references", sharedLine],
  ["deliveries", deliveryLine],
  ["exchanges", (_, { key, value }) => ({ table: "exchanges", row: decodeExchange(key, value) })],
  ["retained", retainedLine],
];

/** Throws DiskError for a row that cannot be read. */
function* linesOf(snapshot: Snapshot): Generator<string> {
  const counters = decodeCounters(snapshot.get("meta", COUNTERS_KEY) ?? MISSING);
  yield JSON.stringify(headerToJson(FORMAT, counters));
  for (const [table, toLine] of TABLES) {
    for (const row of snapshot.rows(table)) yield textOf(snapshot, table, row, toLine);
  }
  yield JSON.stringify(lineToJson({ table: "end" }));
}

function textOf(snapshot: Snapshot, table: TableName, row: Row, toLine: ToLine): string {
  try {
    return JSON.stringify(lineToJson(toLine(snapshot, row)));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    const what = `${snapshot.directory}: the row ${row.key.toString("hex")} of the table ${table} cannot be read`;
    throw new DiskError("ERR_STORE_DAMAGED", `${what} (${error.message}): see what ternmq store check finds`);
  }
}

/** @param path where the lines go; `-` is standard output. @throws {TernmqError} by the promise */
export async function exportStore(directory: string, path: string): Promise<void> {
  const snapshot = await openSettled(directory);
  try {
    const output = await Output.open(path);
    try {
      for (const line of linesOf(snapshot)) await output.write(line);
      await output.end();
    } catch (error) {
      await output.abandon();
      throw error;
    }
  } finally {
    await snapshot.close();
  }
}
