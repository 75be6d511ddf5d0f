import type { Session } from "../session/session.ts";

const FIRST_CAPACITY = 1024;
const QOS = 0x03;
const NO_LOCAL = 0x04;
const RETAIN_AS_PUBLISHED = 0x08;

/** What a session's subscriptions that are not shared ask for. */
export interface SubscriptionOptions {
  readonly qos: number;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
}

/** The subscriptions of a session: all of them stand in the table, linked with each other. */
export interface SubscriptionList {
  /** By which the core knows the session; 0: it has had no subscription that is not shared. */
  target: number;
  /** Entry of the one made last; 0: there is none. */
  first: number;
  /** How many. */
  count: number;
}

/**
 * What the broker knows of the subscriptions that are not shared, in columns by their entries: 13 bytes each, and no object. The
 * topic filter stands in the core only.
 */
export class SubscriptionTable {
  /** 0: the entry is no session's. */
  #targets = new Uint32Array(FIRST_CAPACITY);
  #options = new Uint8Array(FIRST_CAPACITY);
  #next = new Uint32Array(FIRST_CAPACITY);
  #previous = new Uint32Array(FIRST_CAPACITY);
  readonly #identifiers = new Map<number, readonly number[]>();
  readonly #sessions: (Session | undefined)[] = [undefined];

  /** Undefined: the entry is no session's, or that of one that is over. */
  session(entry: number): Session | undefined {
    return this.#sessions[this.#targets[entry] ?? 0];
  }

  qos(entry: number): number {
    return this.#option(entry) & QOS;
  }

  noLocal(entry: number): boolean {
    return (this.#option(entry) & NO_LOCAL) !== 0;
  }

  retainAsPublished(entry: number): boolean {
    return (this.#option(entry) & RETAIN_AS_PUBLISHED) !== 0;
  }

  /** The Subscription Identifier as a list of one, as it goes into packets. */
  identifiers(entry: number): readonly number[] | undefined {
    return this.#identifiers.size === 0 ? undefined : this.#identifiers.get(entry);
  }

  /** The entry behind this one in its list, or 0. */
  next(entry: number): number {
    return this.#next[entry] ?? 0;
  }

  /** Which session a target is; undefined: none any more. */
  setSession(target: number, session: Session | undefined): void {
    this.#sessions[target] = session;
  }

  isIn(list: SubscriptionList, entry: number): boolean {
    return this.#targets[entry] === list.target;
  }

  add(list: SubscriptionList, entry: number): void {
    if (entry >= this.#targets.length) this.#grow(entry);
    this.#targets[entry] = list.target;
    this.#next[entry] = list.first;
    this.#previous[entry] = 0;
    if (list.first !== 0) this.#previous[list.first] = entry;
    list.first = entry;
    list.count++;
  }

  setOptions(entry: number, options: SubscriptionOptions, identifiers: readonly number[] | undefined): void {
    const { qos, noLocal, retainAsPublished } = options;
    this.#options[entry] = qos | (noLocal ? NO_LOCAL : 0) | (retainAsPublished ? RETAIN_AS_PUBLISHED : 0);
    if (identifiers !== undefined) this.#identifiers.set(entry, identifiers);
    else this.#identifiers.delete(entry);
  }

  remove(list: SubscriptionList, entry: number): void {
    const next = this.next(entry);
    const previous = this.#previous[entry] ?? 0;
    if (next !== 0) this.#previous[next] = previous;
    if (previous !== 0) this.#next[previous] = next;
    else list.first = next;
    list.count--;
    this.#targets[entry] = 0;
    this.#identifiers.delete(entry);
  }

  #option(entry: number): number {
    return this.#options[entry] ?? 0;
  }

  #grow(entry: number): void {
    const capacity = Math.max(entry + 1, this.#targets.length * 2);
    this.#targets = grown(this.#targets, new Uint32Array(capacity));
    this.#options = grown(this.#options, new Uint8Array(capacity));
    this.#next = grown(this.#next, new Uint32Array(capacity));
    this.#previous = grown(this.#previous, new Uint32Array(capacity));
  }
}

function grown<T extends Uint8Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
