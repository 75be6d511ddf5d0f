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

/** What has to be true before a group counts as kept: it survives the end of the process, or a power cut too. */
export type DiskLevel = "commit" | "fsync";

/** What is on disk. Calls return at once; a thread of its own does the work, in the order of the calls. */
export interface Disk {
  /**
   * Keeps all that the batch says, or nothing of it. Resolves when the level is reached. The batch may be filled anew when the call is back.
   * @throws {DiskError} by the promise: nothing was kept, and the same may be tried again
   */
  write(batch: Batch, level: DiskLevel): Promise<void>;
  /** Up to `limit` deliveries of an owner, and not much more than `limit` × 1 KiB of them, whose sequence is above `after`, in order; at least one if there is one. */
  fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]>;
  /** When all that was asked for is done. */
  close(): Promise<void>;
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
