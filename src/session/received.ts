import { PacketIdentifiers } from "./packet-identifiers.ts";

/** Packet identifiers of QoS 2 messages that came from a client and wait for their PUBREL; they outlive its connections. */
export class Received {
  /** Made with the first one, as most clients never send QoS 2. */
  #identifiers: PacketIdentifiers | undefined;
  /** Those from before the connection that is open. */
  #earlier: PacketIdentifiers | undefined;

  /** How many take from the client's send quota, which every connection begins anew (MQTT 5.0 §4.9). */
  get underWay(): number {
    return (this.#identifiers?.size ?? 0) - (this.#earlier?.size ?? 0);
  }

  has(packetIdentifier: number): boolean {
    return this.#identifiers?.has(packetIdentifier) ?? false;
  }

  add(packetIdentifier: number): void {
    this.#identifiers ??= new PacketIdentifiers();
    this.#identifiers.add(packetIdentifier);
  }

  /** False: it was not there. */
  delete(packetIdentifier: number): boolean {
    this.#earlier?.delete(packetIdentifier);
    return this.#identifiers?.delete(packetIdentifier) ?? false;
  }

  beginConnection(): void {
    if (this.#identifiers?.size === 0) this.#identifiers = undefined;
    this.#earlier = this.#identifiers?.copy();
  }
}
