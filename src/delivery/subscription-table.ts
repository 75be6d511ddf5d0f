import type { Session } from "../session/session.ts";

/** A page holds 4,096 subscriptions of four words each. */
const PAGE_SHIFT = 12;
const PAGE_ENTRIES = 1 << PAGE_SHIFT;
const WORDS_SHIFT = 2;
const TARGET = 0;
const OPTIONS = 1;
const NEXT = 2;
const PREVIOUS = 3;

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
 * What the broker knows of the subscriptions that are not shared, by their entries: 16 bytes each, in pages that never move, and no
 * object. The topic filter stands in the core only.
 *
 *     +--------+---------+------+----------+   target: 0 where the entry is no session's; next, previous: its neighbours in the
 *     | target | options | next | previous |   session's list, or 0
 *     +--------+---------+------+----------+   4 words of 32 bits
 */
export class SubscriptionTable {
  readonly #pages: Uint32Array[] = [];
  readonly #identifiers = new Map<number, readonly number[]>();
  readonly #sessions: (Session | undefined)[] = [undefined];

  /** Undefined: the entry is no session's, or that of one that is over. */
  session(entry: number): Session | undefined {
    return this.#sessions[this.#read(entry, TARGET)];
  }

  qos(entry: number): number {
    return this.#read(entry, OPTIONS) & QOS;
  }

  noLocal(entry: number): boolean {
    return (this.#read(entry, OPTIONS) & NO_LOCAL) !== 0;
  }

  retainAsPublished(entry: number): boolean {
    return (this.#read(entry, OPTIONS) & RETAIN_AS_PUBLISHED) !== 0;
  }

  /** The Subscription Identifier as a list of one, as it goes into packets. */
  identifiers(entry: number): readonly number[] | undefined {
    return this.#identifiers.size === 0 ? undefined : this.#identifiers.get(entry);
  }

  /** The entry behind this one in its list, or 0. */
  next(entry: number): number {
    return this.#read(entry, NEXT);
  }

  /** Which session a target is; undefined: none any more. */
  setSession(target: number, session: Session | undefined): void {
    this.#sessions[target] = session;
  }

  isIn(list: SubscriptionList, entry: number): boolean {
    return this.#read(entry, TARGET) === list.target;
  }

  add(list: SubscriptionList, entry: number): void {
    while (entry >> PAGE_SHIFT >= this.#pages.length) this.#pages.push(new Uint32Array(PAGE_ENTRIES << WORDS_SHIFT));
    this.#write(entry, TARGET, list.target);
    this.#write(entry, NEXT, list.first);
    this.#write(entry, PREVIOUS, 0);
    if (list.first !== 0) this.#write(list.first, PREVIOUS, entry);
    list.first = entry;
    list.count++;
  }

  setOptions(entry: number, options: SubscriptionOptions, identifiers: readonly number[] | undefined): void {
    const { qos, noLocal, retainAsPublished } = options;
    const flags = (noLocal ? NO_LOCAL : 0) | (retainAsPublished ? RETAIN_AS_PUBLISHED : 0);
    this.#write(entry, OPTIONS, qos | flags);
    if (identifiers !== undefined) this.#identifiers.set(entry, identifiers);
    else this.#identifiers.delete(entry);
  }

  remove(list: SubscriptionList, entry: number): void {
    const next = this.next(entry);
    const previous = this.#read(entry, PREVIOUS);
    if (next !== 0) this.#write(next, PREVIOUS, previous);
    if (previous !== 0) this.#write(previous, NEXT, next);
    else list.first = next;
    list.count--;
    this.#write(entry, TARGET, 0);
    this.#identifiers.delete(entry);
  }

  #read(entry: number, field: number): number {
    return this.#pages[entry >> PAGE_SHIFT]?.[wordOf(entry, field)] ?? 0;
  }

  /** Of an entry whose page is there. */
  #write(entry: number, field: number, value: number): void {
    const page = this.#pages[entry >> PAGE_SHIFT];
    if (page !== undefined) page[wordOf(entry, field)] = value;
  }
}

/** Where the word of an entry stands in its page. */
function wordOf(entry: number, field: number): number {
  return ((entry & (PAGE_ENTRIES - 1)) << WORDS_SHIFT) | field;
}
