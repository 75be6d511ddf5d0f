import { MQTT_5_0 } from "../../assembly/shared/limits.ts";
import { PUBLISH } from "../../assembly/shared/packet-types.ts";

/** Bytes of a packet from which on copying its payload costs more than a call by itself. */
const LARGE_BYTES = 8_192;

const LENGTH_BYTES_MAX = 4;

/**
 * How far a chunk is needed to frame what begins at `from`. Of a large PUBLISH only what stands before its payload is, which nothing here looks at;
 * it says nothing of whether the packet is right.
 *
 *     chunk  ┊ … |from  fixed header, topic name, … headEnd| payload packetEnd| …
 */
export class LargePacket {
  headEnd = 0;
  /** Where the packet ends, which may be beyond the chunk. */
  packetEnd = 0;
  /** Behind the variable byte integer that was read last. */
  #behind = 0;

  /** False: there is no large PUBLISH. */
  find(chunk: Uint8Array, from: number, version: number): boolean {
    if (chunk.length - from < LARGE_BYTES || (chunk[from] as number) >> 4 !== PUBLISH) return false;
    const length = this.#readLength(chunk, from + 1);
    const body = this.#behind;
    if (length < LARGE_BYTES) return false;
    this.packetEnd = body + length;
    this.headEnd = Math.min(this.#payloadAt(chunk, from, body, version), this.packetEnd, chunk.length);
    return true;
  }

  #payloadAt(chunk: Uint8Array, from: number, body: number, version: number): number {
    const topicLength = ((chunk[body] as number) << 8) | (chunk[body + 1] as number);
    const hasIdentifier = ((chunk[from] as number) & 0x06) !== 0;
    const at = body + 2 + topicLength + (hasIdentifier ? 2 : 0);
    if (version < MQTT_5_0) return at;
    const properties = this.#readLength(chunk, at);
    return this.#behind + Math.max(0, properties);
  }

  /** A variable byte integer; -1 where there is none. */
  #readLength(chunk: Uint8Array, at: number): number {
    let value = 0;
    for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
      const byte = chunk[at + i] ?? 0;
      this.#behind = at + i + 1;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return -1;
  }
}
