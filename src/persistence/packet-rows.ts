/** Keys are owner × 65,536 + packet identifier, which stays exact for a hundred billion owners. */
const PER_OWNER = 65_536;

/** What is to become of rows with a packet identifier in their key. Identifiers are used again soon, so a row may come and go often in one group. */
export class PacketRows {
  readonly #puts = new Map<number, number>();
  readonly #deletes = new Set<number>();

  /** There is no such row. */
  put(owner: number, packetIdentifier: number, value: number): void {
    this.#puts.set(owner * PER_OWNER + packetIdentifier, value);
  }

  /** In the place of a row that may be on disk. */
  replace(owner: number, packetIdentifier: number, value: number): void {
    const key = owner * PER_OWNER + packetIdentifier;
    if (!this.#puts.has(key)) this.#deletes.add(key);
    this.#puts.set(key, value);
  }

  /** What came in this group leaves no trace; what may have come before has to go. */
  delete(owner: number, packetIdentifier: number): void {
    const key = owner * PER_OWNER + packetIdentifier;
    if (!this.#puts.delete(key)) this.#deletes.add(key);
  }

  /** Tells all, first what has to go, and forgets it. */
  drain(
    onDelete: (owner: number, packetIdentifier: number) => void,
    onPut: (owner: number, packetIdentifier: number, value: number) => void,
  ): void {
    for (const key of this.#deletes) {
      if (!this.#puts.has(key)) onDelete(Math.floor(key / PER_OWNER), key % PER_OWNER);
    }
    for (const [key, value] of this.#puts) onPut(Math.floor(key / PER_OWNER), key % PER_OWNER, value);
    this.#deletes.clear();
    this.#puts.clear();
  }
}
