import { Connection, type Role, type Shared } from "./connection.ts";
import type { Histogram } from "./histogram.ts";
import { ClosedLoop, OpenLoop, type Pace, type PaceSetting } from "./pace.ts";
import { encodePublish, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL_BYTE, type PublishTemplate } from "./packets.ts";
import { type LoadScenario, topicOf } from "./scenarios.ts";
import { TopicNumbers } from "./topic-numbers.ts";

const PACKET_IDS = 65_535;

/** Where the messages of one publisher come from. */
export interface Origin {
  /** A receiver has `last`, and all from `first` on that it will get. */
  received(first: number, last: number): void;
}

/** Which publisher of a scenario it is. */
export interface Place {
  /** Within its thread. */
  readonly index: number;
  /** Among all of the scenario, whose topic it has. */
  readonly number: number;
  /** Messages to be sent at the most. */
  readonly limit?: number;
}

/** Copies that are appended at once. */
const BLOCK_BYTES = 32_768;
const BLOCK_PACKETS = 64;

/** Sends messages with rising sequence numbers, at the pace of the scenario. */
export class Publisher implements Role, Origin {
  readonly #connection: Connection;
  readonly #setting: PaceSetting;
  readonly #place: Place;
  readonly #template: PublishTemplate;
  /** As many copies of the template as are appended at once. */
  readonly #block: Buffer;
  readonly #blockPackets: number;
  readonly #topics: TopicNumbers | undefined;
  readonly #qos: number;
  readonly #limit: number;
  #pace: Pace | undefined;
  #sent = 0;
  #acknowledged = 0;
  #isStopped = false;

  /** @param latencies in microseconds */
  constructor(shared: Shared, scenario: LoadScenario, place: Place, latencies: Histogram) {
    const { topics = 1, qos, payloadBytes } = scenario;
    this.#place = place;
    this.#topics = topics > 1 ? new TopicNumbers(topics) : undefined;
    const topic = topicOf(place.number);
    const name = this.#topics === undefined ? topic : `${topic}/${"0".repeat(this.#topics.width)}`;
    this.#template = encodePublish(name, qos, place.index, payloadBytes);
    const packetBytes = this.#template.bytes.length;
    this.#blockPackets = Math.max(1, Math.min(BLOCK_PACKETS, Math.floor(BLOCK_BYTES / packetBytes)));
    this.#block = Buffer.alloc(this.#blockPackets * packetBytes, this.#template.bytes);
    this.#qos = qos;
    this.#limit = place.limit ?? Number.POSITIVE_INFINITY;
    this.#connection = new Connection(shared, this);
    this.#setting = { scenario, turn: shared.turn, latencies, wake: () => this.#connection.wake() };
  }

  open(): Promise<void> {
    return this.#connection.open(`publisher-${this.#place.number}`);
  }

  close(): void {
    this.#connection.close();
  }

  /** @param at when an open loop begins, on the clock of `performance.now()` */
  start(at = 0): void {
    const { scenario } = this.#setting;
    if (scenario.rate === undefined) {
      this.#pace = new ClosedLoop(this.#setting);
    } else {
      const interval = (1000 * scenario.publishers) / scenario.rate;
      const begin = at + (interval * this.#place.index) / scenario.publishers;
      this.#pace = new OpenLoop(this.#setting, interval, begin);
    }
    this.#connection.wake();
  }

  /** Nothing is sent from now on but what acknowledges. */
  stop(): void {
    this.#isStopped = true;
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

  /** Messages that came once more although all receivers had them. */
  get surplus(): number {
    return this.#pace?.surplus ?? 0;
  }

  /** Has what is due sent at the end of this turn. */
  wakeWhenDue(): void {
    if (this.#due() > 0) this.#connection.wake();
  }

  received(first: number, last: number): void {
    this.#pace?.received(first, last);
  }

  #acknowledge(packetIdentifier: number): void {
    const isExpected = packetIdentifier === 1 + (this.#acknowledged % PACKET_IDS);
    if (!isExpected && this.#setting.scenario.until === "acknowledged")
      throw new Error("the broker acknowledged messages out of order");
    this.#pace?.acknowledged(this.#acknowledged);
    this.#acknowledged++;
  }

  #due(): number {
    if (this.#pace === undefined || this.#isStopped) return 0;
    return Math.min(this.#pace.due(), this.#limit - this.#sent);
  }

  fill(): void {
    for (let due = this.#due(); due > 0; due = this.#due()) this.#append(Math.min(due, this.#blockPackets));
  }

  #append(count: number): void {
    const { bytes, packetIdAt, sequenceAt, topicEnd } = this.#template;
    const packetBytes = bytes.length;
    let at = this.#connection.reserve(count * packetBytes);
    const out = this.#connection.out;
    this.#block.copy(out, at, 0, count * packetBytes);
    this.#pace?.sending(this.#sent, count);
    for (let i = 0; i < count; i++, at += packetBytes) {
      const sequence = this.#sent++;
      this.#topics?.writeNext(out, at + topicEnd);
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
