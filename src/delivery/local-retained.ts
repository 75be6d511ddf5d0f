import type { Core } from "../wasm/core.ts";
import type { RetainedMessages } from "./retained.ts";
import type { LocalListener } from "./subscription.ts";

/** Retained topics looked at in one turn of the event loop. */
const BATCH = 64;

/** Gives the retained messages that match a valid filter to a listener of the program, a few in each turn. The function that comes back ends that. */
export function collectRetained(
  core: Core,
  retained: RetainedMessages,
  filter: Uint8Array,
  listener: LocalListener,
): () => void {
  const cursor = core.openWalk(filter);
  if (cursor <= 0) return () => {};
  const upTo = retained.lastNumber;
  const entries = new Uint32Array(BATCH);
  let next: NodeJS.Immediate | undefined = setImmediate(step);

  function stop(): void {
    if (next === undefined) return;
    clearImmediate(next);
    next = undefined;
    core.closeWalk(cursor);
  }

  function step(): void {
    const count = core.walk(cursor, entries);
    const isFinished = core.walkFinished;
    const earlier = entries.subarray(0, count).filter((entry) => retained.numberAt(entry) <= upTo);
    const messages = Array.from(earlier, (entry) => retained.at(entry));
    if (isFinished) stop();
    else next = setImmediate(step);
    for (const message of messages) if (message !== undefined) listener(message);
  }

  return stop;
}
