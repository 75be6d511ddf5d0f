import { Connection, type Role, type Shared } from "./connection.ts";
import { encodeSubscribe, PUBLISH, SUBACK } from "./packets.ts";
import { RETAINED_FILTER } from "./retainer.ts";

const ZERO = 0x30;
const RETAIN = 0x01;
const PREFIX_BYTES = RETAINED_FILTER.length - 1;

/** Subscribes to all retained messages and takes note of which came. */
export class RetainedReader implements Role {
  readonly #connection: Connection;
  readonly #shared: Shared;
  /** By the number of the topic, how often its message came. */
  readonly #copies: Uint8Array;
  #received = 0;
  #twice = 0;
  #firstAt = 0;
  #lastAt = 0;
  #finish: () => void = () => {};

  constructor(shared: Shared, count: number) {
    this.#shared = shared;
    this.#copies = new Uint8Array(count);
    this.#connection = new Connection(shared, this);
  }

  open(): Promise<void> {
    return this.#connection.open("retained-reader");
  }

  close(): void {
    this.#connection.close();
  }

  /** Subscribes; resolves when all is here. */
  async read(): Promise<void> {
    const all = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    await this.#connection.request(encodeSubscribe(1, [RETAINED_FILTER], 0), SUBACK);
    await all;
  }

  get received(): number {
    return this.#received;
  }

  get twice(): number {
    return this.#twice;
  }

  /** When the first and the newest came, in milliseconds on the clock of `performance.now()`. */
  get firstAt(): number {
    return this.#firstAt;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  fill(): void {}

  packet(first: number, bytes: Buffer, body: number, end: number): void {
    if (first >> 4 !== PUBLISH) {
      this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, 0);
      return;
    }
    if ((first & RETAIN) === 0) throw new Error("the broker sent a retained message without its mark");
    this.#lastAt = this.#shared.turn.now;
    if (this.#received === 0) this.#firstAt = this.#lastAt;
    this.#take(this.#topicNumber(bytes, body));
  }

  #topicNumber(bytes: Buffer, body: number): number {
    const end = body + 2 + (((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0));
    let number = 0;
    for (let at = body + 2 + PREFIX_BYTES; at < end; at++) number = number * 10 + (bytes[at] ?? 0) - ZERO;
    return number;
  }

  #take(number: number): void {
    const copies = this.#copies[number];
    if (copies === undefined) throw new Error("the broker sent a retained message that it was not given");
    if (copies > 0) {
      this.#twice++;
      return;
    }
    this.#copies[number] = 1;
    this.#received++;
    if (this.#received === this.#copies.length) this.#finish();
  }
}
