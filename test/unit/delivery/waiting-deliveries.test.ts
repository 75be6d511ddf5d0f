import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { LIMIT_DEFAULTS } from "../../../src/config/limits.ts";
import { Delivery } from "../../../src/delivery/delivery.ts";
import { Message } from "../../../src/delivery/message.ts";
import { WaitingDeliveries } from "../../../src/delivery/waiting-deliveries.ts";
import { Statistics } from "../../../src/observability/statistics.ts";
import { MemoryStore } from "../../../src/persistence/memory.ts";
import type { DeliveryRow } from "../../../src/persistence/rows.ts";
import type { PagedDeliveries } from "../../../src/persistence/store.ts";
import { Backlog } from "../../../src/transport/backlog.ts";

const OWNER = 7;
const NO_LIMIT = Number.POSITIVE_INFINITY;

interface Group {
  readonly puts: DeliveryRow[];
  readonly deletes: number[];
  readonly watching: Set<PagedDeliveries>;
}

const newGroup = (): Group => ({ puts: [], deletes: [], watching: new Set() });

/** A store of one owner whose disk is as slow as the test wants. */
class SlowStore extends MemoryStore {
  readonly rows = new Map<number, DeliveryRow>();
  readonly expired: number[] = [];
  readonly fetches: { readonly limit: number; readonly answer: (isReadable: boolean) => void }[] = [];
  #open = newGroup();
  #writing: Group | undefined;
  #sequence = 0;

  /** What a restart would find. */
  keep(delivery: Delivery): void {
    this.#put(delivery);
    for (const row of this.#open.puts.splice(0)) this.rows.set(row.sequence, row);
  }

  override putDelivery(...[, delivery]: [owner?: number, delivery?: Delivery]): void {
    if (delivery !== undefined) this.#put(delivery);
  }

  /** The queue deletes only what has expired. */
  override deleteDelivery(...[delivery]: [delivery?: Delivery]): void {
    if (delivery === undefined) return;
    this.expired.push(numberOf(delivery));
    this.settle(delivery);
  }

  settle({ sequence }: Delivery): void {
    if (sequence > 0) this.#open.deletes.push(sequence);
  }

  override watch(...[deliveries]: [deliveries?: PagedDeliveries]): void {
    if (deliveries !== undefined) this.#open.watching.add(deliveries);
  }

  override fetch(
    ...[, after = 0, limit = 0]: [owner?: number, after?: number, limit?: number]
  ): Promise<DeliveryRow[]> {
    return new Promise((resolve, reject) => {
      const answer = (isReadable: boolean): void => {
        const behind = [...this.rows.values()].filter(({ sequence }) => sequence > after);
        const sorted = behind.sort((one, other) => one.sequence - other.sequence);
        if (isReadable) resolve(sorted.slice(0, limit));
        else reject(new Error("damaged"));
      };
      this.fetches.push({ limit, answer });
    });
  }

  /** The open group is on disk, but nobody knows yet. */
  reachDisk(): void {
    if (this.#writing !== undefined) return;
    this.#writing = this.#open;
    this.#open = newGroup();
    for (const row of this.#writing.puts) this.rows.set(row.sequence, row);
    for (const sequence of this.#writing.deletes) this.rows.delete(sequence);
  }

  written(): void {
    const group = this.#writing;
    if (group === undefined) return;
    this.#writing = undefined;
    const last = group.puts.at(-1)?.sequence ?? 0;
    for (const deliveries of group.watching) deliveries.onKept(last);
  }

  get isIdle(): boolean {
    const { puts, deletes, watching } = this.#open;
    return this.#writing === undefined && puts.length + deletes.length + watching.size === 0;
  }

  #put(delivery: Delivery): void {
    delivery.owner = OWNER;
    delivery.sequence = ++this.#sequence;
    const { message, qos, sequence } = delivery;
    this.#open.puts.push({
      owner: OWNER,
      sequence,
      qos,
      isRetained: false,
      subscriptionIdentifiers: undefined,
      sharedFilter: undefined,
      messageNumber: 0,
      message,
    });
  }
}

/** A session's queue with its store, and what came out of it. */
class Subject {
  readonly store = new SlowStore();
  readonly backlog = new Backlog(1_000_000_000);
  readonly waiting: WaitingDeliveries;
  readonly out: number[] = [];
  unreadable = 0;
  proceeded = 0;

  constructor(owner = OWNER) {
    const waitingOwner = {
      owner,
      isOnline: true,
      isBlocked: false,
      proceed: () => {
        this.proceeded++;
      },
      limits: LIMIT_DEFAULTS,
      restore: (row: DeliveryRow) => Delivery.restore(row, undefined),
      onUnreadable: () => {
        this.unreadable++;
      },
    };
    this.waiting = new WaitingDeliveries(waitingOwner, {
      store: this.store,
      statistics: new Statistics(),
      backlog: this.backlog,
    });
  }

  /** False: there was no room. */
  push(number: number, limit = NO_LIMIT, qos = 1, isExpired = false): boolean {
    const delivery = deliveryOf(number, qos, isExpired);
    const dropped = this.waiting.push(delivery, limit);
    if (dropped === delivery) return false;
    if (qos > 0) this.store.putDelivery(OWNER, delivery);
    return true;
  }

  /** False: there is nothing at present. */
  shift(isSettled: boolean): boolean {
    const delivery = this.waiting.shift();
    if (delivery === undefined) return false;
    this.out.push(numberOf(delivery));
    // One that is under way keeps its row.
    if (isSettled) this.store.settle(delivery);
    return true;
  }

  async drain(): Promise<void> {
    while (this.waiting.size > 0 || !this.store.isIdle) {
      this.store.reachDisk();
      this.store.written();
      while (this.shift(true));
      await this.answerAll();
    }
  }

  async answerAll(isReadable = true): Promise<void> {
    await setImmediate();
    for (const { answer } of this.store.fetches.splice(0)) answer(isReadable);
    await setImmediate();
  }
}

function deliveryOf(number: number, qos = 1, isExpired = false): Delivery {
  const message = Message.of(Buffer.from("t"), Buffer.from(`${number}`), qos, false);
  if (isExpired) message.expiryInterval = 0;
  return new Delivery(message, qos, false, undefined, undefined);
}

function numberOf({ message }: Delivery): number {
  return Number(message.payload.toString());
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("push" as const), count: fc.integer({ min: 1, max: 700 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("shift" as const),
      count: fc.integer({ min: 1, max: 700 }),
      isSettled: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("reach disk" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("written" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("answer fetches" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("drop expired" as const) }) },
);

it("gives all that was pushed, once and in order, whatever the disk does when", async () => {
  const property = fc.asyncProperty(
    fc.nat(1_500),
    fc.array(step, { maxLength: 40 }),
    fc.integer({ min: 2, max: 9 }),
    async (earlier, steps, expiring) => {
      const subject = new Subject();
      for (let number = 0; number < earlier; number++) subject.store.keep(deliveryOf(number));
      subject.waiting.restore(earlier, 0);
      let next = earlier;
      const { expired } = subject.store;
      for (const given of steps) {
        if (given.does === "push") {
          for (let i = 0; i < given.count; i++, next++) subject.push(next, NO_LIMIT, 1, next % expiring === 0);
        }
        if (given.does === "shift") for (let i = 0; i < given.count; i++) subject.shift(given.isSettled);
        if (given.does === "reach disk") subject.store.reachDisk();
        if (given.does === "written") subject.store.written();
        if (given.does === "answer fetches") await subject.answerAll();
        if (given.does === "drop expired") subject.waiting.dropExpired(Date.now());
        expect(subject.waiting.size).toBe(next - subject.out.length - expired.length);
      }
      await subject.drain();
      const all = new Set(expired);
      expect(all.size).toBe(expired.length);
      expect(subject.out).toEqual(upTo(next).filter((number) => !all.has(number)));
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

it("holds a window of many thousand in memory, and asks for the next before it is empty", async () => {
  const subject = new Subject();
  for (let number = 0; number < 10_000; number++) subject.push(number);
  subject.store.reachDisk();
  subject.store.written();
  expect(subject.waiting.size).toBe(10_000);
  const { rows } = subject.store;
  for (let taken = 0; taken < 10_000; ) {
    if (subject.shift(true)) taken++;
    else await subject.answerAll();
    for (const { limit } of subject.store.fetches) expect(limit).toBeLessThanOrEqual(512);
  }
  expect(subject.out).toEqual(upTo(10_000));
  expect(rows.size).toBe(10_000);
});

it("counts what is on disk towards the limit", async () => {
  const subject = new Subject();
  for (let number = 0; number < 2_000; number++) expect(subject.push(number, 2_000)).toBe(true);
  subject.store.reachDisk();
  subject.store.written();
  expect(subject.push(2_000, 2_000)).toBe(false);
  subject.shift(true);
  expect(subject.push(2_001, 2_000)).toBe(true);
  await subject.drain();
  expect(subject.out).toEqual([...upTo(2_000), 2_001]);
});

it("lets QoS 0 messages make room, or go, where there is none in memory", () => {
  const subject = new Subject();
  for (let number = 0; number < 512; number++) subject.push(number, 512, number === 5 ? 0 : 1);
  expect(subject.push(512, 512, 0)).toBe(false);
  expect(subject.push(513, 512, 1)).toBe(true);
  expect(subject.push(514, 512, 1)).toBe(false);
  expect(subject.waiting.size).toBe(512);
});

it("says once that what waits cannot be read, and reads it when it is asked for again", async () => {
  const subject = new Subject();
  for (let number = 0; number < 3; number++) subject.store.keep(deliveryOf(number));
  subject.waiting.restore(3, 0);
  expect(subject.shift(true)).toBe(false);
  await subject.answerAll(false);
  expect(subject.unreadable).toBe(1);
  expect(subject.proceeded).toBe(0);
  expect(subject.store.fetches).toEqual([]);
  await subject.drain();
  expect(subject.out).toEqual([0, 1, 2]);
});

it("goes on where less is on disk than was counted", async () => {
  const subject = new Subject();
  for (let number = 0; number < 3; number++) subject.store.keep(deliveryOf(number));
  subject.waiting.restore(5, 0);
  await subject.drain();
  expect(subject.out).toEqual([0, 1, 2]);
  expect(subject.waiting.size).toBe(0);
});

it("keeps all in memory, and takes none from a fetch that ends too late, for an owner that the store does not know", async () => {
  const unknown = new Subject(0);
  for (let number = 0; number < 2_000; number++) unknown.waiting.push(deliveryOf(number), NO_LIMIT);
  while (unknown.shift(false));
  expect(unknown.out).toEqual(upTo(2_000));
  const ended = new Subject();
  ended.store.keep(deliveryOf(0));
  ended.waiting.restore(1, 0);
  ended.shift(true);
  ended.waiting.end();
  await ended.answerAll();
  expect(ended.proceeded).toBe(0);
});

it("finds those on disk whose time is over, too, when room is wanted", async () => {
  const subject = new Subject();
  for (let number = 0; number < 2_000; number++) subject.push(number, NO_LIMIT, 1, number !== 1_500);
  subject.store.reachDisk();
  subject.store.written();
  subject.waiting.dropExpired(Date.now());
  while (subject.store.fetches.length > 0 || subject.waiting.size > 1) await subject.answerAll();
  expect(subject.store.expired).toEqual(upTo(2_000).filter((number) => number !== 1_500));
  await subject.drain();
  expect(subject.out).toEqual([1_500]);
});
