const NONE = new Uint8Array(0);

/** A set of packet identifiers, a bit for each up to the highest: 8 KiB at the most, and no garbage as they come and go. */
export class PacketIdentifiers {
  #bytes = NONE;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(packetIdentifier: number): boolean {
    return (this.#byteOf(packetIdentifier) & bitOf(packetIdentifier)) !== 0;
  }

  add(packetIdentifier: number): void {
    if (this.has(packetIdentifier)) return;
    const index = packetIdentifier >>> 3;
    if (index >= this.#bytes.length) this.#grow(index);
    this.#bytes[index] = this.#byteOf(packetIdentifier) | bitOf(packetIdentifier);
    this.#size++;
  }

  /** False: it was not there. */
  delete(packetIdentifier: number): boolean {
    if (!this.has(packetIdentifier)) return false;
    this.#bytes[packetIdentifier >>> 3] = this.#byteOf(packetIdentifier) & ~bitOf(packetIdentifier);
    this.#size--;
    return true;
  }

  copy(): PacketIdentifiers {
    const copy = new PacketIdentifiers();
    copy.#bytes = this.#bytes.slice();
    copy.#size = this.#size;
    return copy;
  }

  #byteOf(packetIdentifier: number): number {
    return this.#bytes[packetIdentifier >>> 3] ?? 0;
  }

  #grow(index: number): void {
    const bytes = new Uint8Array(Math.max(index + 1, this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

function bitOf(packetIdentifier: number): number {
  return 1 << (packetIdentifier & 7);
}
