import { type Limits, resolveLimits } from "../config/limits.ts";
import type { Broker } from "./broker.ts";

/** What parts of the broker are made for. */
const FIXED = [
  "maximumTopicLevels",
  "maximumBacklogBytes",
  "maximumEventLoopDelay",
] as const satisfies readonly (keyof Limits)[];

/** A change that was found good and has had no effect yet. */
export interface PreparedLimits {
  /** What cannot change while the broker runs, in words for the log. */
  readonly needsRestart: readonly string[];
  commit(): void;
}

/** Clients that are connected stay, also where a limit is below what there is. @throws {TernmqError} ERR_OPTION */
export function prepareLimits({ limits, flusher }: Broker, given: Partial<Limits> = {}): PreparedLimits {
  const changed = resolveLimits(given);
  const fixed = FIXED.filter((name) => changed[name] !== limits[name]);
  const kept = Object.fromEntries(fixed.map((name) => [name, limits[name]]));
  return {
    needsRestart: fixed.map((name) => `limits.${name} stays ${limits[name]}`),
    commit: () => {
      // The one object is what the hot path reads.
      Object.assign(limits, changed, kept);
      flusher.stallTimeout = limits.stallTimeout;
    },
  };
}
