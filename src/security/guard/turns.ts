/** Lets a few at a time do something under a key; others wait in order. */
export class Turns {
  readonly #atOnce: number;
  readonly #busy = new Map<string, { active: number; readonly waiting: (() => void)[] }>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Whether there was room. Whoever took a turn gives it back. */
  tryTake(key: string): boolean {
    const entry = this.#busy.get(key);
    if (entry === undefined) this.#busy.set(key, { active: 1, waiting: [] });
    else if (entry.active < this.#atOnce) entry.active++;
    else return false;
    return true;
  }

  /** Resolves when it has the turn. */
  async take(key: string): Promise<void> {
    if (this.tryTake(key)) return;
    await new Promise<void>((resolve) => this.#busy.get(key)?.waiting.push(resolve));
  }

  giveBack(key: string): void {
    const entry = this.#busy.get(key);
    if (entry === undefined) return;
    const next = entry.waiting.shift();
    if (next !== undefined) next();
    else if (--entry.active === 0) this.#busy.delete(key);
  }
}
