const SECOND = 1_000;

export interface Expiring {
  onExpiry(): void;
}

/** Who has to go when: one timer for all, which looks once a second, on the second. Expiries are whole seconds, so nobody stays longer. */
export class Expiries {
  readonly #bySecond = new Map<number, Set<Expiring>>();
  readonly #seconds = new Map<Expiring, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param expiresAt milliseconds since 1970; undefined: it may stay */
  set(who: Expiring, expiresAt: number | undefined): void {
    this.#remove(who);
    if (expiresAt === undefined) return;
    const second = Math.ceil(expiresAt / SECOND);
    this.#seconds.set(who, second);
    const others = this.#bySecond.get(second);
    if (others === undefined) this.#bySecond.set(second, new Set([who]));
    else others.add(who);
    this.#timer ??= this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#bySecond.clear();
    this.#seconds.clear();
  }

  #remove(who: Expiring): void {
    const second = this.#seconds.get(who);
    if (second === undefined) return;
    this.#seconds.delete(who);
    const others = this.#bySecond.get(second);
    others?.delete(who);
    if (others?.size === 0) this.#bySecond.delete(second);
  }

  #wait(): NodeJS.Timeout {
    const timer = setTimeout(() => this.#look(), SECOND - (Date.now() % SECOND));
    return timer.unref();
  }

  /** The clock may have been set forward: whatever is over counts. */
  #look(): void {
    const now = Math.floor(Date.now() / SECOND);
    for (const [second, all] of this.#bySecond) {
      if (second > now) continue;
      for (const who of all) {
        this.#remove(who);
        who.onExpiry();
      }
    }
    this.#timer = this.#seconds.size > 0 ? this.#wait() : undefined;
  }
}
