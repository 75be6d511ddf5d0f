import type { Batch } from "../../src/persistence/disk/batch.ts";
import { OPERATION_HEADER, TABLES, type TableName } from "../../src/persistence/disk/operations.ts";

const KINDS = ["", "put", "remove", "add references", "remove owner"] as const;

/** One operation of a batch, read apart from src/persistence/disk/apply.ts. */
export interface Operation {
  readonly kind: (typeof KINDS)[number];
  readonly table: TableName;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Those of a batch, which keeps them; without the counters, which stand in every group. */
export function operationsOf(batch: Batch): Operation[] {
  const { operations: count } = batch;
  const bytes = batch.take();
  batch.restore(bytes, count);
  const buffer = Buffer.from(bytes);
  const operations: Operation[] = [];
  for (let at = 0; at < buffer.length; ) {
    const keyStart = at + OPERATION_HEADER;
    const valueStart = keyStart + buffer.readUInt16BE(at + 2);
    const end = valueStart + buffer.readUInt32BE(at + 4);
    const kind = KINDS[buffer.readUInt8(at)] ?? "";
    const table = TABLES[buffer.readUInt8(at + 1)] ?? "meta";
    const operation = {
      kind,
      table,
      key: buffer.subarray(keyStart, valueStart),
      value: buffer.subarray(valueStart, end),
    };
    if (table !== "meta") operations.push(operation);
    at = end;
  }
  return operations;
}
