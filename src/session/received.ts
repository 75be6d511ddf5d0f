/** Packet identifiers of QoS 2 messages that came from a client and wait for their PUBREL; they outlive its connections. */
export class Received {
  readonly #identifiers = new Set<number>();
  /** Those from before the connection that is open. */
  #earlier: Set<number> | undefined;

  /** How many take from the client's send quota, which every connection begins anew (MQTT 5.0 §4.9). */
  get underWay(): number {
    return this.#identifiers.size - (this.#earlier?.size ?? 0);
  }

  has(packetIdentifier: number): boolean {
    return this.#identifiers.has(packetIdentifier);
  }

  add(packetIdentifier: number): void {
    this.#identifiers.add(packetIdentifier);
  }

  /** False: it was not there. */
  delete(packetIdentifier: number): boolean {
    this.#earlier?.delete(packetIdentifier);
    return this.#identifiers.delete(packetIdentifier);
  }

  beginConnection(): void {
    this.#earlier = this.#identifiers.size > 0 ? new Set(this.#identifiers) : undefined;
  }
}
