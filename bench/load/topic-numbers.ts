const ZERO = 0x30;
const NINE = 0x39;

/** Counts from 0 up to a number of topics, and again, in digits of one width. */
export class TopicNumbers {
  readonly #digits: Buffer;
  readonly #count: number;
  #next = 0;

  constructor(count: number) {
    this.#count = count;
    this.#digits = Buffer.alloc(String(count - 1).length, ZERO);
  }

  get width(): number {
    return this.#digits.length;
  }

  /** Writes the digits of the next number so that they end where `end` is. */
  writeNext(out: Buffer, end: number): void {
    const digits = this.#digits;
    for (let i = 0, at = end - digits.length; i < digits.length; i++, at++) out[at] = digits[i] ?? 0;
    this.#next++;
    if (this.#next === this.#count) this.#restart();
    else this.#increment();
  }

  #increment(): void {
    let at = this.#digits.length - 1;
    while (this.#digits[at] === NINE) this.#digits[at--] = ZERO;
    this.#digits[at] = (this.#digits[at] ?? 0) + 1;
  }

  #restart(): void {
    this.#next = 0;
    this.#digits.fill(ZERO);
  }
}
