import type { Logger } from "pino";
import { brokerOptions } from "../config/broker-options.ts";
import type { Configuration } from "../config/load-apart.ts";
import { ConfigError, problemText } from "../config/source/problem.ts";
import { TernmqError } from "../errors.ts";
import type { TernmqBroker } from "../ternmq-broker.ts";
import { type Outcome, writeOutcome } from "./outcome.ts";

/** Reads the configuration of a running broker anew whenever it is asked to, one time after the other. */
export class Reloader {
  readonly #broker: TernmqBroker;
  readonly #read: () => Promise<Configuration>;
  readonly #log: Logger;
  /** Where the outcome is told; undefined: in the log alone. */
  readonly #directory: string | undefined;
  readonly #pidFile: string | undefined;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #isReady = false;

  /** @param started what the broker was started with, by the same `read` */
  constructor(broker: TernmqBroker, read: () => Promise<Configuration>, { config }: Configuration, log: Logger) {
    this.#broker = broker;
    this.#read = read;
    this.#log = log;
    this.#directory = config.persistence.enabled ? config.persistence.directory : undefined;
    this.#pidFile = config.pidFile;
  }

  /** The broker runs. */
  begin(): void {
    this.#isReady = true;
    if (this.#isAsked) this.ask();
  }

  /** While the configuration is being read, being asked once more means once more after that; before `begin`, then. */
  ask(): void {
    this.#log.debug("asked to reload");
    this.#isAsked = true;
    if (!this.#isReady) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false;
      const outcome = await this.#reload();
      if (this.#directory !== undefined) this.#tell(this.#directory, outcome);
    }
  }

  async #reload(): Promise<Outcome> {
    const startedAt = Date.now();
    try {
      const { config, warnings } = await this.#read();
      const needsRestart = [...(await this.#broker.reload(brokerOptions(config, this.#log)))];
      if (config.pidFile !== this.#pidFile) needsRestart.push("pidFile stays as it was");
      this.#log.level = config.log.level;
      for (const warning of warnings) this.#log.warn(problemText(warning));
      for (const what of needsRestart) this.#log.warn(`this needs a restart: ${what}`);
      this.#log.info("configuration reloaded");
      return { startedAt, isReloaded: true, messages: needsRestart };
    } catch (error) {
      return { startedAt, isReloaded: false, messages: this.#refuse(error) };
    }
  }

  /** Nothing has changed. @returns what is wrong */
  #refuse(error: unknown): string[] {
    const messages = error instanceof ConfigError ? error.problems.map(problemText) : [(error as Error).message];
    for (const message of messages) this.#log.error(message);
    if (!(error instanceof TernmqError)) this.#log.error({ err: error }, "a fault of ternmq itself");
    this.#log.error("the configuration was not reloaded: nothing has changed");
    return messages;
  }

  #tell(directory: string, outcome: Outcome): void {
    try {
      writeOutcome(directory, outcome);
    } catch (error) {
      this.#log.error({ err: error }, "the outcome of the reload could not be written");
    }
  }
}
