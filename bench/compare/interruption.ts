import { constants } from "node:os";
import type { Processes } from "../load/processes.ts";

/** The first signal to end this process only ends what runs, so that the rest can be written down; the second ends all. */
export class Interruption {
  #exitCode: number | undefined;

  constructor(processes: Processes) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        if (this.#exitCode !== undefined) process.exit(this.#exitCode);
        this.#exitCode = 128 + constants.signals[signal];
        processes.killAll();
      });
  }

  /** What the process is to end with; undefined: there was none. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }
}
