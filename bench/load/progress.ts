/** Has a terminal forget the line it stands in. */
const CLEAR_LINE = "\r\x1b[K";
const TICK_MILLIS = 500;

/** One line on a terminal about what runs now, and for how long it has; nothing elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #runs: number;
  #done = 0;

  constructor(stream: NodeJS.WriteStream, runs: number) {
    this.#stream = stream;
    this.#runs = runs;
  }

  async during<T>(what: string, run: Promise<T>): Promise<T> {
    if (!this.#stream.isTTY) return run;
    const begun = performance.now();
    const show = () => this.#show(what, Math.floor((performance.now() - begun) / 1000));
    show();
    const timer = setInterval(show, TICK_MILLIS);
    try {
      return await run;
    } finally {
      clearInterval(timer);
      this.#stream.write(CLEAR_LINE);
      this.#done++;
    }
  }

  /** Writes a line that stays, between runs, wherever the stream goes. */
  note(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  #show(what: string, seconds: number): void {
    const line = `${this.#done + 1} of ${this.#runs}: ${what}, ${seconds} s`;
    this.#stream.write(`${CLEAR_LINE}${line.slice(0, this.#stream.columns - 1)}`);
  }
}
