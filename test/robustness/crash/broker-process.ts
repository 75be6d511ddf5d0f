import { Ternmq } from "../../support/ternmq.ts";
import type { Trial } from "./trial.ts";

/** pino's number of "error". */
const ERROR = 50;
/** Beyond what one round brings to a session that is offline for long. */
const ARGUMENTS = ["--no-ws", "--max-queued", "1000000"];

/** The broker that is being tested: one process after the other on the same data directory. */
export class BrokerProcess {
  readonly #trial: Trial;
  readonly #command: readonly string[] | undefined;
  readonly #args: readonly string[];
  #process: Ternmq | undefined;

  /** @param command the program, if it is not the one that users run */
  constructor(trial: Trial, args: readonly string[], command?: readonly string[]) {
    this.#trial = trial;
    this.#args = [...ARGUMENTS, ...args];
    this.#command = command;
  }

  get port(): number {
    return this.#process?.port ?? 0;
  }

  async start(): Promise<void> {
    this.#process = await Ternmq.start(this.#args, this.#command);
    this.#trial.isBrokerGone = false;
  }

  /** kill -9. What the process sent before that may still arrive. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#trial.isBrokerGone = true;
    this.#process = undefined;
    await process.kill();
    if (process.stderr !== "") this.#trial.fault(`the broker wrote to standard error: ${process.stderr}`);
    const errors = process.log.filter(({ level }) => Number(level) >= ERROR);
    if (errors.length > 0) this.#trial.fault(`the broker logged ${JSON.stringify(errors.slice(0, 3))}`);
  }
}
