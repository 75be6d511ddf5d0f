import type { SessionLimits } from "../config/client-limits.ts";
import type { Owner, PagedDeliveries, Store } from "../persistence/store.ts";
import type { SlowReceiver } from "../transport/backlog.ts";
import type { DeliveryContext } from "./context.ts";
import type { Delivery } from "./delivery.ts";
import { DeliveryQueue } from "./delivery-queue.ts";

/** Deliveries of one owner that stay in memory, when the store keeps the rest. */
const WINDOW = 512;
/** With fewer than this in memory the next ones are fetched. */
const FETCH_BELOW = WINDOW / 2;
/** So many are fetched at a time while the backlog is high. */
const FETCH_FEW = 16;

/** What it needs of the broker. */
type WaitingContext = Pick<DeliveryContext, "store" | "statistics" | "backlog">;

/** Who deliveries wait for. */
export interface WaitingOwner extends Owner {
  /** Somebody is there to take them. */
  readonly isOnline: boolean;
  /** Nobody can at present: what was sent before has not left. */
  readonly isBlocked: boolean;
  readonly limits: SessionLimits;
  /** There are deliveries in memory again. */
  proceed(): void;
  /** Makes a delivery of what stands on disk. */
  restore(row: Awaited<ReturnType<Store["fetch"]>>[number]): Delivery;
  /** What waits cannot be read. */
  onUnreadable(error: unknown): void;
}

/**
 * The deliveries that wait for a session, or for a member of a shared subscription, first in, first out. Where the store keeps them only the
 * first few stand in memory, and those at the end that are not on disk yet:
 *
 *     ┊ window ┊ stored: on disk only ┊ tail: being written ┊
 *
 * Without a store, or for an owner that it does not know, all stand in the window.
 */
export class WaitingDeliveries implements PagedDeliveries, SlowReceiver {
  #window: DeliveryQueue;
  #tail: DeliveryQueue;
  /** Number of deliveries that are on disk only. */
  #stored = 0;
  /** Of their messages, those from before a restart left out. */
  #storedBytes = 0;
  /** Sequence number before the first of them. */
  #storedAfter = 0;
  /** Number of deliveries that were taken since the start. */
  #taken = 0;
  #isFetching = false;
  /** What is read is read to find those whose time is over. */
  #isPruning = false;
  #isEnded = false;
  readonly #owner: WaitingOwner;
  readonly #context: WaitingContext;

  constructor(owner: WaitingOwner, context: WaitingContext) {
    this.#owner = owner;
    this.#context = context;
    this.#window = new DeliveryQueue(context.backlog);
    this.#tail = new DeliveryQueue(context.backlog);
  }

  get size(): number {
    return this.#window.size + this.#stored + this.#tail.size;
  }

  /** They are in the window, or dropped. */
  get hasQos0(): boolean {
    return this.#window.hasQos0;
  }

  get isSlow(): boolean {
    return this.#owner.isOnline && this.size > 0;
  }

  get taken(): number {
    return this.#taken;
  }

  get isBlocked(): boolean {
    return this.#owner.isBlocked;
  }

  /** Lets the delivery wait, if the broker's limits have room for it; those whose time is over make room. False: it was dropped. */
  append(delivery: Delivery): boolean {
    const { store, statistics, backlog } = this.#context;
    const { owner, isOnline, limits } = this.#owner;
    const { maximumQueuedMessages } = limits;
    if (isOnline) backlog.slow = this;
    if (this.#findsMemoryFull(delivery)) {
      statistics.messagesDroppedBacklogFull++;
      return false;
    }
    if (this.size >= maximumQueuedMessages || this.#exceedsBytes(delivery)) this.dropExpired(Date.now());
    const dropped = this.#makeRoom(delivery) ? this.push(delivery, maximumQueuedMessages) : delivery;
    if (dropped !== undefined) statistics.messagesDroppedQueueFull++;
    if (dropped === delivery) return false;
    if (owner !== 0 && delivery.qos > 0) store.putDelivery(owner, delivery);
    return true;
  }

  /**
   * Appends; at the limit the oldest QoS 0 message makes room, and where there is none the new one is refused. So is one of QoS 0 that has no
   * room in memory. Returns which was dropped.
   */
  push(delivery: Delivery, limit: number): Delivery | undefined {
    const excess = this.#stored + this.#tail.size;
    const fitsMemory = excess === 0 && this.#window.size < WINDOW && !this.#context.backlog.isHigh;
    if (this.#owner.owner === 0 || fitsMemory) {
      return this.#window.push(delivery, limit - excess);
    }
    if (delivery.qos === 0) return delivery;
    const dropped = this.size >= limit ? (this.#window.takeOldestQos0() ?? delivery) : undefined;
    if (dropped === delivery) return dropped;
    if (this.#tail.size === 0) this.#context.store.watch(this);
    this.#tail.push(delivery, limit);
    return dropped;
  }

  /** The first one; undefined also while it is read from the disk, then the owner's `proceed` is called. */
  shift(): Delivery | undefined {
    if (this.#stored === 0 && this.#window.size === 0 && this.#tail.size > 0) {
      const empty = this.#window;
      this.#window = this.#tail;
      this.#tail = empty;
    }
    const delivery = this.#window.shift();
    this.#taken++;
    if (this.#stored > 0 && this.#window.size < FETCH_BELOW) this.#fetchSoon();
    return delivery;
  }

  /** Lets go of those whose time is over: at once of those in the window, of those on disk as they are read, which begins now. */
  dropExpired(now: number): void {
    for (const delivery of this.#window.takeExpired(now)) this.expire(delivery);
    if (this.#stored === 0 || this.#window.size >= FETCH_BELOW) return;
    this.#isPruning = true;
    this.#fetchSoon();
  }

  /** Its time is over, and it is not here any more. */
  expire(delivery: Delivery): void {
    this.#context.statistics.messagesExpired++;
    this.#context.store.deleteDelivery(delivery);
  }

  /** So many wait on disk from an earlier life of the broker, behind this sequence number. */
  restore(count: number, after: number): void {
    this.#stored = count;
    this.#storedAfter = after;
  }

  /** The owner is gone with all that waits; what is still being read is not wanted any more. */
  end(): void {
    this.#isEnded = true;
    this.#window.clear();
    this.#tail.clear();
  }

  onKept(upTo: number): void {
    const isFirst = this.#stored === 0;
    let first = 0;
    for (let next = this.#tail.first; next !== undefined && next.sequence <= upTo; next = this.#tail.first) {
      this.#tail.shift();
      this.#stored++;
      this.#storedBytes += next.message.size;
      first ||= next.sequence;
    }
    if (isFirst && first > 0) this.#storedAfter = first - 1;
    if (this.#tail.size > 0) this.#context.store.watch(this);
    if (this.#window.size === 0) this.#owner.proceed();
  }

  #countStored(count: number, bytes: number): void {
    this.#stored = Math.max(0, count);
    this.#storedBytes = this.#stored === 0 ? 0 : Math.max(0, bytes);
  }

  /** What the store takes waits on disk where memory is short. */
  #findsMemoryFull({ qos }: Delivery): boolean {
    const { owner, isOnline } = this.#owner;
    if (owner !== 0 && qos > 0) return false;
    const { backlog } = this.#context;
    return isOnline ? backlog.isFull : backlog.bytes >= backlog.offlineLimit;
  }

  /** A message that finds nothing waiting is let in whatever its size. */
  #exceedsBytes({ message }: Delivery): boolean {
    const bytes = this.#window.bytes + this.#storedBytes + this.#tail.bytes;
    return this.size > 0 && bytes + message.size > this.#owner.limits.maximumQueuedBytes;
  }

  /** Drops QoS 0 messages, oldest first, until the bytes of the delivery have room. False: that is not enough. */
  #makeRoom(delivery: Delivery): boolean {
    while (this.#exceedsBytes(delivery)) {
      if (this.#window.takeOldestQos0() === undefined) return false;
      this.#context.statistics.messagesDroppedQueueFull++;
    }
    return true;
  }

  /** When the caller has taken as many as it can, so that as many as there is room for are fetched at once. */
  #fetchSoon(): void {
    if (this.#isFetching) return;
    this.#isFetching = true;
    queueMicrotask(() => void this.#fetch());
  }

  async #fetch(): Promise<void> {
    const rows = await this.#read();
    this.#isFetching = false;
    if (rows === undefined || this.#isEnded) return;
    this.#take(rows);
    this.#owner.proceed();
  }

  /** Undefined: it cannot be read, which the owner was told. */
  async #read(): Promise<Awaited<ReturnType<Store["fetch"]>> | undefined> {
    try {
      const { store, backlog } = this.#context;
      const room = backlog.isHigh ? FETCH_FEW : WINDOW - this.#window.size;
      return await store.fetch(this.#owner.owner, this.#storedAfter, room);
    } catch (error) {
      if (!this.#isEnded) this.#owner.onUnreadable(error);
      return undefined;
    }
  }

  #take(rows: Awaited<ReturnType<Store["fetch"]>>): void {
    // What stands in the tail may have reached the disk already.
    const end = this.#tail.first?.sequence ?? Number.POSITIVE_INFINITY;
    const stored = rows.filter(({ sequence }) => sequence < end);
    // There is nothing on disk where something was counted: rather go on without than ask for ever.
    if (stored.length === 0) this.#countStored(0, 0);
    const now = Date.now();
    for (const row of stored) {
      this.#storedAfter = row.sequence;
      this.#countStored(this.#stored - 1, this.#storedBytes - row.message.size);
      const delivery = this.#owner.restore(row);
      if (delivery.message.isExpired(now)) this.expire(delivery);
      else this.#window.push(delivery, Number.POSITIVE_INFINITY);
    }
    if (this.#isPruning && this.#stored > 0 && this.#window.size < FETCH_BELOW) this.#fetchSoon();
    else this.#isPruning = false;
  }
}
