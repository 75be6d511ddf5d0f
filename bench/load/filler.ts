import { Connection, type Role, type Shared } from "./connection.ts";
import { encodeSubscribe, PUBLISH, SUBACK } from "./packets.ts";

const FILTERS_A_PACKET = 100;
const PACKETS_UNDER_WAY = 16;
const FAILURE = 0x80;
/** Beside the return codes: fixed header and packet identifier. */
const SUBACK_HEADER_BYTES = 7;

/** The longest packet that a filler sends and receives. */
export const FILLER_BYTES = 16_384;

/** Filters of four levels, one of them a wildcard, as those of a fleet. */
function filterOf(index: number): string {
  return `fleet/${index % 1_000}/device-${index}/+`;
}

/** Subscribes to very many filters, none of which the load's topics match. */
export class Filler implements Role {
  readonly #connection: Connection;
  readonly #count: number;
  #asked = 0;
  #answered = 0;
  #refused = 0;
  #isOpen = false;
  #finish: () => void = () => {};

  /** @param shared with room for packets of `FILLER_BYTES` */
  constructor(shared: Shared, count: number) {
    this.#count = count;
    this.#connection = new Connection(shared, this);
  }

  async open(): Promise<void> {
    await this.#connection.open("filler");
    this.#isOpen = true;
  }

  close(): void {
    this.#connection.close();
  }

  /** Subscriptions that the broker did not take. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves when the broker has answered for each subscription. */
  subscribe(): Promise<void> {
    this.#connection.wake();
    return new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  fill(): void {
    while (this.#asked < this.#count && this.#asked - this.#answered < FILTERS_A_PACKET * PACKETS_UNDER_WAY)
      this.#ask();
  }

  #ask(): void {
    const filters = Array.from({ length: Math.min(FILTERS_A_PACKET, this.#count - this.#asked) }, (_, index) =>
      filterOf(this.#asked + index),
    );
    this.#connection.send(encodeSubscribe(1 + ((this.#asked / FILTERS_A_PACKET) % 65_535), filters, 0));
    this.#asked += filters.length;
  }

  packet(first: number, bytes: Buffer, body: number, end: number): void {
    if (first >> 4 === PUBLISH) throw new Error("the broker sent a PUBLISH that no filter of the client matches");
    if (!this.#isOpen || first >> 4 !== SUBACK) {
      this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, 0);
      return;
    }
    for (let at = body + 2; at < end; at++) if (bytes[at] === FAILURE) this.#refused++;
    this.#answered += end - body - 2;
    if (this.#answered >= this.#count) this.#finish();
    else this.#connection.wake();
  }
}

/** What has room for the SUBACKs of a filler. */
export const FILLER_PAYLOAD_BYTES = FILTERS_A_PACKET + SUBACK_HEADER_BYTES;
