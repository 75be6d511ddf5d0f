import type { DiskLevel, RepairReport } from "./disk.ts";
import type { DiskErrorCode } from "./disk-error.ts";

/** What the broker's thread asks the store's thread for. Each request has one answer, in the order of the requests. */
export type Request =
  | { readonly type: "next" }
  | { readonly type: "write"; readonly bytes: Uint8Array<ArrayBuffer>; readonly level: DiskLevel }
  | { readonly type: "fetch"; readonly owner: number; readonly after: number; readonly limit: number }
  | { readonly type: "close" };

/** Tables as the broker gets them at the start; `waiting`: how many deliveries an owner has. */
export type PageTable =
  | "counters"
  | "sessions"
  | "subscriptions"
  | "groups"
  | "received"
  | "exchanges"
  | "waiting"
  | "retained"
  | "deliveries";

/**
 * Rows of a table, each field behind its length:
 *
 *     ┊ u32 key │ u32 value │ u32 message ┊
 *
 * `message` is empty where the row refers to none. With an exchange, `message` is the delivery, and a further field is the delivery's message.
 */
export interface Page {
  readonly table: PageTable;
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Failure {
  readonly code: DiskErrorCode;
  readonly message: string;
}

export type Answer =
  | { readonly type: "opened"; readonly repaired: RepairReport | undefined }
  /** Of `next`, and of `fetch`. */
  | { readonly type: "page"; readonly page: Page }
  /** Of `next`: there is nothing more. */
  | { readonly type: "loaded" }
  /** Of `write`: gives the memory back. */
  | { readonly type: "written"; readonly bytes: Uint8Array<ArrayBuffer>; readonly failure: Failure | undefined }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "closed" };

export interface WorkerOptions {
  readonly directory: string;
  readonly repair: boolean;
}
