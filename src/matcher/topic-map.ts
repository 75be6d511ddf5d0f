import { checkVisitor } from "./arguments.ts";
import { DISPOSE } from "./dispose.ts";
import { MatcherError } from "./errors.ts";
import type { MatcherOptions } from "./options.ts";
import { TopicMatcher } from "./topic-matcher.ts";

/** No value ever has this id: there are not so many. */
const NO_ID = 0xffffffff;

/** A value that stands at some filter. */
interface Held<T> {
  readonly id: number;
  readonly value: T;
  /** At how many filters it stands. */
  uses: number;
}

/**
 * A set of pairs of topic filter and value, on top of a TopicMatcher. Two values are the same when `Map` takes them for the same key.
 * It throws what TopicMatcher throws.
 */
export class TopicMap<T> {
  readonly #matcher: TopicMatcher;
  readonly #byValue = new Map<T, Held<T>>();
  readonly #byId: (Held<T> | undefined)[] = [];
  readonly #freeIds: number[] = [];

  constructor(options: MatcherOptions = {}) {
    this.#matcher = options instanceof TopicMatcher ? options : new TopicMatcher(options);
  }

  /** The same without blocking the thread for the compilation. */
  static async create<T>(options: MatcherOptions = {}): Promise<TopicMap<T>> {
    return new TopicMap<T>(await TopicMatcher.create(options));
  }

  /** Adds a value at a filter; false when it is there already. */
  add(filter: string, value: T): boolean {
    const known = this.#byValue.get(value);
    const held = known ?? { id: this.#freeIds.at(-1) ?? this.#byId.length, value, uses: 0 };
    if (!this.#matcher.add(filter, held.id)) return false;
    held.uses++;
    if (known !== undefined) return true;
    this.#freeIds.pop();
    this.#byId[held.id] = held;
    this.#byValue.set(value, held);
    return true;
  }

  /** Removes a value from a filter; false when it is not there. */
  remove(filter: string, value: T): boolean {
    const held = this.#byValue.get(value);
    if (!this.#matcher.remove(filter, held?.id ?? NO_ID) || held === undefined) return false;
    held.uses--;
    if (held.uses > 0) return true;
    this.#byValue.delete(value);
    this.#byId[held.id] = undefined;
    this.#freeIds.push(held.id);
    return true;
  }

  /** Whether this value is at exactly this filter. */
  has(filter: string, value: T): boolean {
    return this.#matcher.has(filter, this.#byValue.get(value)?.id ?? NO_ID);
  }

  /** The values that have a filter which matches a topic name, each once, in no particular order. */
  match(topic: string): T[] {
    return Array.from(this.#matcher.match(topic), (id) => this.#valueOf(id));
  }

  /** Calls `visit` with each value that `match` would give. Until it returns, the map refuses all other calls. */
  forEachMatch(topic: string, visit: (value: T) => void): void {
    checkVisitor(visit);
    this.#matcher.forEachMatch(topic, (id) => visit(this.#valueOf(id)));
  }

  /** Each filter with its values, in no particular order. */
  entries(): [filter: string, values: T[]][] {
    return this.#matcher.entries().map(([filter, ids]) => [filter, Array.from(ids, (id) => this.#valueOf(id))]);
  }

  /** Pairs of filter and value. */
  get size(): number {
    return this.#matcher.size;
  }

  clear(): void {
    this.#matcher.clear();
    this.#forget();
  }

  /** Lets go of the memory and the values. Calling it again does nothing. */
  free(): void {
    this.#matcher.free();
    this.#forget();
  }

  /** `free`, for `using`. */
  [DISPOSE](): void {
    this.free();
  }

  #valueOf(id: number): T {
    const held = this.#byId[id];
    if (held === undefined) throw new MatcherError("ERR_INVALID_ID", `No value has the id ${id}.`);
    return held.value;
  }

  #forget(): void {
    this.#byValue.clear();
    this.#byId.length = 0;
    this.#freeIds.length = 0;
  }
}
