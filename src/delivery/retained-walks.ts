import type { Session } from "../session/session.ts";
import type { Core } from "../wasm/core.ts";
import type { Message } from "./message.ts";
import type { RetainedMessages } from "./retained.ts";
import type { Subscription } from "./subscription.ts";

/** Retained topics asked of the core at a time. */
const BATCH = 64;
/** Batches handled in one turn of the event loop, over all sessions. */
const BATCHES_PER_TURN = 16;

interface Walk {
  readonly subscription: Subscription;
  readonly cursor: number;
  /** Found, and not yet delivered. */
  found: { entry: number; message: Message }[];
}

/**
 * Delivers retained messages to new subscriptions, a few at a time: a filter over a million topics neither blocks the event loop nor makes
 * one list, and a session gets more only when it has room.
 */
export class RetainedWalks {
  readonly #walks = new Map<Session, Walk[]>();
  /** Sessions that have room. */
  #ready = new Set<Session>();
  #isScheduled = false;
  readonly #entries = new Uint32Array(BATCH);
  readonly #core: Core;
  readonly #retained: RetainedMessages;

  constructor(core: Core, retained: RetainedMessages) {
    this.#core = core;
    this.#retained = retained;
  }

  /** Starts to deliver what matches the subscription's filter. */
  start(subscription: Subscription, filter: Uint8Array): void {
    if (this.#retained.size === 0) return;
    const cursor = this.#core.openWalk(filter);
    if (cursor <= 0) return;
    const walks = this.#walks.get(subscription.session);
    if (walks === undefined) this.#walks.set(subscription.session, [{ subscription, cursor, found: [] }]);
    else walks.push({ subscription, cursor, found: [] });
    this.proceed(subscription.session);
  }

  /** Ends those of one subscription, or all of a session. */
  stop(session: Session, subscription?: Subscription): void {
    const walks = this.#walks.get(session);
    if (walks === undefined) return;
    const kept = walks.filter((walk) => subscription !== undefined && walk.subscription !== subscription);
    for (const walk of walks) if (!kept.includes(walk)) this.#core.closeWalk(walk.cursor);
    if (kept.length > 0) this.#walks.set(session, kept);
    else this.#forget(session);
  }

  /** The session has room. */
  proceed(session: Session): void {
    if (this.#walks.size === 0 || !this.#walks.has(session)) return;
    this.#ready.add(session);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    let batches = BATCHES_PER_TURN;
    for (const session of this.#ready) {
      this.#ready.delete(session);
      if (batches-- === 0) {
        this.proceed(session);
        return;
      }
      this.#step(session);
    }
  };

  /** One batch of the session's first walk. */
  #step(session: Session): void {
    const walk = this.#walks.get(session)?.[0];
    if (walk === undefined || !session.hasRoom) return;
    if (walk.found.length === 0 && !this.#find(walk)) {
      this.stop(session, walk.subscription);
    } else {
      this.#deliver(walk);
    }
    if (session.hasRoom) this.proceed(session);
    else session.receiver?.outbox.wantRoom();
  }

  /** Asks the core for the next topics; false when there are no more. */
  #find(walk: Walk): boolean {
    const count = this.#core.walk(walk.cursor, this.#entries);
    const isFinished = this.#core.walkFinished;
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[i] ?? 0;
      const message = this.#retained.at(entry);
      if (message !== undefined) walk.found.push({ entry, message });
    }
    return !isFinished || walk.found.length > 0;
  }

  #deliver(walk: Walk): void {
    const { session, qos, identifiers } = walk.subscription;
    let delivered = 0;
    for (const { entry, message } of walk.found) {
      if (!session.hasRoom) break;
      delivered++;
      // One that was replaced meanwhile has reached the subscriber as a live message already.
      if (this.#retained.at(entry) !== message) continue;
      session.deliver(message, Math.min(message.qos, qos), true, identifiers, undefined);
    }
    walk.found.splice(0, delivered);
  }

  #forget(session: Session): void {
    this.#walks.delete(session);
    this.#ready.delete(session);
  }
}
