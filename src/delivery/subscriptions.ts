import { explainStatus, frameError } from "../codec/frame-errors.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { SubscriptionRequest } from "../codec/subscribe.ts";
import { PacketError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { Core } from "../wasm/core.ts";
import type { DeliveryContext } from "./context.ts";
import { isShared, shareProblem, withoutSharePrefix } from "./shared-filter.ts";
import { SharedGroup } from "./shared-group.ts";
import type { LocalListener, Route, Subscription } from "./subscription.ts";

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
 * All subscriptions, as routes of the core's topic trie: a match gives entry numbers, which are small and dense, and the routes stand in an
 * array by them. Those who get messages have a target number each, by which the core tells that two routes lead to the same one.
 */
export class Subscriptions {
  readonly #routes: (Route | undefined)[] = [];
  readonly #entries = new Map<Subscription, number>();
  readonly #targets = new Map<Session, number>();
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

  /** Rises whenever a route comes or goes: then entries that were matched before mean nothing any more. */
  get changes(): number {
    return this.#changes;
  }

  /** The shared subscription `$share/{name}/{filter}`, if it has members. */
  group(filter: string): SharedGroup | undefined {
    return this.#groups.get(filter)?.group;
  }

  /** What is found at a route of the last match. */
  at(entry: number): Route | undefined {
    return this.#routes[entry];
  }

  /** Subscribes the session, in place of an earlier subscription with the same filter. [MQTT-3.8.4-3] [MQTT-3.8.4-3 of 3.1.1] */
  add(session: Session, request: SubscriptionRequest, identifier: number | undefined): Subscribed | Refused {
    const filter = request.filter.toString("utf8");
    const previous = session.subscriptions.get(filter);
    const refused = previous === undefined ? this.#refuse(session, request.filter) : undefined;
    if (refused !== undefined) return refused;
    const group = isShared(request.filter) ? this.#join(filter, request.filter) : undefined;
    const { qos, noLocal, retainAsPublished } = request;
    const identifiers = identifier === undefined ? undefined : [identifier];
    const subscription = { session, filter, qos, noLocal, retainAsPublished, identifiers, group };
    if (group !== undefined) group.join(subscription);
    else this.#place(subscription, previous, request.filter);
    session.subscriptions.set(filter, subscription);
    return { subscription, previous };
  }

  /**
   * Ends the session's subscription with this filter, compared character by character; undefined: there was none.
   * [MQTT-3.10.4-1] [MQTT-3.10.4-1 of 3.1.1]
   */
  remove(session: Session, filter: string): Subscription | undefined {
    const subscription = session.subscriptions.get(filter);
    if (subscription === undefined) return undefined;
    session.subscriptions.delete(filter);
    if (subscription.group !== undefined) this.#leave(subscription, subscription.group);
    else this.#displace(subscription);
    return subscription;
  }

  /** Ends all subscriptions of a session, and lets go of it. */
  removeAll(session: Session): void {
    for (const filter of [...session.subscriptions.keys()]) this.remove(session, filter);
    const target = this.#targets.get(session);
    if (target === undefined) return;
    this.#targets.delete(session);
    this.#freeTargets.push(target);
  }

  /** Subscribes the program itself; the function that comes back ends that. @throws {PacketError} 0x8f */
  addLocal(filter: Uint8Array, listener: LocalListener): () => void {
    const problem = this.#filterProblem(filter);
    if (problem !== undefined) throw new PacketError(REASON.TOPIC_FILTER_INVALID, problem);
    const { entry, target } = this.#insertAlone(filter);
    const route: Route = { session: undefined, group: undefined, listener, subscription: undefined };
    this.#routes[entry] = route;
    return () => {
      if (this.#routes[entry] !== route) return;
      this.#remove(entry);
      this.#freeTargets.push(target);
    };
  }

  #refuse(session: Session, filter: Buffer): Refused | undefined {
    if (session.subscriptions.size >= this.#context.limits.maximumSubscriptions) {
      const reasonString = "the session has as many subscriptions as it may";
      return { reasonCode: REASON.QUOTA_EXCEEDED, reasonString };
    }
    const reasonString = shareProblem(filter) ?? this.#filterProblem(withoutSharePrefix(filter));
    return reasonString === undefined ? undefined : { reasonCode: REASON.TOPIC_FILTER_INVALID, reasonString };
  }

  #filterProblem(filter: Uint8Array): string | undefined {
    const status = this.#core.checkTopicFilter(filter);
    return status === 0 ? undefined : explainStatus(status)[1];
  }

  /** In the same entry where there is one, so that no message is missed in between. [MQTT-3.8.4-4] [MQTT-3.8.4-3 of 3.1.1] */
  #place(subscription: Subscription, previous: Subscription | undefined, filter: Uint8Array): void {
    const { session } = subscription;
    const entry = (previous && this.#entries.get(previous)) ?? this.#insert(filter, this.#targetOf(session));
    if (previous !== undefined) this.#entries.delete(previous);
    this.#entries.set(subscription, entry);
    this.#routes[entry] = { session, group: undefined, listener: undefined, subscription };
  }

  #displace(subscription: Subscription): void {
    const entry = this.#entries.get(subscription);
    if (entry === undefined) return;
    this.#entries.delete(subscription);
    this.#remove(entry);
  }

  #join(key: string, filter: Buffer): SharedGroup {
    const existing = this.#groups.get(key);
    if (existing !== undefined) return existing.group;
    const { entry, target } = this.#insertAlone(withoutSharePrefix(filter));
    const group = new SharedGroup(key, this.#context);
    this.#routes[entry] = { session: undefined, group, listener: undefined, subscription: undefined };
    this.#groups.set(key, { group, entry, target });
    return group;
  }

  #leave(subscription: Subscription, group: SharedGroup): void {
    group.leave(subscription.session);
    const placed = this.#groups.get(subscription.filter);
    if (placed === undefined || !group.isEmpty) return;
    this.#groups.delete(subscription.filter);
    this.#remove(placed.entry);
    this.#freeTargets.push(placed.target);
  }

  /** An entry with a target that is not a session's. */
  #insertAlone(filter: Uint8Array): { entry: number; target: number } {
    const target = this.#takeTarget();
    try {
      return { entry: this.#insert(filter, target), target };
    } catch (error) {
      this.#freeTargets.push(target);
      throw error;
    }
  }

  /** @throws {PacketError} 0x97 when memory is used up; the filter was found valid */
  #insert(filter: Uint8Array, target: number): number {
    const entry = this.#core.subscribe(filter, target);
    if (entry <= 0) throw frameError(-entry);
    this.#changes++;
    return entry;
  }

  #remove(entry: number): void {
    this.#changes++;
    this.#core.unsubscribe(entry);
    this.#routes[entry] = undefined;
  }

  #targetOf(session: Session): number {
    const known = this.#targets.get(session);
    if (known !== undefined) return known;
    const target = this.#takeTarget();
    this.#targets.set(session, target);
    return target;
  }

  #takeTarget(): number {
    return this.#freeTargets.pop() ?? this.#nextTarget++;
  }
}
