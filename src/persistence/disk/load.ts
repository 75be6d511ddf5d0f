import { messageNumberOf } from "../row-encoding.ts";
import { DELIVERY_UNDER_WAY } from "../rows.ts";
import type { Table, Tables } from "./database.ts";
import { COUNTERS_KEY } from "./keys.ts";
import { behind, u64 } from "./numbers.ts";
import { PageWriter } from "./pages.ts";
import type { Page, PageTable } from "./protocol.ts";

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

const CHUNK = 2_000;
const FIRST = Buffer.of(0);
const OWNER_BYTES = 8;
/** In no row. */
const MISSING = Buffer.alloc(0);

/** The rows of a table in the order of their keys; holds no more than a chunk of them. */
export function* rowsOf(table: Table): Generator<Row> {
  let start: Buffer = FIRST;
  for (;;) {
    const rows = [...table.getRange({ start, end: behind(MISSING), exclusiveStart: true, limit: CHUNK })];
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    start = last.key;
  }
}

/** 0 where the row cannot be read: who decodes it names it. */
function readableNumber(delivery: Buffer): number {
  try {
    return messageNumberOf(delivery);
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
}

/** The row of the message that a delivery refers to; empty where it holds the message itself, or where it is missing. */
function messageOf(tables: Tables, delivery: Buffer): Buffer {
  const number = readableNumber(delivery);
  return number === 0 ? MISSING : (tables.messages.get(u64(number)) ?? MISSING);
}

function* scan(table: Table, name: PageTable): Generator<Page> {
  const page = new PageWriter(name);
  for (const { key, value } of rowsOf(table)) {
    page.add(key, value);
    if (page.isFull) yield page.take();
  }
  yield page.take();
}

/** The exchanges, sorted by owner, state and sequence. */
function* sortedExchanges(table: Table): Generator<Row> {
  let ofOwner: Row[] = [];
  const sorted = () => ofOwner.sort((one, other) => one.value.compare(other.value));
  for (const row of rowsOf(table)) {
    const owner = ofOwner[0]?.key.subarray(0, OWNER_BYTES);
    if (owner !== undefined && !row.key.subarray(0, OWNER_BYTES).equals(owner)) {
      yield* sorted();
      ofOwner = [];
    }
    ofOwner.push(row);
  }
  yield* sorted();
}

function* exchanges(tables: Tables): Generator<Page> {
  const page = new PageWriter("exchanges");
  for (const { key, value } of sortedExchanges(tables.exchanges)) {
    const isDelivery = value[0] === DELIVERY_UNDER_WAY;
    const deliveryKey = Buffer.concat([key.subarray(0, OWNER_BYTES), value.subarray(1)]);
    const delivery = isDelivery ? (tables.deliveries.get(deliveryKey) ?? MISSING) : MISSING;
    page.add(key, value, delivery, messageOf(tables, delivery));
    if (page.isFull) yield page.take();
  }
  yield page.take();
}

/** How many deliveries each owner has. */
function* waiting({ deliveries }: Tables): Generator<Page> {
  const page = new PageWriter("waiting");
  let start: Buffer = FIRST;
  for (;;) {
    const [first] = deliveries.getKeys({ start, end: behind(MISSING), limit: 1 });
    if (first === undefined) break;
    const owner = first.subarray(0, OWNER_BYTES);
    const end = behind(owner);
    page.add(owner, u64(deliveries.getKeysCount({ start: owner, end })));
    if (page.isFull) yield page.take();
    start = end;
  }
  yield page.take();
}

function* retained(tables: Tables): Generator<Page> {
  const page = new PageWriter("retained");
  for (const { key, value } of rowsOf(tables.retained)) {
    page.add(key, value, tables.messages.get(value));
    if (page.isFull) yield page.take();
  }
  yield page.take();
}

function counters({ meta }: Tables): Page {
  const page = new PageWriter("counters");
  page.add(COUNTERS_KEY, meta.get(COUNTERS_KEY) ?? MISSING);
  return page.take();
}

/** All that the broker needs to know at the start, in the order in which it can use it. */
export function* load(tables: Tables): Generator<Page> {
  yield counters(tables);
  for (const name of ["sessions", "subscriptions", "groups", "received"] as const) yield* scan(tables[name], name);
  yield* exchanges(tables);
  yield* waiting(tables);
  yield* retained(tables);
}

const KIB = 1024;

export function fetchDeliveries(tables: Tables, owner: number, after: number, limit: number): Page {
  const page = new PageWriter("deliveries");
  const key = u64(owner);
  const start = Buffer.concat([key, u64(after)]);
  for (const row of tables.deliveries.getRange({ start, end: behind(key), exclusiveStart: true, limit })) {
    page.add(row.key, row.value, messageOf(tables, row.value));
    if (page.bytes >= limit * KIB) break;
  }
  return page.take();
}
