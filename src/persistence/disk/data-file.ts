import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * LMDB's file as lmdb-js 3 writes it on 64-bit little-endian machines, read without LMDB: whatever is wrong with the file, this cannot crash.
 * The names are those of liblmdb's mdb.c.
 *
 *     page  ┊ pgno u64 │ txnid u64 │ pad u16 │ flags u16 │ lower u16, upper u16 │ …
 *     meta  ┊ magic u32 │ version u16 │ flags u16 │ address u64 │ mapsize u64 │ free tree │ main tree │ last page u64 │ txnid u64 │ boot id u64
 *     tree  ┊ pad u32 │ flags u16 │ depth u16 │ branch pages, leaf pages, overflow pages, entries, root: u64 each
 */
export const PAGE_HEADER = 24;
export const TREE_BYTES = 48;
const META_BYTES = 144;
const MAGIC = 0xbeefc0de;
/** MDB_DATA_VERSION. The upper half of the field has flags. */
const VERSION = 2;
const P_META = 0x08;
const SMALLEST_PAGE = 512;
const LARGEST_PAGE = 65_536;
/** P_INVALID: the tree is empty. */
export const NO_PAGE = -1;

export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly entries: number;
  readonly root: number;
}

export interface Meta {
  readonly pageSize: number;
  /** Bytes that LMDB maps. */
  readonly mapSize: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** Of an unsigned 64-bit number; what is no safe integer is no page, and no count either. */
export function readNumber(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : NO_PAGE;
}

export function readTree(bytes: Buffer, at: number): Tree {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    entries: readNumber(bytes, at + 32),
    root: readNumber(bytes, at + 40),
  };
}

/** Undefined for what is no meta page of a file that can be read here. */
function readMeta(page: Buffer): Meta | undefined {
  if (page.length < PAGE_HEADER + META_BYTES || (page.readUInt16LE(18) & P_META) === 0) return undefined;
  const meta = page.subarray(PAGE_HEADER);
  const pageSize = meta.readUInt32LE(24);
  const isPageSize = pageSize >= SMALLEST_PAGE && pageSize <= LARGEST_PAGE && (pageSize & (pageSize - 1)) === 0;
  if (meta.readUInt32LE(0) !== MAGIC || meta.readUInt16LE(4) !== VERSION || !isPageSize) return undefined;
  return {
    pageSize,
    mapSize: readNumber(meta, 16),
    free: readTree(meta, 24),
    main: readTree(meta, 72),
    lastPage: readNumber(meta, 120),
    transaction: meta.readBigUInt64LE(128),
  };
}

export class DataFile {
  readonly #descriptor: number;
  readonly size: number;
  /** The snapshots that the file may hold, the newest first; LMDB takes the first. Where a meta page is broken, only the other one is here. */
  readonly metas: readonly Meta[];
  readonly pageSize: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
    this.size = fstatSync(this.#descriptor).size;
    const first = readMeta(this.#read(0, SMALLEST_PAGE));
    this.pageSize = first?.pageSize ?? this.#pageSizeOfSecond();
    const second = readMeta(this.#read(this.pageSize, SMALLEST_PAGE));
    const metas = [first, second].filter((meta) => meta !== undefined && meta.pageSize === this.pageSize);
    this.metas = (metas as Meta[]).sort((one, other) => (one.transaction < other.transaction ? 1 : -1));
  }

  /** Up to `length` bytes of what stands from the start of a page on, in memory that the next call does not use. */
  read(page: number, length: number): Buffer {
    return this.#read(page * this.pageSize, length);
  }

  /** Whether `into`, of one page, could be filled. */
  readPage(page: number, into: Buffer): boolean {
    return readSync(this.#descriptor, into, 0, this.pageSize, page * this.pageSize) === this.pageSize;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #pageSizeOfSecond(): number {
    for (let size = SMALLEST_PAGE; size <= LARGEST_PAGE; size *= 2) {
      if (readMeta(this.#read(size, SMALLEST_PAGE))?.pageSize === size) return size;
    }
    return 4096;
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(Math.min(length, this.size - at), 0));
    return bytes.subarray(0, readSync(this.#descriptor, bytes, 0, bytes.length, at));
  }
}
