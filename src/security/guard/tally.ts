import { ExpiringCache } from "../expiring-cache.ts";

export interface TallyRules {
  /** Milliseconds for which what is counted counts. */
  readonly window: number;
  /** From this count on there is a delay. */
  readonly delayAfter: number;
  /** At this count the key is shut out; 0: never. */
  readonly banAfter: number;
  /** Milliseconds. */
  readonly banFor: number;
  /** Milliseconds. */
  readonly maximumDelay: number;
}

interface Row {
  count: number;
  since: number;
  /** The last things that were counted, so that each of them counts once. */
  readonly recent: string[];
}

const MAXIMUM_ROWS = 50_000;
const MOST_RECENT = 8;
/** In milliseconds; it doubles with each count. */
const FIRST_DELAY = 250;

/** Counts what goes wrong by key (an address, a user), slows down whoever has many, and shuts out for a while whoever has too many. */
export class Tally {
  readonly #rules: TallyRules;
  readonly #rows = new Map<string, Row>();
  /** Apart from the rows, so that nobody pushes bans out with a few attempts from each of many addresses. */
  readonly #banned = new ExpiringCache<true>(MAXIMUM_ROWS);

  constructor(rules: TallyRules) {
    this.#rules = rules;
  }

  isBanned(key: string): boolean {
    return this.#banned.get(key) === true;
  }

  /** Milliseconds. */
  delay(key: string): number {
    const count = this.#current(key)?.count ?? 0;
    const { delayAfter, maximumDelay } = this.#rules;
    if (count < delayAfter) return 0;
    return Math.min(maximumDelay, FIRST_DELAY * 2 ** Math.min(count - delayAfter, 20));
  }

  /**
   * Nothing is counted while the key is shut out: it is not made longer.
   * @param what the same thing again does not count, while it is among the last few
   * @returns whether the key is shut out from now on
   */
  count(key: string, what?: string): boolean {
    if (this.isBanned(key)) return false;
    const row = this.#current(key) ?? this.#add(key);
    if (what !== undefined && row.recent.includes(what)) return false;
    if (what !== undefined && row.recent.push(what) > MOST_RECENT) row.recent.shift();
    row.count++;
    const { banAfter, banFor } = this.#rules;
    if (banAfter === 0 || row.count < banAfter) return false;
    this.#rows.delete(key);
    this.#banned.set(key, true, banFor);
    return true;
  }

  /** The row, unless its time is over. */
  #current(key: string): Row | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    if (performance.now() - row.since <= this.#rules.window) return row;
    this.#rows.delete(key);
    return undefined;
  }

  /** Where there is no room, the oldest row goes. */
  #add(key: string): Row {
    if (this.#rows.size >= MAXIMUM_ROWS) {
      const [oldest] = this.#rows.keys();
      if (oldest !== undefined) this.#rows.delete(oldest);
    }
    const row = { count: 0, since: performance.now(), recent: [] };
    this.#rows.set(key, row);
    return row;
  }
}
