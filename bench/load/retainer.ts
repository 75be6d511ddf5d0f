import { Connection, type Role, type Shared } from "./connection.ts";
import { encodePublish, PUBACK, type PublishTemplate } from "./packets.ts";
import { TopicNumbers } from "./topic-numbers.ts";

export const RETAINED_PAYLOAD_BYTES = 64;
export const RETAINED_FILTER = "retained/+";
const UNDER_WAY = 1_000;
const PACKET_IDS = 65_535;
const RETAIN = 0x01;

/** Publishes a retained message to each of so many topics, QoS 1; an empty one takes back what is retained. */
export class Retainer implements Role {
  readonly #connection: Connection;
  readonly #template: PublishTemplate;
  readonly #topics: TopicNumbers;
  readonly #count: number;
  #sent = 0;
  #acknowledged = 0;
  #finish: () => void = () => {};

  constructor(shared: Shared, count: number, payloadBytes = RETAINED_PAYLOAD_BYTES) {
    this.#count = count;
    this.#topics = new TopicNumbers(count);
    this.#template = encodePublish(`retained/${"0".repeat(this.#topics.width)}`, 1, 0, payloadBytes);
    this.#connection = new Connection(shared, this);
  }

  /** Connects, and resolves when the broker has acknowledged all. */
  async retain(): Promise<void> {
    await this.#connection.open("retainer");
    this.#connection.wake();
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
  }

  close(): void {
    this.#connection.close();
  }

  fill(): void {
    while (this.#sent < this.#count && this.#sent - this.#acknowledged < UNDER_WAY) this.#append();
  }

  #append(): void {
    const { bytes, packetIdAt, topicEnd } = this.#template;
    const at = this.#connection.reserve(bytes.length);
    const { out } = this.#connection;
    bytes.copy(out, at);
    out[at] = (bytes[0] ?? 0) | RETAIN;
    const packetId = 1 + (this.#sent++ % PACKET_IDS);
    out[at + packetIdAt] = packetId >> 8;
    out[at + packetIdAt + 1] = packetId;
    this.#topics.writeNext(out, at + topicEnd);
  }

  packet(first: number, bytes: Buffer, _body: number, end: number): void {
    if (first >> 4 !== PUBACK) {
      this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, 0);
      return;
    }
    this.#acknowledged++;
    if (this.#acknowledged === this.#count) this.#finish();
    else this.#connection.wake();
  }
}
