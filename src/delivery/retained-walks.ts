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
  /** Number of the last message that was retained when the subscription was made: later ones reached it as live messages. */
  readonly upTo: number;
  readonly cursor: number;
  /** Found, and not yet delivered. */
  found: { entry: number; message: Message }[];
}

/** The walks of one session. One packet may start or end thousands of them, so each of that is O(1). */
interface SessionWalks {
  /** First asked for first. */
  readonly inOrder: Set<Walk>;
  /** A filter has several when the client subscribed to it again meanwhile. */
  readonly byFilter: Map<string, Walk[]>;
}

/**
 * Delivers retained messages to new subscriptions, a few at a time: a filter over a million topics neither blocks the event loop nor makes
 * one list, and a session gets more only when it has room. What comes in while a long list goes out may overtake the rest of it.
 */
export class RetainedWalks {
  readonly #walks = new Map<Session, SessionWalks>();
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

  /** Prepares to deliver what matches the subscription's filter; `begin` or `proceed` does it. */
  start(subscription: Subscription, filter: Uint8Array): void {
    if (this.#retained.size === 0) return;
    const cursor = this.#core.openWalk(filter);
    if (cursor <= 0) return;
    const walk: Walk = { subscription, cursor, upTo: this.#retained.lastNumber, found: [] };
    const { inOrder, byFilter } = this.#of(subscription.session);
    inOrder.add(walk);
    const others = byFilter.get(subscription.filter);
    if (others === undefined) byFilter.set(subscription.filter, [walk]);
    else others.push(walk);
  }

  /** Delivers the first few at once, so that a short list stands in front of all live messages, and the rest later. */
  begin(session: Session): void {
    for (let batches = BATCHES_PER_TURN; batches > 0 && this.#walks.has(session) && session.hasRoom; batches--) {
      this.#step(session);
    }
    this.proceed(session);
  }

  /** Ends those of one filter: the client is not subscribed to it any more. */
  stop(session: Session, filter: string): void {
    for (const walk of [...(this.#walks.get(session)?.byFilter.get(filter) ?? [])]) this.#end(session, walk);
  }

  /** Ends all of a session. */
  stopAll(session: Session): void {
    for (const { cursor } of this.#walks.get(session)?.inOrder ?? []) this.#core.closeWalk(cursor);
    this.#forget(session);
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
      this.#go(session);
    }
  };

  /** Where there is no room an acknowledgement makes some, or a new connection: either has the session proceed. */
  #go(session: Session): void {
    if (session.hasRoom) {
      this.#step(session);
      this.proceed(session);
    } else if (session.receiver?.outbox.isFull) {
      session.receiver.outbox.wantRoom();
    }
  }

  /** One batch of the session's first walk. */
  #step(session: Session): void {
    const [walk] = this.#walks.get(session)?.inOrder ?? [];
    if (walk === undefined) return;
    if (walk.found.length === 0 && !this.#find(walk)) this.#end(session, walk);
    else this.#deliver(walk);
  }

  /** Asks the core for the next topics; false when there are no more. */
  #find(walk: Walk): boolean {
    const count = this.#core.walk(walk.cursor, this.#entries);
    const isFinished = this.#core.walkFinished;
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[i] ?? 0;
      const message = this.#retained.at(entry);
      if (message !== undefined && this.#retained.numberAt(entry) <= walk.upTo) walk.found.push({ entry, message });
    }
    return !isFinished || walk.found.length > 0;
  }

  #deliver(walk: Walk): void {
    const { session, qos, identifiers, noLocal } = walk.subscription;
    let delivered = 0;
    for (const { entry, message } of walk.found) {
      if (!session.hasRoom) break;
      delivered++;
      // What took its place meanwhile has reached the subscriber as a live message.
      if (this.#retained.at(entry) !== message) continue;
      // [MQTT-3.8.3-3]
      if (noLocal && message.publisher === session.clientIdentifier) continue;
      // [MQTT-3.3.1-8 of 3.1.1]
      session.deliver(message, Math.min(message.qos, qos), true, identifiers, undefined);
    }
    walk.found.splice(0, delivered);
  }

  #of(session: Session): SessionWalks {
    const known = this.#walks.get(session);
    if (known !== undefined) return known;
    const created: SessionWalks = { inOrder: new Set(), byFilter: new Map() };
    this.#walks.set(session, created);
    return created;
  }

  #end(session: Session, walk: Walk): void {
    const walks = this.#walks.get(session);
    if (walks === undefined) return;
    this.#core.closeWalk(walk.cursor);
    walks.inOrder.delete(walk);
    const { filter } = walk.subscription;
    const others = walks.byFilter.get(filter) ?? [];
    // The first of them ends first, unless all do.
    others.splice(others.indexOf(walk), 1);
    if (others.length === 0) walks.byFilter.delete(filter);
    if (walks.inOrder.size === 0) this.#forget(session);
  }

  #forget(session: Session): void {
    this.#walks.delete(session);
    this.#ready.delete(session);
  }
}
