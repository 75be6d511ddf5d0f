import type { MessageRecord, Stream } from "./stream.ts";

/** What arrived of one stream by one subscription. */
export class Receipts {
  readonly #stream: Stream;
  /** How often, by number, since `forget`. */
  readonly #counts = new Map<number, number>();
  /** The same in the connection that is open. */
  readonly #countsHere = new Map<number, number>();
  #connection = 0;
  #highest = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  has(number: number): boolean {
    return this.#counts.has(number);
  }

  /**
   * Takes a message that was handed on. Returns what is wrong with that.
   * @param qos of the delivery
   * @param isOrdered whether it has to come behind all with lower numbers that are ordered
   */
  take(number: number, qos: number, connection: number, isOrdered: boolean): string | undefined {
    const before = this.#counts.get(number) ?? 0;
    const isNew = before === 0 && this.#stream.message(number) !== undefined;
    this.#counts.set(number, before + 1);
    if (!isNew && qos === 2) return "came once more, with QoS 2";
    const wrong = qos === 1 ? this.#countHere(number, connection) : undefined;
    return wrong ?? (isNew && isOrdered ? this.#takeInOrder(number) : undefined);
  }

  forget(): void {
    this.#counts.clear();
    this.#countsHere.clear();
  }

  /** Within one connection a message comes again only where its publisher sent it again. */
  #countHere(number: number, connection: number): string | undefined {
    if (this.#connection !== connection) this.#countsHere.clear();
    this.#connection = connection;
    const count = (this.#countsHere.get(number) ?? 0) + 1;
    this.#countsHere.set(number, count);
    const sends = this.#stream.message(number)?.sends ?? Number.POSITIVE_INFINITY;
    return count > sends ? `came ${count} times in one connection and was sent ${sends} times` : undefined;
  }

  #takeInOrder(number: number): string | undefined {
    const highest = this.#highest;
    this.#highest = Math.max(highest, number);
    return number > highest ? undefined : `came behind ${highest}`;
  }
}

/** The messages that have to be here and are not. */
export function missing(
  stream: Stream,
  isDue: (message: MessageRecord) => boolean,
  has: (number: number) => boolean,
): MessageRecord[] {
  return stream.messages.filter((message) => isDue(message) && !has(message.number));
}
