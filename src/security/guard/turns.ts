interface Entry {
  active: number;
  /** Those that do not have their turn yet. */
  late: number;
  readonly waiting: (() => void)[];
}

/** Lets a few at a time do something under a key; others wait in order, up to a number. */
export class Turns {
  readonly #atOnce: number;
  readonly #mostLate: number;
  readonly #busy = new Map<string, Entry>();

  constructor(atOnce: number, mostLate: number) {
    this.#atOnce = atOnce;
    this.#mostLate = mostLate;
  }

  /** Whether there was room at once. Whoever took a turn gives it back. */
  tryTake(key: string): boolean {
    const entry = this.#entry(key);
    if (entry.active >= this.#atOnce) return false;
    entry.active++;
    return true;
  }

  /**
   * Takes a turn after a delay.
   * @param delay milliseconds
   * @returns whether it was taken; false, at once, where too many wait already
   */
  async take(key: string, delay: number): Promise<boolean> {
    const entry = this.#entry(key);
    if (entry.late >= this.#mostLate) return false;
    entry.late++;
    await wait(delay);
    if (entry.active < this.#atOnce) entry.active++;
    else await new Promise<void>((resolve) => entry.waiting.push(resolve));
    entry.late--;
    return true;
  }

  giveBack(key: string): void {
    const entry = this.#entry(key);
    const next = entry.waiting.shift();
    if (next !== undefined) next();
    else entry.active--;
    if (entry.active === 0 && entry.late === 0) this.#busy.delete(key);
  }

  #entry(key: string): Entry {
    const known = this.#busy.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { active: 0, late: 0, waiting: [] };
    this.#busy.set(key, entry);
    return entry;
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
