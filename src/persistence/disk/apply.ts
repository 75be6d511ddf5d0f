import { ByteReader } from "../byte-reader.ts";
import { messageNumberOf } from "../row-encoding.ts";
import type { Tables } from "./database.ts";
import { behind, u32, u64 } from "./numbers.ts";
import { ADD_REFERENCES, OPERATION_HEADER, PUT, REMOVE, REMOVE_OWNER, TABLES, type TableName } from "./operations.ts";

const OWNED: readonly TableName[] = ["sessions", "subscriptions", "groups", "received", "exchanges"];
const CHUNK = 1_000;
const OWNER_BYTES = 8;

/** A message without a row in the table of references has one. */
function addReferences({ messages, references }: Tables, number: Buffer, delta: number): void {
  const row = references.get(number);
  const count = (row === undefined ? 1 : row.readUInt32BE()) + delta;
  if (count > 1) {
    references.put(number, u32(count));
    return;
  }
  if (row !== undefined) references.remove(number);
  if (count < 1) messages.remove(number);
}

function removeDeliveries(tables: Tables, owner: Buffer): void {
  const range = { start: owner, end: behind(owner), limit: CHUNK };
  for (;;) {
    const rows = [...tables.deliveries.getRange(range)];
    for (const { key, value } of rows) {
      const number = messageNumberOf(value);
      if (number !== 0) addReferences(tables, u64(number), -1);
      tables.deliveries.remove(key);
    }
    if (rows.length < CHUNK) return;
  }
}

function removeOwner(tables: Tables, owner: Buffer): void {
  removeDeliveries(tables, owner);
  for (const name of OWNED) {
    const keys = [...tables[name].getKeys({ start: owner, end: behind(owner) })];
    for (const key of keys) tables[name].remove(key);
  }
}

/** Does what a batch says, within a transaction. */
export function apply(tables: Tables, batch: Uint8Array): void {
  const buffer = Buffer.from(batch.buffer, batch.byteOffset, batch.length);
  for (let at = 0; at < buffer.length; ) {
    const keyStart = at + OPERATION_HEADER;
    const valueStart = keyStart + buffer.readUInt16BE(at + 2);
    const end = valueStart + buffer.readUInt32BE(at + 4);
    const key = buffer.subarray(keyStart, valueStart);
    const name = TABLES[buffer.readUInt8(at + 1)];
    if (name === undefined || end > buffer.length) throw new RangeError("a batch cannot be read");
    switch (buffer[at]) {
      case PUT:
        tables[name].put(key, buffer.subarray(valueStart, end));
        break;
      case REMOVE:
        tables[name].remove(key);
        break;
      case ADD_REFERENCES:
        addReferences(tables, key, new ByteReader(buffer.subarray(valueStart, end)).i32());
        break;
      case REMOVE_OWNER:
        removeOwner(tables, key.subarray(0, OWNER_BYTES));
        break;
      default:
        throw new RangeError("a batch has an unknown operation");
    }
    at = end;
  }
}
