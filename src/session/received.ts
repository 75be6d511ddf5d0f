/** Packet identifiers of QoS 2 messages that came from a client and wait for their PUBREL; they outlive its connections. */
export class Received {
  /** Made with the first one, as most clients never send QoS 2. */
  #identifiers: Set<number> | undefined;
  /** Those from before the connection that is open. */
  #earlier: Set<number> | undefined;

  /** How many take from the client's send quota, which every connection begins anew (MQTT 5.0 §4.9). */
  get underWay(): number {
    return (this.#identifiers?.size ?? 0) - (this.#earlier?.size ?? 0);
  }

  has(packetIdentifier: number): boolean {
    return this.#identifiers?.has(packetIdentifier) ?? false;
  }

  add(packetIdentifier: number): void {
    this.#identifiers ??= new Set();
    this.#identifiers.add(packetIdentifier);
  }

  /** False: it was not there. */
  delete(packetIdentifier: number): boolean {
    this.#earlier?.delete(packetIdentifier);
    return this.#identifiers?.delete(packetIdentifier) ?? false;
  }

  beginConnection(): void {
    const identifiers = this.#identifiers;
    this.#earlier = identifiers !== undefined && identifiers.size > 0 ? new Set(identifiers) : undefined;
  }
}
