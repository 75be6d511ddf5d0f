import type { Outbox } from "./outbox.ts";

/** After so many turns of the event loop with no more than one chunk each, ... */
const LONE_TURNS = 8;
/** ... so many chunks are each followed by a flush, which spares a lone message the wait for the turn's end; then a turn shows whether that still holds. */
const EAGER_CHUNKS = 64;

/** Of `relieve` between two flushes. */
const MOST_RELIEFS = 16;

/** The one place that flushes: every outbox that got bytes during a turn of the event loop is written once, at the turn's end. */
export class Flusher {
  #dirty: Outbox[] = [];
  #spare: Outbox[] = [];
  /** Calls of `relieve` since the last flush. */
  #reliefs = 0;
  readonly #blocked = new Set<Outbox>();
  readonly #stallTimer: NodeJS.Timeout;
  /** Milliseconds after which a receiver that takes nothing is reported as stalled. */
  stallTimeout: number;
  /** Chunks in this turn, and turns in a row that had no more than one. */
  #chunks = 0;
  #loneTurns = 0;
  /** Chunks that are still to be flushed by themselves. */
  #eagerChunks = 0;
  /** The chunk that is being handled is one of those. */
  #endsWithChunk = false;

  constructor(stallTimeout: number) {
    this.stallTimeout = stallTimeout;
    this.#stallTimer = setInterval(() => this.#reportStalled(), Math.max(10, Math.min(1_000, stallTimeout / 4)));
    this.#stallTimer.unref();
  }

  add(outbox: Outbox): void {
    if (this.#dirty.push(outbox) === 1 && !this.#endsWithChunk) setImmediate(this.#endTurn);
  }

  /** What is added until `endChunk` comes of the chunk that is handled now. Chunks may lie within one another. */
  beginChunk(): void {
    this.#endsWithChunk ||= this.#eagerChunks > 0 && this.#dirty.length === 0;
  }

  endChunk(): void {
    if (this.#endsWithChunk) {
      this.#endsWithChunk = false;
      this.#eagerChunks--;
      this.#flush();
    } else {
      this.#chunks++;
    }
  }

  blocked(outbox: Outbox): void {
    this.#blocked.add(outbox);
  }

  unblocked(outbox: Outbox): void {
    this.#blocked.delete(outbox);
  }

  close(): void {
    clearInterval(this.#stallTimer);
  }

  /** Writes ahead of time what streams take at once, a few times in a turn at the most. */
  relieve(): void {
    if (this.#reliefs === MOST_RELIEFS) return;
    this.#reliefs++;
    for (const outbox of this.#dirty) outbox.relieve();
  }

  readonly #endTurn = (): void => {
    this.#loneTurns = this.#chunks > 1 ? 0 : this.#loneTurns + 1;
    if (this.#loneTurns >= LONE_TURNS) this.#eagerChunks = EAGER_CHUNKS;
    this.#chunks = 0;
    this.#flush();
  };

  #flush(): void {
    const dirty = this.#dirty;
    this.#reliefs = 0;
    this.#dirty = this.#spare;
    for (let i = 0; i < dirty.length; i++) dirty[i]?.flush();
    dirty.length = 0;
    this.#spare = dirty;
  }

  #reportStalled(): void {
    const now = performance.now();
    for (const outbox of this.#blocked) outbox.checkProgress(now, now - this.stallTimeout);
  }
}
