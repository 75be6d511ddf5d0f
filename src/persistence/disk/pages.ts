import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";
import { decodeDelivery } from "../row-encoding.ts";
import type { DeliveryRow } from "../rows.ts";
import { DiskError } from "./disk-error.ts";
import type { Page, PageTable } from "./protocol.ts";

const PAGE_BYTES = 512 * 1024;
const NONE = new Uint8Array(0);

/** Collects rows of one table until a page is full. */
export class PageWriter {
  readonly #table: PageTable;
  #writer = new ByteWriter();
  #rows = 0;

  constructor(table: PageTable) {
    this.#table = table;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#writer.end;
  }

  get isFull(): boolean {
    return this.#writer.end >= PAGE_BYTES;
  }

  add(key: Uint8Array, value: Uint8Array, message: Uint8Array = NONE, secondMessage: Uint8Array = NONE): void {
    this.#rows++;
    this.#field(key);
    this.#field(value);
    this.#field(message);
    this.#field(secondMessage);
  }

  /** What was added since the last call. */
  take(): Page {
    const page = { table: this.#table, rows: this.#rows, bytes: this.#writer.take() };
    this.#rows = 0;
    return page;
  }

  #field(bytes: Uint8Array): void {
    this.#writer.u32(bytes.length);
    this.#writer.bytes(bytes);
  }
}

export type DecodeRow = (key: Buffer, value: Buffer, message: Buffer, secondMessage: Buffer) => void;

/** @throws {DiskError} ERR_STORE_DAMAGED with the key of the row that `decode` threw for */
export function readPage(page: Page, decode: DecodeRow): void {
  const reader = new ByteReader(page.bytes);
  for (let row = 0; row < page.rows; row++) {
    const key = reader.bytes(reader.u32());
    const value = reader.bytes(reader.u32());
    const message = reader.bytes(reader.u32());
    const secondMessage = reader.bytes(reader.u32());
    try {
      decode(key, value, message, secondMessage);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      throw damagedRow(page.table, key, error);
    }
  }
}

function damagedRow(table: PageTable, key: Buffer, error: Error): DiskError {
  const message = `the row ${key.toString("hex")} of the table ${table} cannot be read (${error.message})`;
  return new DiskError("ERR_STORE_DAMAGED", `${message}: start with --repair to go on with what can be read`);
}

export function decodeDeliveries(page: Page): DeliveryRow[] {
  const rows: DeliveryRow[] = [];
  readPage(page, (key, value, message) => rows.push(decodeDelivery(key, value, message)));
  return rows;
}
