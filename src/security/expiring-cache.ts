interface Entry<T> {
  readonly value: T;
  readonly expiresAt: number;
}

/** A table of bounded size whose entries are forgotten after a while; where it is full, the one that was put in first goes. */
export class ExpiringCache<T> {
  readonly #maximumSize: number;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(maximumSize: number) {
    this.#maximumSize = maximumSize;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > performance.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param timeToLive milliseconds */
  set(key: string, value: T, timeToLive: number): void {
    if (this.#maximumSize === 0 || timeToLive <= 0) return;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maximumSize) this.#dropFirst();
    this.#entries.set(key, { value, expiresAt: performance.now() + timeToLive });
  }

  clear(): void {
    this.#entries.clear();
  }

  #dropFirst(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      return;
    }
  }
}
