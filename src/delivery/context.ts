import type { Logger } from "pino";
import type { Limits } from "../config/limits.ts";
import type { Statistics } from "../observability/statistics.ts";
import type { Store } from "../persistence/store.ts";
import type { Backlog } from "../transport/backlog.ts";
import type { RetainedWalks } from "./retained-walks.ts";
import type { Sender } from "./sender.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What sessions and groups of one broker share. */
export interface DeliveryContext {
  readonly log: Logger;
  readonly limits: Limits;
  readonly statistics: Statistics;
  readonly store: Store;
  /** What waits in memory, of all sessions and groups. */
  readonly backlog: Backlog;
  readonly sender: Sender;
  readonly subscriptions: Subscriptions;
  readonly retainedWalks: RetainedWalks;
}
