import { type Logger, pino } from "pino";

/** A log whose lines a test reads and waits for. */
export class TestLog {
  readonly lines: Record<string, unknown>[] = [];
  readonly logger: Logger;
  #wake: () => void = () => {};

  constructor() {
    this.logger = pino({ level: "info" }, { write: (line: string) => this.#add(line) });
  }

  /** The first line with this message, of those that came and those to come. */
  async logged(msg: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.find((line) => line.msg === msg);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #add(line: string): void {
    this.lines.push(JSON.parse(line) as Record<string, unknown>);
    this.#wake();
  }
}
