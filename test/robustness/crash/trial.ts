import { clearTimeout, setTimeout } from "node:timers";
import type { Random } from "../support/random.ts";

/** How long nothing may come from the broker while something is waited for. */
const SILENCE = 5_000;
const SHOWN_FAULTS = 20;

/** What all parts of one crash test share: the order of all that happens, and what is wrong with it. */
export class Trial {
  readonly random: Random;
  /** Counts from 1. */
  round = 0;
  /** From the kill on until the next broker is there: connections may end. */
  isBrokerGone = false;
  /** Messages that a PUBACK or PUBREC came for. */
  acknowledged = 0;
  /** Messages that subscribers handed on. */
  handedOn = 0;
  readonly #faults: string[] = [];
  #ticks = 0;
  #isProgressDue = false;
  #onProgress: () => void = () => {};

  constructor(random: Random) {
    this.random = random;
  }

  /** The next point in time: of two events the later one has the higher tick. */
  tick(): number {
    return ++this.#ticks;
  }

  fault(text: string): void {
    this.#faults.push(`round ${this.round}: ${text}`);
  }

  get hasFaults(): boolean {
    return this.#faults.length > 0;
  }

  /** The first of them; others are mostly consequences. */
  get report(): string {
    const more = this.#faults.length - SHOWN_FAULTS;
    return [...this.#faults.slice(0, SHOWN_FAULTS), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
  }

  /** Something came from the broker. */
  progress(): void {
    if (this.#isProgressDue) return;
    this.#isProgressDue = true;
    setImmediate(() => {
      this.#isProgressDue = false;
      this.#onProgress();
    });
  }

  /** Waits as long as something keeps coming. Resolves with whether the condition holds. */
  until(condition: () => boolean, silence = SILENCE): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (holds: boolean): void => {
        this.#onProgress = () => {};
        clearTimeout(timer);
        resolve(holds);
      };
      const timer = setTimeout(() => end(false), silence);
      this.#onProgress = () => {
        timer.refresh();
        if (condition()) end(true);
      };
    });
  }
}
