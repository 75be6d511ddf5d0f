import { copyBytes, patchPacketIdentifier } from "../codec/publish.ts";
import type { Outbox, PendingBytes } from "../transport/outbox.ts";
import type { EncodedPublish } from "./encoded-publish.ts";

/** Packets that are put off at the most. */
const CAPACITY = 1_024;

const EMPTY = Buffer.alloc(0);

/**
 * Packets on their way from the chunk that is being handled to outboxes, as they came in. They are copied when the whole chunk is handled, because
 * those that follow each other there as well as in an outbox are then copied at once, as one run: a call of `Buffer.copy` takes as long as a
 * hundred bytes, and makes an object.
 *
 *     chunk    ┊ packet packet packet ┊ packet packet ┊ …
 *                └──── run of A ────┘   └─ run of B ─┘
 */
export class PendingCopies implements PendingBytes {
  #chunk: Buffer = EMPTY;
  readonly #outboxes = new Array<Outbox | undefined>(CAPACITY).fill(undefined);
  /** Of the runs, in the chunk. */
  readonly #starts = new Uint32Array(CAPACITY);
  readonly #ends = new Uint32Array(CAPACITY);
  /** Of the runs, in their outbox. */
  readonly #targetEnds = new Uint32Array(CAPACITY);
  #runs = 0;
  /** Packet identifiers, which are set when all is copied: in the outbox of which run, and where. */
  readonly #identifiers = new Uint16Array(CAPACITY);
  readonly #identifierRuns = new Uint16Array(CAPACITY);
  readonly #identifierOffsets = new Uint32Array(CAPACITY);
  #identifierCount = 0;

  /**
   * Copies the packet to where the outbox made room for it, before it leaves from there and by the next `settle` at the latest.
   * @param encoded is in the chunk
   * @param packetIdentifier 0 with QoS 0
   */
  put(
    outbox: Outbox,
    at: number,
    { buffer, start, length, packetIdentifierOffset }: EncodedPublish,
    packetIdentifier: number,
  ): void {
    if (buffer !== this.#chunk || this.#runs === CAPACITY || this.#identifierCount === CAPACITY) this.#begin(buffer);
    const run = this.#follows(outbox, at, start) ? outbox.run : this.#open(outbox, start);
    this.#ends[run] = start + length;
    this.#targetEnds[run] = at + length;
    if (packetIdentifier === 0) return;
    const index = this.#identifierCount++;
    this.#identifiers[index] = packetIdentifier;
    this.#identifierRuns[index] = run;
    this.#identifierOffsets[index] = at + packetIdentifierOffset;
  }

  /** Copies all that was put off. */
  settle(): void {
    for (let run = 0; run < this.#runs; run++) this.#copy(run);
    for (let index = 0; index < this.#identifierCount; index++) this.#setIdentifier(index);
    this.#outboxes.fill(undefined, 0, this.#runs);
    this.#runs = 0;
    this.#identifierCount = 0;
    this.#chunk = EMPTY;
  }

  #begin(chunk: Buffer): void {
    this.settle();
    this.#chunk = chunk;
  }

  /** Whether the packet stands behind those of the outbox's last run on both sides. */
  #follows({ pending, run }: Outbox, at: number, start: number): boolean {
    return pending === this && this.#ends[run] === start && this.#targetEnds[run] === at;
  }

  #open(outbox: Outbox, start: number): number {
    const run = this.#runs++;
    this.#outboxes[run] = outbox;
    this.#starts[run] = start;
    outbox.pending = this;
    outbox.run = run;
    return run;
  }

  #copy(run: number): void {
    const outbox = this.#outboxes[run];
    if (outbox === undefined) return;
    outbox.pending = undefined;
    const start = this.#starts[run] ?? 0;
    const length = (this.#ends[run] ?? 0) - start;
    copyBytes(outbox.buffer, (this.#targetEnds[run] ?? 0) - length, this.#chunk, start, length);
  }

  #setIdentifier(index: number): void {
    const outbox = this.#outboxes[this.#identifierRuns[index] ?? 0];
    if (outbox === undefined) return;
    patchPacketIdentifier(outbox.buffer, this.#identifierOffsets[index] ?? 0, this.#identifiers[index] ?? 0);
  }
}
