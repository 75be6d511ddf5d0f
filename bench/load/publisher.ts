import { Connection, type Role, type Shared } from "./connection.ts";
import { encodePublish, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL_BYTE, type PublishTemplate } from "./packets.ts";
import { receiversPerMessage, type Scenario, topicOf } from "./scenarios.ts";

const PACKET_IDS = 65_535;

/** Copies that are appended at once. */
const BLOCK_BYTES = 32_768;

/** Sends messages with rising sequence numbers, a new one for each that all receivers have. */
export class Publisher implements Role {
  readonly #connection: Connection;
  readonly #clientId: string;
  readonly #template: PublishTemplate;
  /** As many copies of the template as are appended at once. */
  readonly #block: Buffer;
  readonly #blockPackets: number;
  readonly #qos: number;
  readonly #underWay: number;
  readonly #receivers: number;
  /** Of the messages under way, by sequence number modulo their maximum: time of sending, and receivers that lack it. */
  readonly #sentAt: Float64Array;
  readonly #missing: Uint32Array;
  readonly #shared: Shared;
  #credit = 0;
  #sent = 0;
  #acknowledged = 0;

  constructor(shared: Shared, scenario: Scenario, index: number) {
    this.#shared = shared;
    this.#clientId = `load-publisher-${index}`;
    this.#template = encodePublish(topicOf(index), scenario.qos, index, scenario.payloadBytes);
    const packetBytes = this.#template.bytes.length;
    this.#blockPackets = Math.max(1, Math.min(scenario.underWay, Math.floor(BLOCK_BYTES / packetBytes)));
    this.#block = Buffer.alloc(this.#blockPackets * packetBytes, this.#template.bytes);
    this.#qos = scenario.qos;
    this.#underWay = scenario.underWay;
    this.#receivers = receiversPerMessage(scenario);
    this.#sentAt = new Float64Array(scenario.underWay);
    this.#missing = new Uint32Array(scenario.underWay);
    this.#connection = new Connection(shared, this);
  }

  open(): Promise<void> {
    return this.#connection.open(this.#clientId);
  }

  close(): void {
    this.#connection.close();
  }

  start(): void {
    this.#credit = this.#underWay;
    this.#connection.wake();
  }

  /** Nothing is sent from now on but what acknowledges. */
  stop(): void {
    this.#credit = Number.NEGATIVE_INFINITY;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Messages that the broker has not yet acknowledged; 0 at QoS 0. */
  get unacknowledged(): number {
    return this.#qos === 0 ? 0 : this.#sent - this.#acknowledged;
  }

  /** When the message was sent, in milliseconds. It has to be under way. */
  sentAt(sequence: number): number {
    return this.#sentAt[sequence % this.#underWay] ?? 0;
  }

  /** One more receiver has the message; with the last, another may be sent. */
  settle(sequence: number): void {
    const slot = sequence % this.#underWay;
    const missing = (this.#missing[slot] ?? 0) - 1;
    this.#missing[slot] = missing;
    if (missing > 0) return;
    this.#credit++;
    this.#connection.wake();
  }

  fill(): void {
    while (this.#credit > 0) {
      const count = Math.min(this.#credit, this.#blockPackets);
      this.#append(count);
      this.#credit -= count;
    }
  }

  #append(count: number): void {
    const { bytes, packetIdAt, sequenceAt } = this.#template;
    const packetBytes = bytes.length;
    let at = this.#connection.reserve(count * packetBytes);
    const out = this.#connection.out;
    this.#block.copy(out, at, 0, count * packetBytes);
    for (let i = 0; i < count; i++, at += packetBytes) {
      const sequence = this.#sent++;
      this.#sentAt[sequence % this.#underWay] = this.#shared.turn.now;
      this.#missing[sequence % this.#underWay] = this.#receivers;
      if (this.#qos > 0) {
        const packetId = 1 + (sequence % PACKET_IDS);
        out[at + packetIdAt] = packetId >> 8;
        out[at + packetIdAt + 1] = packetId;
      }
      out[at + sequenceAt] = sequence >> 24;
      out[at + sequenceAt + 1] = sequence >> 16;
      out[at + sequenceAt + 2] = sequence >> 8;
      out[at + sequenceAt + 3] = sequence;
    }
  }

  packet(first: number, bytes: Buffer, body: number, end: number): void {
    switch (first >> 4) {
      case PUBACK:
      case PUBCOMP:
        this.#acknowledged++;
        return;
      case PUBREC:
        this.#connection.acknowledge(PUBREL_BYTE, bytes[body] ?? 0, bytes[body + 1] ?? 0);
        return;
      case PUBLISH:
        throw new Error("the broker sent a PUBLISH to a client without a subscription");
      default:
        this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, 0);
    }
  }
}
