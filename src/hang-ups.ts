import { closeSync, openSync } from "node:fs";

/**
 * SIGHUP, which would end a program that does not listen for it: from here on it asks for a reload, as soon as there is a broker that can do that. Where
 * the terminal is gone, it ends the program.
 */
export class HangUps {
  #isReloadAsked = false;
  #reload = (): void => {
    this.#isReloadAsked = true;
  };
  #stop: (signal: NodeJS.Signals) => void = endBy;

  constructor() {
    process.on("SIGHUP", (signal) => {
      if (isTerminalGone()) this.#stop(signal);
      else this.#reload();
    });
  }

  /** What is done from now on; what was asked for before is asked for now. */
  leadTo(reload: () => void, stop: (signal: NodeJS.Signals) => void): void {
    this.#reload = reload;
    this.#stop = stop;
    if (this.#isReloadAsked) reload();
  }
}

/** Ends the program as if nobody had listened for the signal. */
export function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Whoever closes the window of a broker does not want it to go on; nor could it write its log. */
function isTerminalGone(): boolean {
  if (!process.stdout.isTTY) return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    return true;
  }
}
