import type { Logger } from "pino";
import type { Delivery } from "../delivery/delivery.ts";
import type { Message } from "../delivery/message.ts";
import type { Receiver } from "../delivery/receiver.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { Statistics } from "../observability/statistics.ts";
import type { Session } from "../session/session.ts";
import { Changes } from "./changes.ts";
import { Batch } from "./disk/batch.ts";
import type { Disk, DiskLevel } from "./disk/disk.ts";
import type { Counters, DeliveryRow, OwnerNumber } from "./rows.ts";
import type { PagedDeliveries, Store } from "./store.ts";

/** Milliseconds that changes for which nobody waits may stay unwritten, so that most messages come and go without a write. */
const LAZY_DELAY = 50;
/** Milliseconds until a group that could not be written is tried again. */
const RETRY_DELAY = 500;
/** Bytes that may wait to be written until publishers have to wait. */
const MAXIMUM_BYTES = 67_108_864;
/** Milliseconds of failing after which it is logged again. */
const REPEAT_LOG = 60_000;

/** Those who wait for a group. */
class Group {
  readonly number: number;
  /** Clients with bytes that are held back. */
  readonly held: Receiver[] = [];
  /** Clients that are to be told. */
  readonly awaiting: Receiver[] = [];
  readonly watching = new Set<PagedDeliveries>();
  /** The strictest that a client asks for; undefined: nobody waits. */
  level: DiskLevel | undefined;
  /** The highest sequence number in it. */
  lastSequence = 0;

  constructor(number: number) {
    this.number = number;
  }
}

/**
 * Keeps everything on disk, in groups: while one is being written the next collects what changes meanwhile. So one write to the disk serves
 * all who wait for it, and the slower the disk, the larger the groups.
 *
 *     calls → #changes, #open ──(nothing is being written)──→ batch → disk ──→ #writing: clients are released, or the batch is tried again
 */
export class DurableStore implements Store {
  changes = 0;
  /** What `changes` was when the last group was closed. */
  #closedAt = 0;
  isFailing = false;
  readonly #changes = new Changes();
  #open = new Group(1);
  #writing: Group | undefined;
  #batch = new Batch();
  #disk: Disk | undefined;
  #nextOwner = 1;
  #nextSequence = 1;
  #nextMessage = 1;
  #isScheduled = false;
  /** The disk has not answered yet. */
  #isUnderWay = false;
  #timer: NodeJS.Timeout | undefined;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #onIdle: (() => void) | undefined;
  readonly #log: Logger;
  readonly #statistics: Statistics;

  constructor(log: Logger, statistics: Statistics) {
    this.#log = log;
    this.#statistics = statistics;
  }

  /** Where a store that was opened goes on counting. */
  resume({ owner, sequence, message }: Counters): void {
    this.#nextOwner = owner;
    this.#nextSequence = sequence;
    this.#nextMessage = message;
  }

  /** What was said so far is written from now on. */
  start(disk: Disk): void {
    this.#disk = disk;
    if (!this.#isUnchanged) this.#schedule();
  }

  /** Resolves when all that was said is written; a disk that fails gets one more chance. */
  async close(): Promise<void> {
    const disk = this.#disk;
    if (disk === undefined) return;
    if (this.#writing !== undefined || !this.#isUnchanged) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        this.#writeNow();
      });
    }
    clearTimeout(this.#timer);
    this.#disk = undefined;
    await disk.close();
  }

  get isBehind(): boolean {
    return this.#changes.bytes > MAXIMUM_BYTES;
  }

  hold(receiver: Receiver): void {
    const { durability } = receiver;
    if (durability === "memory" || (this.#isUnchanged && this.#writing === undefined)) return;
    // What was handed to the disk already is as durable as it was asked for then.
    const isUnderWay = this.#isUnchanged && (this.#writing?.level !== "commit" || durability === "commit");
    const group = (isUnderWay ? this.#writing : undefined) ?? this.#open;
    if (group.level !== "fsync") group.level = durability;
    if (!receiver.outbox.hold(group.number)) return;
    group.held.push(receiver);
    if (group === this.#open) this.#schedule();
  }

  awaitGroup(receiver: Receiver): void {
    this.#open.awaiting.push(receiver);
    this.#schedule();
  }

  watch(deliveries: PagedDeliveries): void {
    this.#open.watching.add(deliveries);
  }

  fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]> {
    return this.#disk === undefined ? Promise.resolve([]) : this.#disk.fetch(owner, after, limit);
  }

  takeOwner(): OwnerNumber {
    return this.#nextOwner++;
  }

  putSession(session: Session): void {
    if (session.owner === 0) return;
    this.#changes.putSession(session);
    this.#changed();
  }

  deleteOwner(owner: OwnerNumber): void {
    if (owner === 0) return;
    this.#changes.deleteOwner(owner);
    this.#changed();
  }

  putSubscription(subscription: Subscription): void {
    this.#changes.putSubscription(subscription);
    this.#changed();
  }

  deleteSubscription(subscription: Subscription): void {
    this.#changes.deleteSubscription(subscription);
    this.#changed();
  }

  putGroup(owner: OwnerNumber, filter: string): void {
    this.#changes.putGroup(owner, filter);
    this.#changed();
  }

  putRetained(message: Message, previous: Message | undefined): void {
    this.#changes.setRetained(message.topicName, previous, message);
    this.#changed();
  }

  deleteRetained(previous: Message): void {
    this.#changes.setRetained(previous.topicName, previous, undefined);
    this.#changed();
  }

  putDelivery(owner: OwnerNumber, delivery: Delivery): void {
    delivery.owner = owner;
    delivery.sequence = this.#takeSequence();
    delivery.putIn = this.#open.number;
    this.#changes.putDelivery(delivery);
    this.#changed();
  }

  deleteDelivery(delivery: Delivery): void {
    if (delivery.sequence === 0) return;
    this.#changes.deleteDelivery(delivery, delivery.putIn === this.#open.number);
    this.#changed();
  }

  putUnderWay(owner: OwnerNumber, packetIdentifier: number, delivery: Delivery): void {
    this.#changes.putUnderWay(owner, packetIdentifier, delivery.sequence);
    this.#changed();
  }

  putReleased(owner: OwnerNumber, packetIdentifier: number): void {
    this.#changes.putReleased(owner, packetIdentifier, this.#takeSequence());
    this.#changed();
  }

  deleteExchange(owner: OwnerNumber, packetIdentifier: number): void {
    this.#changes.deleteExchange(owner, packetIdentifier);
    this.#changed();
  }

  putReceived(owner: OwnerNumber, packetIdentifier: number): void {
    this.#changes.putReceived(owner, packetIdentifier);
    this.#changed();
  }

  deleteReceived(owner: OwnerNumber, packetIdentifier: number): void {
    this.#changes.deleteReceived(owner, packetIdentifier);
    this.#changed();
  }

  #takeSequence(): number {
    this.#open.lastSequence = this.#nextSequence;
    return this.#nextSequence++;
  }

  /** Nothing has changed since the last group was closed. */
  get #isUnchanged(): boolean {
    return this.changes === this.#closedAt;
  }

  #changed(): void {
    this.changes++;
    if (this.#timer === undefined && this.#writing === undefined) this.#writeLater(LAZY_DELAY);
  }

  #writeLater(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#writeNow(), delay);
    this.#timer.unref();
  }

  /** Somebody waits: the group is closed when this turn of the event loop is over, or as soon as the disk is done with the one before. */
  #schedule(): void {
    if (this.#isScheduled || this.#writing !== undefined || this.#disk === undefined) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#writing === undefined) this.#writeNow();
    });
  }

  /** Hands the group that could not be written to the disk once more, or closes the open one. */
  #writeNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const disk = this.#disk;
    if (disk === undefined || this.#isUnderWay) return;
    this.#isUnderWay = true;
    const group = this.#writing ?? this.#close();
    disk.write(this.#batch, group.level ?? "fsync").then(
      () => this.#onWritten(group),
      (error: unknown) => this.#onFailure(group, error),
    );
  }

  #close(): Group {
    const group = this.#open;
    this.#writing = group;
    this.#open = new Group(group.number + 1);
    this.#closedAt = this.changes;
    this.#nextMessage = this.#changes.drain(this.#batch, this.#nextMessage);
    this.#batch.setCounters({ owner: this.#nextOwner, sequence: this.#nextSequence, message: this.#nextMessage });
    return group;
  }

  #onWritten(group: Group): void {
    this.#isUnderWay = false;
    this.#writing = undefined;
    this.#statistics.groupsWritten++;
    if (this.isFailing) {
      this.isFailing = false;
      this.#loggedAt = Number.NEGATIVE_INFINITY;
      this.#log.info("the store can be written again");
    }
    for (const { outbox } of group.held) outbox.release(group.number);
    for (const receiver of group.awaiting) receiver.onKept();
    for (const deliveries of group.watching) deliveries.onKept(group.lastSequence);
    this.#goOn();
  }

  #goOn(): void {
    const { held, awaiting, watching } = this.#open;
    const isClosing = this.#onIdle !== undefined;
    if (held.length + awaiting.length + watching.size > 0) this.#schedule();
    else if (this.#isUnchanged) this.#onIdle?.();
    else if (isClosing) this.#schedule();
    else this.#writeLater(LAZY_DELAY);
  }

  /** Nothing is promised until it can be kept: who waits for it is sent away, and the same is tried again. */
  #onFailure(group: Group, error: unknown): void {
    this.#isUnderWay = false;
    this.isFailing = true;
    this.#statistics.groupsFailed++;
    const now = performance.now();
    if (now - this.#loggedAt >= REPEAT_LOG) {
      this.#loggedAt = now;
      this.#log.error({ err: error }, "the store cannot be written; QoS 1 and 2 messages are refused until it can");
    }
    for (const { held, awaiting } of [group, this.#open]) {
      for (const receiver of held.splice(0)) receiver.onNotKept();
      for (const receiver of awaiting.splice(0)) receiver.onKept();
    }
    if (this.#onIdle === undefined) this.#writeLater(RETRY_DELAY);
    else this.#onIdle();
  }
}
