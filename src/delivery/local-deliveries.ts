import type { Message } from "./message.ts";
import type { LocalListener } from "./subscription.ts";

/**
 * Calls the listeners of the program's own subscriptions when the turn of the event loop is over, so that what they do, publishing and
 * subscribing included, cannot disturb a delivery that is going on.
 */
export class LocalDeliveries {
  #waiting: { listener: LocalListener; message: Message }[] = [];

  push(listener: LocalListener, message: Message): void {
    if (this.#waiting.push({ listener, message: message.keep() }) === 1) setImmediate(this.#run);
  }

  /** One that throws ends the turn, as it would anywhere in a program, but not the deliveries of the others. */
  readonly #run = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    let done = 0;
    try {
      for (const { listener, message } of waiting) {
        done++;
        listener(message);
      }
    } finally {
      for (const { listener, message } of waiting.slice(done)) this.push(listener, message);
    }
  };
}
