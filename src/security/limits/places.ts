/** Who of those that share a user or an address is connected, by client identifier: who takes over its own session takes no second place. */
export class Places {
  readonly #taken = new Map<string, Set<string>>();

  /** @param key of the user or address */
  hasRoom(key: string, clientIdentifier: string, most: number): boolean {
    const there = this.#taken.get(key);
    return there === undefined || there.size < most || there.has(clientIdentifier);
  }

  take(key: string, clientIdentifier: string): void {
    const there = this.#taken.get(key);
    if (there === undefined) this.#taken.set(key, new Set([clientIdentifier]));
    else there.add(clientIdentifier);
  }

  giveBack(key: string, clientIdentifier: string): void {
    const there = this.#taken.get(key);
    there?.delete(clientIdentifier);
    if (there?.size === 0) this.#taken.delete(key);
  }
}
