/** What has bytes to write at the end of the turn. */
interface Flushable {
  flush(): void;
}

/** Collects who has something to write, and flushes each once when all sockets of the event-loop turn were read. */
export class Turn {
  /** When the chunk being read arrived, in milliseconds; one clock call a chunk, not a message. */
  now = 0;
  readonly #waiting: Flushable[] = [];
  #count = 0;

  /** The caller sees to it that nobody is added twice before being flushed. */
  add(flushable: Flushable): void {
    if (this.#count === 0) setImmediate(this.#end);
    this.#waiting[this.#count++] = flushable;
  }

  readonly #end = (): void => {
    const count = this.#count;
    this.now = performance.now();
    for (let i = 0; i < count; i++) this.#waiting[i]?.flush();
    this.#count = 0;
  };
}
