import type {
  Counters,
  DeliveryRow,
  ExchangeRow,
  GroupRow,
  OwnerNumber,
  ReceivedRow,
  RetainedRow,
  SessionRow,
  SubscriptionRow,
} from "../rows.ts";
import type { Batch } from "./batch.ts";
import type { DiskError } from "./disk-error.ts";
import { WorkerDisk } from "./worker-disk.ts";

/** What has to be true before a group counts as kept: it survives the end of the process, or a power cut too. */
export type DiskLevel = "commit" | "fsync";

/** What is on disk. Calls return at once; a thread of its own does the work, in the order of the calls. */
export interface Disk {
  /** What the repair at the opening did; undefined: nothing had to be repaired. */
  readonly repaired: RepairReport | undefined;
  /**
   * Keeps all that the batch says, or nothing of it. Resolves when the level is reached. Until the answer the batch belongs to the disk: fill
   * another one meanwhile. Then it is empty and can be filled anew; or, after an error, it holds what it held, and can be written again.
   * @throws {DiskError} by the promise: nothing was kept. ERR_STORE_FULL, ERR_STORE_FAILED: the same may be tried again later;
   *   ERR_STORE_CLOSED: it may not, and a batch that was under way is lost
   */
  write(batch: Batch, level: DiskLevel): Promise<void>;
  /**
   * Up to `limit` deliveries of an owner, and not much more than `limit` × 1 KiB of them, whose sequence is above `after`, in order; at least one
   * if there is one.
   * @throws {DiskError} by the promise: ERR_STORE_DAMAGED, ERR_STORE_FAILED
   */
  fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]>;
  /**
   * When all that was asked for is done, and on disk as far as the disk allows, and the directory is free.
   * @throws {DiskError} by the promise, then, too: what was acknowledged at `commit` could not be brought from the journal into the tables; the next
   *   start does that
   */
  close(): Promise<void>;
}

/** What a repair did. */
export interface RepairReport {
  /** Where the damaged file is now. */
  readonly setAside: string;
  /** What was wrong. */
  readonly damage: string;
  /** By table; `lost` is undefined where nobody can tell how many there were. */
  readonly tables: Readonly<Record<string, { readonly kept: number; readonly lost: number | undefined }>>;
}

export interface DiskOptions {
  /** Starts on what can be read of a damaged store, and sets the damaged file aside. */
  readonly repair: boolean;
  /** Gets all that is kept, before the disk is there. */
  readonly visitor: DiskVisitor;
  /** The disk has ended though nobody closed it, which it does not get over: every call fails with ERR_STORE_CLOSED from now on. */
  readonly onDeath?: (error: DiskError) => void;
}

/**
 * Takes what is on disk at the start, table by table in the order of these methods. Deliveries that wait are only counted; those that are under way come
 * one by one.
 */
export interface DiskVisitor {
  counters(counters: Counters): void;
  session(row: SessionRow): void;
  subscription(row: SubscriptionRow): void;
  group(row: GroupRow): void;
  received(row: ReceivedRow): void;
  /** `delivery` belongs to an exchange with DELIVERY_UNDER_WAY. By owner; within an owner in rising order of `sequence` where the state is the same. */
  exchange(row: ExchangeRow, delivery: DeliveryRow | undefined): void;
  /** How many deliveries of an owner wait, that is, are not under way, and the highest sequence of those that are (0: none is). */
  waiting(owner: OwnerNumber, count: number, after: number): void;
  retained(row: RetainedRow): void;
  /** Now and then, for the log. */
  progress(table: string, rows: number): void;
}

/**
 * Opens the store in a directory, which is made where there is none, and reads it. The directory is this broker's alone until `close`.
 * @throws {DiskError} by the promise: ERR_STORE_LOCKED, ERR_STORE_NEWER, ERR_STORE_DAMAGED, ERR_STORE_UNUSABLE; the message tells what to do
 */
export function openDisk(directory: string, options: DiskOptions): Promise<Disk> {
  return WorkerDisk.open(directory, options);
}
