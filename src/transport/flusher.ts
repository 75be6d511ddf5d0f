import type { Outbox } from "./outbox.ts";

/** The one place that flushes: every outbox that got bytes during a turn of the event loop is written once, at the turn's end. */
export class Flusher {
  #dirty: Outbox[] = [];
  #spare: Outbox[] = [];
  readonly #blocked = new Set<Outbox>();
  readonly #stallTimer: NodeJS.Timeout;
  readonly #stallTimeout: number;

  /** @param stallTimeout milliseconds after which a receiver that takes nothing is reported as stalled */
  constructor(stallTimeout: number) {
    this.#stallTimeout = stallTimeout;
    this.#stallTimer = setInterval(() => this.#reportStalled(), Math.max(10, Math.min(1_000, stallTimeout / 4)));
    this.#stallTimer.unref();
  }

  add(outbox: Outbox): void {
    if (this.#dirty.push(outbox) === 1) setImmediate(this.#flush);
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

  readonly #flush = (): void => {
    const dirty = this.#dirty;
    this.#dirty = this.#spare;
    for (let i = 0; i < dirty.length; i++) dirty[i]?.flush();
    dirty.length = 0;
    this.#spare = dirty;
  };

  #reportStalled(): void {
    const now = performance.now();
    for (const outbox of this.#blocked) outbox.checkProgress(now, now - this.#stallTimeout);
  }
}
