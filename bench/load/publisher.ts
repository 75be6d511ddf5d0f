import { Connection, type Role, type Shared } from "./connection.ts";
import type { Histogram } from "./histogram.ts";
import { encodePublish, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL_BYTE, type PublishTemplate } from "./packets.ts";
import { receiversPerMessage, type Scenario, topicOf } from "./scenarios.ts";

const PACKET_IDS = 65_535;

/** Where the messages of one publisher come from. */
export interface Origin {
  /** A receiver has `last`, and all from `first` on that it will get. */
  received(first: number, last: number): void;
}

/** Copies that are appended at once. */
const BLOCK_BYTES = 32_768;

/** Sends messages with rising sequence numbers, a new one for each that is not under way any more. */
export class Publisher implements Role, Origin {
  readonly #connection: Connection;
  readonly #clientId: string;
  readonly #template: PublishTemplate;
  /** As many copies of the template as are appended at once. */
  readonly #block: Buffer;
  readonly #blockPackets: number;
  readonly #qos: number;
  readonly #underWay: number;
  readonly #receivers: number;
  readonly #untilAcknowledged: boolean;
  readonly #latencies: Histogram;
  readonly #limit: number;
  /** Of the messages under way, by sequence number modulo their maximum: time of sending, and receivers that lack it. */
  readonly #sentAt: Float64Array;
  readonly #missing: Uint32Array;
  readonly #shared: Shared;
  #credit = 0;
  #sent = 0;
  #acknowledged = 0;

  /**
   * @param latencies in microseconds, from a message's sending until it is not under way any more (or until each of its receivers has it)
   * @param limit messages to be sent at the most
   */
  constructor(
    shared: Shared,
    scenario: Scenario,
    index: number,
    latencies: Histogram,
    limit = Number.POSITIVE_INFINITY,
  ) {
    this.#shared = shared;
    this.#clientId = `load-publisher-${index}`;
    this.#template = encodePublish(topicOf(index), scenario.qos, index, scenario.payloadBytes);
    const packetBytes = this.#template.bytes.length;
    this.#blockPackets = Math.max(1, Math.min(scenario.underWay, Math.floor(BLOCK_BYTES / packetBytes)));
    this.#block = Buffer.alloc(this.#blockPackets * packetBytes, this.#template.bytes);
    this.#qos = scenario.qos;
    this.#underWay = scenario.underWay;
    this.#receivers = receiversPerMessage(scenario);
    this.#untilAcknowledged = scenario.until === "acknowledged";
    this.#latencies = latencies;
    this.#limit = limit;
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

  get acknowledged(): number {
    return this.#acknowledged;
  }

  received(first: number, last: number): void {
    if (this.#untilAcknowledged) return;
    this.#record(last);
    for (let sequence = first; sequence <= last; sequence++) this.#settle(sequence);
  }

  #record(sequence: number): void {
    const sentAt = this.#sentAt[sequence % this.#underWay] ?? 0;
    this.#latencies.record(((this.#shared.turn.now - sentAt) * 1000) | 0);
  }

  /** One more receiver has the message; with the last, another may be sent. */
  #settle(sequence: number): void {
    const slot = sequence % this.#underWay;
    const missing = (this.#missing[slot] ?? 0) - 1;
    this.#missing[slot] = missing;
    if (missing > 0) return;
    this.#credit++;
    this.#connection.wake();
  }

  #acknowledge(packetIdentifier: number): void {
    if (this.#untilAcknowledged) {
      if (packetIdentifier !== 1 + (this.#acknowledged % PACKET_IDS))
        throw new Error("the broker acknowledged messages out of order");
      this.#record(this.#acknowledged);
      this.#credit++;
      this.#connection.wake();
    }
    this.#acknowledged++;
  }

  fill(): void {
    while (this.#credit > 0 && this.#sent < this.#limit) {
      const count = Math.min(this.#credit, this.#blockPackets, this.#limit - this.#sent);
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
        this.#acknowledge(((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0));
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
