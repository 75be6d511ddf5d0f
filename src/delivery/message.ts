import { copyBytes } from "../codec/publish.ts";
import type { Kept } from "../transport/backlog.ts";

const EMPTY = Buffer.alloc(0);

/** Says that `packetStart` and `packetEnd` of a message mean nothing. */
export const NO_PACKET = -1;
/** Bytes between topic and payload of a packet without properties: packet identifier and the length of the properties. */
const MOST_BETWEEN = 3;
/** A message that does not expire. */
export const NO_EXPIRY = -1;

/**
 * An application message. Topic and payload are ranges of buffers: of the chunk that came in, valid for the turn only, or of memory of the
 * message's own once it is kept. Usually both stand in the same one:
 *
 *     buffer  ┊ … |packetStart … |topicStart topic topicEnd| … |payloadStart payload payloadEnd| … ┊
 */
export class Message implements Kept {
  /** Holds the payload, and the packet where there is one. */
  buffer: Buffer = EMPTY;
  /** Holds the topic; another one than `buffer` where a topic alias stood for it. */
  topicBuffer: Buffer = EMPTY;
  topicStart = 0;
  topicEnd = 0;
  /** Together they stand for the topic, and for no other ever; lap 0: they do not. */
  topicLap = 0;
  topicPlace = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /**
   * The packet that it came in, when a receiver whose packets have properties as well, or have none as well, can get it byte by byte, but
   * for the first byte and the packet identifier. Otherwise NO_PACKET.
   */
  packetStart = NO_PACKET;
  packetHasProperties = false;
  qos = 0;
  /** RETAIN as the publisher set it. */
  isRetained = false;
  /** Client identifier of the publisher; empty for the program itself. */
  publisher = "";
  /** The encoded properties that receivers get, in the publisher's order: all but topic alias and message expiry interval. */
  properties: Buffer = EMPTY;
  /** Seconds; NO_EXPIRY for none. */
  expiryInterval = NO_EXPIRY;
  /** `Date.now()` when it came in; 0 unless it is kept. */
  receivedAt = 0;
  /** Where it stands on disk while it is retained; 0: it does not. Only the store sets it. */
  retainedNumber = 0;
  /** Places in queues; only the backlog counts them. */
  places = 0;
  /** The copy that outlives the turn, shared by all who need one; the message itself where it is such a copy. */
  #kept: Message | undefined;

  /** Makes an instance that the next message of another publisher can use. */
  reset(buffer: Buffer): void {
    this.buffer = buffer;
    this.topicBuffer = buffer;
    this.topicLap = 0;
    this.packetStart = NO_PACKET;
    this.properties = EMPTY;
    this.expiryInterval = NO_EXPIRY;
    this.receivedAt = 0;
    this.#kept = undefined;
  }

  static of(topic: Uint8Array, payload: Uint8Array, qos: number, isRetained: boolean): Message {
    const buffer = Buffer.allocUnsafe(topic.length + payload.length);
    buffer.set(topic);
    buffer.set(payload, topic.length);
    return Message.#received(buffer, topic.length, topic.length, qos, isRetained);
  }

  static #received(buffer: Buffer, topicEnd: number, payloadStart: number, qos: number, isRetained: boolean): Message {
    const message = Message.within(buffer, topicEnd, payloadStart);
    message.qos = qos;
    message.isRetained = isRetained;
    message.receivedAt = Date.now();
    return message;
  }

  /** A kept message in memory that is handed over: the topic is its beginning, the payload its end. */
  static within(buffer: Buffer, topicEnd: number, payloadStart: number): Message {
    const message = new Message();
    message.buffer = buffer;
    message.topicBuffer = buffer;
    message.topicEnd = topicEnd;
    message.payloadStart = payloadStart;
    message.payloadEnd = buffer.length;
    message.#kept = message;
    return message;
  }

  /** The message in memory of its own. One copy serves all who keep it. */
  keep(): Message {
    if (this.#kept === undefined) {
      const kept = this.#copy();
      kept.topicLap = this.topicLap;
      kept.topicPlace = this.topicPlace;
      kept.publisher = this.publisher;
      kept.properties = this.properties.length === 0 ? EMPTY : Buffer.from(this.properties);
      kept.expiryInterval = this.expiryInterval;
      this.#kept = kept;
    }
    return this.#kept;
  }

  #copy(): Message {
    const { topicStart, topicEnd, payloadStart, payloadEnd } = this;
    const isOneRange = this.topicBuffer === this.buffer && payloadStart - topicEnd <= MOST_BETWEEN;
    if (!isOneRange) return Message.of(this.topic, this.payload, this.qos, this.isRetained);
    const length = payloadEnd - topicStart;
    const buffer = Buffer.allocUnsafe(length);
    copyBytes(buffer, 0, this.buffer, topicStart, length);
    return Message.#received(buffer, topicEnd - topicStart, payloadStart - topicStart, this.qos, this.isRetained);
  }

  /** For a kept message that may stay for long: in Node's buffer pool one small message would hold on to 8 KiB. */
  leavePool(): void {
    if (this.buffer.buffer.byteLength === this.buffer.length) return;
    const own = Buffer.allocUnsafeSlow(this.buffer.length);
    own.set(this.buffer);
    this.buffer = own;
    this.topicBuffer = own;
    if (this.properties.length > 0) this.properties = Buffer.from(Uint8Array.from(this.properties).buffer);
  }

  /** Bytes of topic, properties and payload. */
  get size(): number {
    return this.topicEnd - this.topicStart + this.properties.length + this.payloadEnd - this.payloadStart;
  }

  /** A view, as long-lived as the message's memory. */
  get topic(): Buffer {
    return this.topicBuffer.subarray(this.topicStart, this.topicEnd);
  }

  /** A view, as long-lived as the message's memory. */
  get payload(): Buffer {
    return this.buffer.subarray(this.payloadStart, this.payloadEnd);
  }

  get topicName(): string {
    return this.topicBuffer.toString("utf8", this.topicStart, this.topicEnd);
  }

  /** Seconds left to live at `now` (`Date.now()`), NO_EXPIRY where it does not expire; 0 or less when it is over. [MQTT-3.3.2-6] */
  remaining(now: number): number {
    if (this.expiryInterval === NO_EXPIRY || this.receivedAt === 0) return this.expiryInterval;
    // A clock that was set back does not make it younger.
    const passed = Math.max(0, now - this.receivedAt);
    return Math.max(0, this.expiryInterval - Math.floor(passed / 1000));
  }

  /** Whether its time is over at `now`. A message published with interval 0 reaches only those who are there at once. */
  isExpired(now: number): boolean {
    return now >= this.expiresAt;
  }

  /** In milliseconds of `Date.now()`; infinite for one that does not expire, or is not kept. */
  get expiresAt(): number {
    const expires = this.expiryInterval !== NO_EXPIRY && this.receivedAt !== 0;
    return expires ? this.receivedAt + this.expiryInterval * 1000 : Number.POSITIVE_INFINITY;
  }
}
