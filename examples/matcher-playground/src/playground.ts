import {
  type Captures,
  exec,
  MatcherError,
  parseShare,
  plainFilter,
  TopicError,
  type TopicMatcher,
} from "ternmq/matcher";
import type { Flaw } from "./flaw.ts";

export interface Subscription {
  readonly id: number;
  /** What was typed: names of wildcards and `$share/{name}/` included. */
  readonly text: string;
  /** The same without `$share/{name}/`. */
  readonly pattern: string;
  readonly filter: string;
}

export interface Match {
  readonly subscription: Subscription;
  readonly captures: Captures<string>;
}

function parse(text: string): Omit<Subscription, "id"> {
  const { filter, shareName } = parseShare(plainFilter(text));
  const pattern = shareName === undefined ? text : text.slice(`$share/${shareName}/`.length);
  return { text, pattern, filter };
}

/** What is wrong with a filter that was typed; undefined when nothing is. */
export function findFlaw(text: string): Flaw | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof MatcherError)) throw error;
    const { message } = error;
    return error instanceof TopicError ? { reason: error.reason, message } : { message };
  }
}

/** What the page is about: filters with their ids in a matcher, each filter once. */
export class Playground {
  readonly #matcher: TopicMatcher;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #texts = new Set<string>();
  #lastId = 0;

  constructor(matcher: TopicMatcher) {
    this.#matcher = matcher;
  }

  get subscriptions(): Subscription[] {
    return [...this.#subscriptions.values()];
  }

  /** False when the filter is there already. Throws a MatcherError for what `findFlaw` finds. */
  add(text: string): boolean {
    const checked = parse(text);
    if (this.#texts.has(text)) return false;
    const id = this.#lastId + 1;
    this.#matcher.add(checked.filter, id);
    this.#lastId = id;
    this.#subscriptions.set(id, { id, ...checked });
    this.#texts.add(text);
    return true;
  }

  remove({ id, filter, text }: Subscription): void {
    this.#matcher.remove(filter, id);
    this.#subscriptions.delete(id);
    this.#texts.delete(text);
  }

  replace(texts: readonly string[]): void {
    this.#matcher.clear();
    this.#subscriptions.clear();
    this.#texts.clear();
    this.#lastId = 0;
    for (const text of texts) this.add(text);
  }

  /** Throws a TopicError for a topic name that is none. */
  match(topic: string): Match[] {
    const ids = this.#matcher.match(topic).sort();
    return Array.from(ids).flatMap((id) => {
      const subscription = this.#subscriptions.get(id);
      const captures = subscription && exec(subscription.pattern, topic);
      return captures ? { subscription, captures } : [];
    });
  }

  entries(): [filter: string, ids: Uint32Array][] {
    return this.#matcher.entries();
  }
}
