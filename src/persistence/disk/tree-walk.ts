import {
  type DataFile,
  type Meta,
  NO_PAGE,
  PAGE_HEADER,
  readNumber,
  readTree,
  TREE_BYTES,
  type Tree,
} from "./data-file.ts";

/**
 *     node  ┊ lo u16 │ hi u16 │ flags u16 │ key's length u16 │ key │ value ┊      `lo` and `hi`: the value's length, or a page with `flags` above
 *     value on pages of its own  ┊ page u64 │ txnid u64 │ pages u64 ┊
 */
const NODE_HEADER = 8;
const OVERFLOW_BYTES = 24;
const P_BRANCH = 0x01;
const P_LEAF = 0x02;
const P_OVERFLOW = 0x04;
const F_BIGDATA = 0x01;
const F_SUBDATA = 0x02;
const MDB_INTEGERKEY = 0x08;
const DEEPEST = 32;
const FIRST_PAGE = 2;
const MOST_FAULTS = 10;
const ANY_SNAPSHOT = { lastPage: Number.MAX_SAFE_INTEGER, transaction: 2n ** 64n };

export interface Node {
  readonly key: Buffer;
  /** Undefined where the pages that it stands on are broken. */
  readonly value: Buffer | undefined;
}

/** Views, valid during the call. */
export type OnNode = (node: Node) => void;

interface PageRange {
  readonly tree: Tree;
  readonly onNode: OnNode | undefined;
}

function compareNumbers(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other);
}

/**
 * Goes through the trees of one snapshot and checks each page that is in use. What is broken is noted, and the rest gone through all the same.
 * Memory: a byte per page.
 */
export class TreeWalk {
  readonly #file: DataFile;
  readonly #meta: Pick<Meta, "lastPage" | "transaction">;
  /** Of the snapshot, and in the file: which may be shorter, by free pages. */
  readonly #lastPage: number;
  readonly #seen: Uint8Array;
  readonly #levels: Buffer[] = [];
  /** The first of what was found. */
  readonly faults: string[] = [];
  brokenPages = 0;
  #previousKey: Buffer | undefined;
  #previousIsLowest = false;
  #entries = 0;

  /** @param meta undefined: none can be read */
  constructor(file: DataFile, meta: Meta | undefined) {
    this.#file = file;
    this.#meta = meta ?? ANY_SNAPSHOT;
    this.#lastPage = Math.min(this.#meta.lastPage, Math.ceil(file.size / file.pageSize) - 1);
    this.#seen = new Uint8Array(Math.max(this.#lastPage + 1, 0));
  }

  /** With `onNode`, values are read as well. */
  walk(tree: Tree, onNode?: OnNode): void {
    this.#previousKey = undefined;
    this.#previousIsLowest = false;
    this.#entries = 0;
    if (tree.root === NO_PAGE) {
      if (tree.depth !== 0) this.#fault("a tree has no root");
      return;
    }
    if (tree.depth === 0 || tree.depth > DEEPEST) this.#fault(`a tree has the depth ${tree.depth}`);
    else this.#page(tree.root, 1, { tree, onNode });
    if (this.brokenPages === 0 && this.#entries !== tree.entries) {
      this.#fault(`a tree should have ${tree.entries} rows and has ${this.#entries}`);
    }
  }

  /** The tables, by name. Walk them after this one. */
  tables(main: Tree): Map<string, Tree> {
    const tables = new Map<string, Tree>();
    this.walk(main, ({ key, value }) => {
      // lmdb-js ends names with a zero.
      const name = key.toString("latin1").replace(/\0$/, "");
      const table = value?.length === TREE_BYTES ? readTree(value, 0) : undefined;
      if (table?.flags === 0) tables.set(name, table);
      else this.#fault(`the table ${name} has no tree`);
    });
    return tables;
  }

  /** The list of free pages: LMDB writes over what stands in it, so nothing that is in use may. */
  free(tree: Tree): void {
    const free: [number, number][] = [];
    this.walk(tree, ({ value }) => {
      if (value !== undefined) this.#freePages(value, free);
    });
    for (const [start, length] of free) {
      if (start < FIRST_PAGE || start + length - 1 > this.#meta.lastPage)
        this.#fault(`page ${start} is free and not there`);
      const pages = this.#seen.subarray(start, start + length);
      if (pages.some((seen) => seen !== 0)) this.#fault(`page ${start} is free and in use`);
      pages.fill(1);
    }
  }

  /**
   * Pages with rows that no tree leads to, and that are not free: where a page above them is broken. The last written first.
   */
  orphans(): number[] {
    const found: { page: number; transaction: bigint }[] = [];
    const bytes = Buffer.allocUnsafe(this.#file.pageSize);
    for (let page = FIRST_PAGE; page <= this.#lastPage; page++) {
      if (this.#seen[page] !== 0 || !this.#file.readPage(page, bytes)) continue;
      if (this.#soundNodes(page, bytes, true) > 0) found.push({ page, transaction: bytes.readBigUInt64LE(8) });
    }
    found.sort((one, other) => compareNumbers(other.transaction, one.transaction));
    return found.map(({ page }) => page);
  }

  /** The rows of a page that `orphans` gave. */
  rowsOf(page: number, onNode: OnNode): void {
    const bytes = this.#file.read(page, this.#file.pageSize);
    const nodes = this.#soundNodes(page, bytes, true);
    this.#seen[page] = 1;
    for (let node = 0; node < nodes; node++) {
      const at = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + node * 2);
      if (bytes.readUInt16LE(at + 4) !== F_SUBDATA) onNode(this.#node(bytes, at, true));
    }
  }

  /** `count u64 │ entries`: a page; or a negative length, and then the first page of as many; 0 is nothing. */
  #freePages(value: Buffer, free: [number, number][]): void {
    const count = value.length >= 8 ? readNumber(value, 0) : NO_PAGE;
    if (count === NO_PAGE || (count + 1) * 8 > value.length) {
      this.#fault("the list of free pages cannot be read");
      return;
    }
    let length = 1;
    for (let at = 8; at <= count * 8; at += 8) {
      const entry = Number(value.readBigInt64LE(at));
      if (entry < 0) {
        length = -entry;
        continue;
      }
      if (entry !== 0) free.push([entry, length]);
      length = 1;
    }
  }

  #fault(fault: string): void {
    this.brokenPages++;
    if (this.faults.length < MOST_FAULTS) this.faults.push(fault);
  }

  /** False where the pages are not there, or are part of something else. */
  #take(page: number, count: number): boolean {
    if (page < FIRST_PAGE || count < 1 || page + count - 1 > this.#lastPage) {
      this.#fault(`page ${page} is not in the file`);
      return false;
    }
    const pages = this.#seen.subarray(page, page + count);
    if (pages.some((seen) => seen !== 0)) {
      this.#fault(`page ${page} is in use twice`);
      return false;
    }
    pages.fill(1);
    return true;
  }

  #page(page: number, depth: number, range: PageRange): void {
    if (!this.#take(page, 1)) return;
    this.#levels[depth] ??= Buffer.allocUnsafe(this.#file.pageSize);
    const bytes = this.#levels[depth];
    if (!this.#file.readPage(page, bytes)) {
      this.#fault(`page ${page} is cut off`);
      return;
    }
    this.#checkTransaction(page, bytes);
    const isLeaf = depth === range.tree.depth;
    const nodes = this.#nodesOf(page, bytes, isLeaf);
    for (let node = 0; node < nodes; node++) {
      const at = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + node * 2);
      if (isLeaf) {
        this.#leafNode(page, bytes, at, range);
        continue;
      }
      // LMDB does not look at the first one.
      if (node > 0) this.#checkOrder(page, this.#keyOf(bytes, at), range.tree, true);
      this.#page(bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * 2 ** 32, depth + 1, range);
    }
  }

  /** LMDB takes a page of a transaction that is to come for one that it has changed itself, in memory of its own. */
  #checkTransaction(page: number, bytes: Buffer): void {
    if (bytes.readBigUInt64LE(8) > this.#meta.transaction)
      this.#fault(`page ${page} is of a transaction that is to come`);
  }

  #nodesOf(page: number, bytes: Buffer, isLeaf: boolean): number {
    const nodes = this.#soundNodes(page, bytes, isLeaf);
    if (nodes === 0) this.#fault(`page ${page} is broken`);
    return nodes;
  }

  /** How many nodes the page has; 0 where it is broken: a page without any is never in use. */
  #soundNodes(page: number, bytes: Buffer, isLeaf: boolean): number {
    const lower = bytes.readUInt16LE(20);
    const upper = bytes.readUInt16LE(22);
    const nodes = lower >> 1;
    const isSound =
      readNumber(bytes, 0) === page &&
      bytes.readUInt16LE(18) === (isLeaf ? P_LEAF : P_BRANCH) &&
      lower <= upper &&
      PAGE_HEADER + upper <= bytes.length &&
      nodes >= (isLeaf ? 1 : 2);
    return isSound && this.#nodesFit(bytes, nodes, PAGE_HEADER + upper, isLeaf) ? nodes : 0;
  }

  #nodesFit(bytes: Buffer, nodes: number, upper: number, isLeaf: boolean): boolean {
    for (let node = 0; node < nodes; node++) {
      const at = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + node * 2);
      if (at < upper || at + NODE_HEADER > bytes.length) return false;
      const keyEnd = at + NODE_HEADER + bytes.readUInt16LE(at + 6);
      if (keyEnd > bytes.length) return false;
      if (isLeaf && !this.#leafNodeFits(bytes, at, keyEnd)) return false;
    }
    return true;
  }

  #leafNodeFits(bytes: Buffer, at: number, keyEnd: number): boolean {
    const flags = bytes.readUInt16LE(at + 4);
    if (flags === F_BIGDATA) return keyEnd + OVERFLOW_BYTES <= bytes.length;
    return (flags === 0 || flags === F_SUBDATA) && keyEnd + bytes.readUInt32LE(at) <= bytes.length;
  }

  #leafNode(page: number, bytes: Buffer, at: number, { tree, onNode }: PageRange): void {
    this.#entries++;
    const node = this.#node(bytes, at, onNode !== undefined);
    this.#checkOrder(page, node.key, tree, false);
    onNode?.(node);
  }

  #keyOf(bytes: Buffer, at: number): Buffer {
    const start = at + NODE_HEADER;
    return bytes.subarray(start, start + bytes.readUInt16LE(at + 6));
  }

  #node(bytes: Buffer, at: number, isWanted: boolean): Node {
    const key = this.#keyOf(bytes, at);
    const keyEnd = at + NODE_HEADER + key.length;
    const length = bytes.readUInt32LE(at);
    const isLarge = bytes.readUInt16LE(at + 4) === F_BIGDATA;
    const value = isLarge ? this.#overflow(bytes, keyEnd, length, isWanted) : bytes.subarray(keyEnd, keyEnd + length);
    return { key, value };
  }

  /** @param isLowest the key of a branch: the next row's is the same or a higher one */
  #checkOrder(page: number, key: Buffer, { flags }: Tree, isLowest: boolean): void {
    const isInteger = (flags & MDB_INTEGERKEY) !== 0;
    if (key.length === 0 || (isInteger && key.length !== 8)) {
      this.#fault(`page ${page} has a key of ${key.length} bytes`);
      return;
    }
    const previous = this.#previousKey;
    const order =
      previous === undefined
        ? 1
        : isInteger
          ? compareNumbers(key.readBigUInt64LE(), previous.readBigUInt64LE())
          : key.compare(previous);
    if (order < 0 || (order === 0 && !this.#previousIsLowest)) this.#fault(`page ${page} has its keys out of order`);
    this.#previousKey = Buffer.from(key);
    this.#previousIsLowest = isLowest;
  }

  #overflow(bytes: Buffer, at: number, length: number, isWanted: boolean): Buffer | undefined {
    const page = readNumber(bytes, at);
    const pages = readNumber(bytes, at + 16);
    if (PAGE_HEADER + length > pages * this.#file.pageSize || !this.#take(page, pages)) {
      this.#fault(`a value of ${length} bytes on page ${page} is cut off`);
      return undefined;
    }
    const wanted = isWanted ? PAGE_HEADER + length : PAGE_HEADER;
    const stored = this.#file.read(page, wanted);
    const isSound =
      stored.length === wanted && readNumber(stored, 0) === page && stored.readUInt16LE(18) === P_OVERFLOW;
    if (isSound) this.#checkTransaction(page, stored);
    const isWhole = (page + pages) * this.#file.pageSize <= this.#file.size;
    if (isSound && isWhole) return stored.subarray(PAGE_HEADER);
    this.#fault(`page ${page} is broken`);
    return undefined;
  }
}
