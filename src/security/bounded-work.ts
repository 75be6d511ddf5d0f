import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";

export interface WaitBounds {
  /** Tasks that wait; one more is refused. */
  readonly maximumWaiting: number;
  /** Milliseconds that a task may wait; nobody awaits its result after that. */
  readonly maximumWait: number;
}

export interface WorkBounds extends WaitBounds {
  /** Tasks under way at a time. */
  readonly concurrency: number;
}

interface Waiting {
  readonly since: number;
  readonly start: () => void;
  readonly giveUp: () => void;
}

/** Does slow things, a few at a time, in the order in which they came. Beyond its bounds it says so at once. */
export class BoundedWork {
  readonly #bounds: WorkBounds;
  /** Those that wait, from `#first` on. */
  #waiting: Waiting[] = [];
  #first = 0;
  #underWay = 0;

  constructor(bounds: WorkBounds) {
    this.#bounds = bounds;
  }

  get waiting(): number {
    return this.#waiting.length - this.#first;
  }

  /** @throws {PacketError} 0x89, by the promise, when too many wait already or it waited for too long */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#bounds.concurrency) await this.#turn();
    else this.#underWay++;
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  /** Resolves when the place of a task that has ended is this one's. */
  #turn(): Promise<void> {
    if (this.waiting >= this.#bounds.maximumWaiting) return Promise.reject(busy());
    return new Promise((start, reject) => {
      this.#waiting.push({ since: performance.now(), start, giveUp: () => reject(busy()) });
    });
  }

  #next(): void {
    for (;;) {
      const next = this.#waiting[this.#first];
      if (next === undefined) break;
      this.#first++;
      this.#compact();
      if (performance.now() - next.since <= this.#bounds.maximumWait) {
        next.start();
        return;
      }
      next.giveUp();
    }
    this.#underWay--;
  }

  #compact(): void {
    if (this.#first < 1_024 && this.#first < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }
}

function busy(): PacketError {
  return new PacketError(REASON.SERVER_BUSY, "too many clients authenticate at present: try again later");
}
