import type { Logger } from "pino";
import type { Statistics } from "../observability/statistics.ts";
import { HELD_FOR_RATE } from "../transport/connection.ts";
import type { Client } from "./client.ts";

/** Milliseconds after which it is looked again who may go on. */
const TURN = 20;

/** Clients that have sent all that they may for now, and are not read from until they may send more. One timer serves all; nothing is lost. */
export class Pacing {
  /** Who waits longest stands first, which is what makes those who share a pace take turns. */
  readonly #waiting = new Set<Client>();
  readonly #statistics: Statistics;
  readonly #log: Logger;
  /** Those of whom the log has told. */
  readonly #told = new WeakSet<Client>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ statistics, log }: { readonly statistics: Statistics; readonly log: Logger }) {
    this.#statistics = statistics;
    this.#log = log;
  }

  /** The client, which has a pace, may send no more for now. */
  hold(client: Client): void {
    if (this.#waiting.has(client)) return;
    this.#waiting.add(client);
    this.#statistics.clientsPaused++;
    client.connection.hold(HELD_FOR_RATE);
    this.#tell(client);
    this.#timer ??= setInterval(() => this.#turn(performance.now()), TURN).unref();
  }

  /** The client is gone. */
  forget(client: Client): void {
    this.#waiting.delete(client);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Once for each connection. */
  #tell(client: Client): void {
    if (this.#told.has(client)) return;
    this.#told.add(client);
    this.#log.info(
      { ...client.description },
      "a client sends more than its rates allow: it has to wait from time to time",
    );
  }

  #turn(now: number): void {
    // Whoever is held again stands at the end.
    let left = this.#waiting.size;
    for (const client of this.#waiting) {
      if (left-- === 0) break;
      if (client.pace?.isReady(now) === false) continue;
      this.#waiting.delete(client);
      client.connection.unhold(HELD_FOR_RATE);
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
