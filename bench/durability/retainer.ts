import { Connection, type Role, type Shared } from "../load/connection.ts";
import { encodePublish, PUBACK, type PublishTemplate } from "../load/packets.ts";

export const RETAINED_PAYLOAD_BYTES = 64;
const UNDER_WAY = 1_000;
const PACKET_IDS = 65_535;
const RETAIN = 0x01;
const DIGITS = 9;
const ZERO = 0x30;

/** Publishes a retained message to each of so many topics, QoS 1. */
export class Retainer implements Role {
  readonly #connection: Connection;
  readonly #template: PublishTemplate;
  readonly #count: number;
  #sent = 0;
  #acknowledged = 0;

  constructor(shared: Shared, count: number) {
    this.#count = count;
    this.#template = encodePublish(`retained/${"0".repeat(DIGITS)}`, 1, 0, RETAINED_PAYLOAD_BYTES);
    this.#connection = new Connection(shared, this);
  }

  async open(): Promise<void> {
    await this.#connection.open("load-retainer");
    this.#connection.wake();
  }

  close(): void {
    this.#connection.close();
  }

  get isDone(): boolean {
    return this.#acknowledged === this.#count;
  }

  fill(): void {
    while (this.#sent < this.#count && this.#sent - this.#acknowledged < UNDER_WAY) this.#append();
  }

  #append(): void {
    const { bytes, packetIdAt } = this.#template;
    const at = this.#connection.reserve(bytes.length);
    const { out } = this.#connection;
    bytes.copy(out, at);
    out[at] = (bytes[0] ?? 0) | RETAIN;
    const packetId = 1 + (this.#sent % PACKET_IDS);
    out[at + packetIdAt] = packetId >> 8;
    out[at + packetIdAt + 1] = packetId;
    let rest = this.#sent++;
    for (let digit = at + packetIdAt - 1; rest > 0; digit--) {
      out[digit] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }

  packet(first: number, bytes: Buffer, _body: number, end: number): void {
    if (first >> 4 === PUBACK) {
      this.#acknowledged++;
      this.#connection.wake();
    } else {
      this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, 0);
    }
  }
}
