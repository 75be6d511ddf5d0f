import type { Version } from "../../support/packets.ts";

/** What became of one message. */
export interface MessageRecord {
  readonly number: number;
  readonly round: number;
  /** Tick. */
  readonly firstSent: number;
  /** How often its PUBLISH was written. */
  sends: number;
  /** Tick of its PUBACK or PUBREC; infinite: none came. */
  acknowledged: number;
}

/** The messages of one publisher to one topic with one QoS: their numbers rise, and so do those that are acknowledged. */
export class Stream {
  readonly topic: string;
  readonly qos: 1 | 2;
  /** Of the publisher: 3.1.1 has no properties. */
  readonly version: Version;
  readonly isRetained: boolean;
  lastAcknowledged = 0;
  #messages: MessageRecord[] = [];
  /** Number of the first message that is not forgotten. */
  #base = 1;

  constructor(topic: string, qos: 1 | 2, version: Version, isRetained = false) {
    this.topic = topic;
    this.qos = qos;
    this.version = version;
    this.isRetained = isRetained;
  }

  /** 0: none was. */
  get lastSent(): number {
    return this.#base + this.#messages.length - 1;
  }

  /** Since `forget`. */
  get messages(): readonly MessageRecord[] {
    return this.#messages;
  }

  send(tick: number, round: number): MessageRecord {
    const number = this.lastSent + 1;
    const message = { number, round, firstSent: tick, sends: 1, acknowledged: Number.POSITIVE_INFINITY };
    this.#messages.push(message);
    return message;
  }

  acknowledge(message: MessageRecord, tick: number): void {
    message.acknowledged = tick;
    this.lastAcknowledged = message.number;
  }

  /** Undefined: it was forgotten, or never sent. */
  message(number: number): MessageRecord | undefined {
    return this.#messages[number - this.#base];
  }

  /** All is acknowledged and checked. */
  forget(): void {
    this.#base = this.lastSent + 1;
    this.#messages = [];
  }
}
