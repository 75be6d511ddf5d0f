import { OUT_OF_MEMORY } from "../../assembly/shared/status.ts";
import { explainStatus, frameError } from "../codec/frame-errors.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { SubscriptionRequest } from "../codec/subscribe.ts";
import { PacketError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { Core } from "../wasm/core.ts";
import type { DeliveryContext } from "./context.ts";
import { isShared, shareProblem, withoutSharePrefix } from "./shared-filter.ts";
import { SharedGroup } from "./shared-group.ts";
import type { LocalListener, Subscription } from "./subscription.ts";
import { type SubscriptionList, SubscriptionTable } from "./subscription-table.ts";

/** Subscriptions of a session that is over which are removed in one turn of the event loop. */
const REMOVED_PER_TURN = 4_096;

/** A shared subscription with its place in the trie. */
interface PlacedGroup {
  readonly group: SharedGroup;
  readonly entry: number;
  readonly target: number;
}

/** There is a subscription. */
export interface Subscribed {
  readonly subscription: Subscription;
  /** The one with the same filter that it took the place of. */
  readonly previous: Subscription | undefined;
}

/** There is none, and why. A value, not an error: one SUBSCRIBE can ask for a hundred thousand of them. */
export interface Refused {
  readonly reasonCode: number;
  readonly reasonString: string;
}

/**
 * All subscriptions, as entries of the core's topic trie: a match gives their numbers, which are small and dense. Those who get messages have a
 * target number each, by which the core tells that two entries lead to the same one, and finds the entry of a filter and a session.
 */
export class Subscriptions {
  /** Of sessions, those that are shared not included. */
  readonly table = new SubscriptionTable();
  /** Shared subscriptions for whose members messages wait. */
  readonly waitingGroups = new Set<SharedGroup>();
  /** By entry, where that is no session's. */
  readonly #elsewhere = new Map<number, SharedGroup | LocalListener>();
  readonly #groups = new Map<string, PlacedGroup>();
  readonly #freeTargets: number[] = [];
  #nextTarget = 1;
  #changes = 0;
  readonly #core: Core;
  readonly #context: DeliveryContext;

  constructor(core: Core, context: DeliveryContext) {
    this.#core = core;
    this.#context = context;
  }

  /** Rises whenever an entry comes or goes: then entries that were matched before mean nothing any more. */
  get changes(): number {
    return this.#changes;
  }

  /** The shared subscription `$share/{name}/{filter}`, if it has members. */
  group(filter: string): SharedGroup | undefined {
    return this.#groups.get(filter)?.group;
  }

  /** Who gets what an entry of the last match is for, where that is not a session's own subscription. */
  elsewhere(entry: number): SharedGroup | LocalListener | undefined {
    return this.#elsewhere.get(entry);
  }

  /** All of a session. */
  *of(session: Session): Generator<Subscription> {
    yield* session.shared.values();
    for (let entry = session.subscriptions.first; entry !== 0; entry = this.table.next(entry)) {
      yield this.#read(session, entry, this.#core.filterOf(entry));
    }
  }

  /** Subscribes the session, in place of an earlier subscription with the same filter. [MQTT-3.8.4-3] [MQTT-3.8.4-3 of 3.1.1] */
  add(session: Session, request: SubscriptionRequest, identifier: number | undefined): Subscribed | Refused {
    const identifiers = identifier === undefined ? undefined : [identifier];
    return isShared(request.filter)
      ? this.#addShared(session, request, identifiers)
      : this.#addOwn(session, request, identifiers);
  }

  /**
   * Ends the session's subscription with this filter, compared character by character; undefined: there was none.
   * [MQTT-3.10.4-1] [MQTT-3.10.4-1 of 3.1.1]
   */
  remove(session: Session, filter: string): Subscription | undefined {
    const shared = session.shared.get(filter);
    if (shared !== undefined) {
      this.#leave(shared);
      return shared;
    }
    const { subscriptions } = session;
    const entry = this.#core.findSubscription(Buffer.from(filter), subscriptions.target);
    if (entry === 0) return undefined;
    const subscription = this.#read(session, entry, filter);
    this.#removeOwn(subscriptions, entry);
    return subscription;
  }

  /** Ends all subscriptions of a session, and lets go of it. It gets nothing more, though it may take a while until all are removed. */
  removeAll(session: Session): void {
    for (const subscription of session.shared.values()) this.#leave(subscription);
    const { subscriptions } = session;
    if (subscriptions.target === 0) return;
    this.table.setSession(subscriptions.target, undefined);
    this.#clear(subscriptions);
  }

  /** Subscribes the program itself; the function that comes back ends that. @throws {PacketError} 0x8f */
  addLocal(filter: Uint8Array, listener: LocalListener): () => void {
    const problem = this.#filterProblem(filter);
    if (problem !== undefined) throw new PacketError(REASON.TOPIC_FILTER_INVALID, problem);
    const { entry, target } = this.#insertAlone(filter, listener);
    let isOver = false;
    return () => {
      if (!isOver) this.#removeAlone(entry, target);
      isOver = true;
    };
  }

  /** In the same entry where there is one, so that no message is missed in between. [MQTT-3.8.4-4] */
  #addOwn(
    session: Session,
    request: SubscriptionRequest,
    identifiers: readonly number[] | undefined,
  ): Subscribed | Refused {
    const { subscriptions } = session;
    const entry = this.#isFull(session)
      ? this.#core.findSubscription(request.filter, subscriptions.target)
      : this.#core.subscribe(request.filter, this.#targetOf(session));
    if (entry === 0) return this.#quotaExceeded();
    if (entry < 0) return refusal(-entry);
    const filter = request.filter.toString("utf8");
    const isThere = this.table.isIn(subscriptions, entry);
    const previous = isThere ? this.#read(session, entry, filter) : undefined;
    if (!isThere) {
      this.#changes++;
      this.table.add(subscriptions, entry);
    }
    this.table.setOptions(entry, request, identifiers);
    return { subscription: this.#read(session, entry, filter), previous };
  }

  #addShared(
    session: Session,
    request: SubscriptionRequest,
    identifiers: readonly number[] | undefined,
  ): Subscribed | Refused {
    const filter = request.filter.toString("utf8");
    const previous = session.shared.get(filter);
    const refused = previous === undefined ? this.#refuseShared(session, request.filter) : undefined;
    if (refused !== undefined) return refused;
    const group = this.#groupOf(filter, request.filter);
    const { qos, noLocal, retainAsPublished } = request;
    const subscription = { session, filter, qos, noLocal, retainAsPublished, identifiers, group };
    group.join(subscription);
    session.shared.set(filter, subscription);
    return { subscription, previous };
  }

  #refuseShared(session: Session, filter: Buffer): Refused | undefined {
    if (this.#isFull(session)) return this.#quotaExceeded();
    const reasonString = shareProblem(filter) ?? this.#filterProblem(withoutSharePrefix(filter));
    return reasonString === undefined ? undefined : { reasonCode: REASON.TOPIC_FILTER_INVALID, reasonString };
  }

  #isFull({ subscriptions, shared, limits }: Session): boolean {
    return subscriptions.count + shared.size >= limits.maximumSubscriptions;
  }

  #quotaExceeded(): Refused {
    const reasonString = "the session has as many subscriptions as it may";
    return { reasonCode: REASON.QUOTA_EXCEEDED, reasonString };
  }

  #filterProblem(filter: Uint8Array): string | undefined {
    const status = this.#core.checkTopicFilter(filter);
    return status === 0 ? undefined : explainStatus(status)[1];
  }

  #read(session: Session, entry: number, filter: string): Subscription {
    const { table } = this;
    const qos = table.qos(entry);
    const noLocal = table.noLocal(entry);
    const retainAsPublished = table.retainAsPublished(entry);
    return {
      session,
      filter,
      qos,
      noLocal,
      retainAsPublished,
      identifiers: table.identifiers(entry),
      group: undefined,
    };
  }

  #removeOwn(subscriptions: SubscriptionList, entry: number): void {
    this.table.remove(subscriptions, entry);
    this.#remove(entry);
  }

  #clear(subscriptions: SubscriptionList): void {
    for (let left = REMOVED_PER_TURN; left > 0 && subscriptions.first !== 0; left--) {
      this.#removeOwn(subscriptions, subscriptions.first);
    }
    if (subscriptions.first !== 0) setImmediate(() => this.#clear(subscriptions));
    else this.#freeTargets.push(subscriptions.target);
  }

  #groupOf(key: string, filter: Buffer): SharedGroup {
    const existing = this.#groups.get(key);
    if (existing !== undefined) return existing.group;
    const group = new SharedGroup(key, this.#context);
    this.#groups.set(key, { group, ...this.#insertAlone(withoutSharePrefix(filter), group) });
    return group;
  }

  #leave({ session, filter, group }: Subscription): void {
    session.shared.delete(filter);
    group?.leave(session);
    const placed = this.#groups.get(filter);
    if (placed === undefined || group?.isEmpty !== true) return;
    this.#groups.delete(filter);
    this.#removeAlone(placed.entry, placed.target);
  }

  /** An entry that is not a session's. @throws {PacketError} 0x97 when memory is used up; the filter was found valid */
  #insertAlone(filter: Uint8Array, receiver: SharedGroup | LocalListener): { entry: number; target: number } {
    const target = this.#takeTarget();
    const entry = this.#core.subscribe(filter, target);
    if (entry <= 0) {
      this.#freeTargets.push(target);
      throw frameError(-entry);
    }
    this.#changes++;
    this.#elsewhere.set(entry, receiver);
    return { entry, target };
  }

  #removeAlone(entry: number, target: number): void {
    this.#elsewhere.delete(entry);
    this.#remove(entry);
    this.#freeTargets.push(target);
  }

  #remove(entry: number): void {
    this.#changes++;
    this.#core.unsubscribe(entry);
  }

  #targetOf(session: Session): number {
    const { subscriptions } = session;
    if (subscriptions.target === 0) {
      subscriptions.target = this.#takeTarget();
      this.table.setSession(subscriptions.target, session);
    }
    return subscriptions.target;
  }

  #takeTarget(): number {
    return this.#freeTargets.pop() ?? this.#nextTarget++;
  }
}

/** @throws {PacketError} 0x97 when memory is used up */
function refusal(status: number): Refused {
  if (status === OUT_OF_MEMORY) throw frameError(status);
  return { reasonCode: REASON.TOPIC_FILTER_INVALID, reasonString: explainStatus(status)[1] };
}
