import { PUBLISH } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "../codec/dialects.ts";
import {
  copyBytes,
  PublishForm,
  packetIdentifierOffset,
  patchPacketIdentifier,
  publishLength,
  writePublish,
} from "../codec/publish.ts";
import type { ProtocolVersion } from "../codec/version.ts";
import type { Statistics } from "../observability/statistics.ts";
import type { Outbox } from "../transport/outbox.ts";
import { EncodedPublish } from "./encoded-publish.ts";
import { type Message, NO_EXPIRY, NO_PACKET } from "./message.ts";
import type { OutgoingAliases } from "./outgoing-aliases.ts";
import { PendingCopies } from "./pending-copies.ts";
import type { Receiver } from "./receiver.ts";

const DUPLICATE = 0x08;
/** Encoded forms of one message: 3 QoS × RETAIN or not × with properties or not. */
const FORMS = 12;
const FIRST_SCRATCH_BYTES = 65_536;
/** Of a packet. */
const LARGE_BYTES = 8_192;
/** Stands for an alias where only the length of the packet matters. */
const ANY_ALIAS = 1;

/** Writes messages into outboxes. A message is encoded once for each distinct form and copied from there. */
export class Sender {
  readonly #encoded = Array.from({ length: FORMS }, () => new EncodedPublish());
  /** For one receiver only: with subscription identifiers or a topic alias. */
  readonly #single = new EncodedPublish();
  readonly #form = new PublishForm();
  /** To be settled before the chunk is gone that messages came in. */
  readonly copies = new PendingCopies();
  #message: Message | undefined;
  #stamp = 0;
  #scratch = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES);
  #scratchLength = 0;
  readonly #statistics: Statistics;

  constructor(statistics: Statistics) {
    this.#statistics = statistics;
  }

  /** Has to be called when a message object was filled with another message. */
  begin(message: Message): void {
    this.#message = message;
    this.#stamp++;
    this.#scratchLength = 0;
  }

  /**
   * Appends the message to the receiver's outbox. False: the receiver may not have it, or it is larger than it takes, and done with. [MQTT-3.1.2-25]
   * @param packetIdentifier 0 with QoS 0
   */
  send(
    receiver: Receiver,
    message: Message,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    packetIdentifier: number,
    isDuplicate: boolean,
  ): boolean {
    const { version, aliases, rights } = receiver;
    if (rights !== undefined && !rights.mayReceive(message)) {
      this.#statistics.messagesDroppedNotAuthorized++;
      return false;
    }
    if (message !== this.#message || isAgeing(message)) this.begin(message);
    const encoded =
      (subscriptionIdentifiers !== undefined || aliases !== undefined) && DIALECTS[version].hasProperties
        ? this.#encodeSingle(receiver, message, qos, isRetained, subscriptionIdentifiers)
        : this.#encodeShared(version, message, qos, isRetained);
    // [MQTT-3.1.2-24]
    if (encoded.length > receiver.maximumPacketSize) {
      this.#statistics.messagesDroppedTooLarge++;
      return false;
    }
    this.#append(receiver.outbox, encoded, packetIdentifier, isDuplicate);
    if (encoded.length >= LARGE_BYTES) receiver.outbox.onLarge();
    this.#statistics.messagesSent++;
    return true;
  }

  #append(outbox: Outbox, encoded: EncodedPublish, packetIdentifier: number, isDuplicate: boolean): void {
    const at = outbox.reserve(encoded.length);
    if (encoded.isInChunk && !isDuplicate) {
      this.copies.put(outbox, at, encoded, packetIdentifier);
      return;
    }
    const target = outbox.buffer;
    copyBytes(target, at, encoded.buffer, encoded.start, encoded.length);
    // [MQTT-3.3.1-1] [MQTT-3.3.1-2] [MQTT-3.3.1-3] [MQTT-4.3.1-1] [MQTT-3.3.1-1 of 3.1.1] [MQTT-3.3.1-2 of 3.1.1]
    // [MQTT-3.3.1-3 of 3.1.1] [MQTT-4.3.1-1 of 3.1.1]
    target[at] = isDuplicate ? encoded.firstByte | DUPLICATE : encoded.firstByte;
    if (packetIdentifier !== 0) patchPacketIdentifier(target, at + encoded.packetIdentifierOffset, packetIdentifier);
  }

  #encodeShared(version: ProtocolVersion, message: Message, qos: number, isRetained: boolean): EncodedPublish {
    const { hasProperties } = DIALECTS[version];
    const encoded = this.#encoded[qos + (isRetained ? 3 : 0) + (hasProperties ? 6 : 0)] ?? this.#single;
    if (encoded.stamp === this.#stamp) return encoded;
    encoded.stamp = this.#stamp;
    if (
      message.packetStart !== NO_PACKET &&
      message.packetHasProperties === hasProperties &&
      message.qos > 0 === qos > 0
    ) {
      this.#takeVerbatim(encoded, message, qos, isRetained);
    } else {
      this.#fillForm(version, message, qos, isRetained);
      this.#encode(encoded);
    }
    return encoded;
  }

  /** The packet that came in serves as it is. */
  #takeVerbatim(encoded: EncodedPublish, message: Message, qos: number, isRetained: boolean): void {
    encoded.buffer = message.buffer;
    encoded.start = message.packetStart;
    encoded.length = message.payloadEnd - message.packetStart;
    encoded.firstByte = (PUBLISH << 4) | (qos << 1) | (isRetained ? 1 : 0);
    encoded.isInChunk = message.buffer[message.packetStart] === encoded.firstByte;
    encoded.packetIdentifierOffset = qos === 0 ? 0 : message.topicEnd - message.packetStart;
  }

  #encodeSingle(
    receiver: Receiver,
    message: Message,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
  ): EncodedPublish {
    const form = this.#form;
    this.#fillForm(receiver.version, message, qos, isRetained);
    form.subscriptionIdentifiers = subscriptionIdentifiers;
    if (receiver.aliases !== undefined) this.#useAlias(receiver.aliases, message, receiver.maximumPacketSize);
    const before = this.#scratchLength;
    this.#encode(this.#single);
    // It is copied at once, so its place is free again.
    this.#scratchLength = before;
    return this.#single;
  }

  /** Puts an alias in the place of the form's topic, or beside it where it is new. */
  #useAlias(aliases: OutgoingAliases, message: Message, maximumPacketSize: number): void {
    const form = this.#form;
    const { topic } = message;
    form.topicAlias = aliases.find(topic);
    if (form.topicAlias !== 0) {
      form.topicLength = 0;
      return;
    }
    // Only a packet that goes out may introduce an alias, so it has to fit with one, whichever that is.
    form.topicAlias = ANY_ALIAS;
    form.topicAlias = publishLength(form) <= maximumPacketSize ? aliases.assign(topic) : 0;
  }

  #fillForm(version: ProtocolVersion, message: Message, qos: number, isRetained: boolean): void {
    const form = this.#form;
    form.version = version;
    form.qos = qos;
    form.retain = isRetained;
    form.setTopic(message.topicBuffer, message.topicStart, message.topicEnd - message.topicStart);
    form.topicAlias = 0;
    form.messageExpiryInterval = message.expiryInterval === NO_EXPIRY ? NO_EXPIRY : message.remaining(Date.now());
    form.forwarded = message.properties;
    form.subscriptionIdentifiers = undefined;
    form.setPayload(message.buffer, message.payloadStart, message.payloadEnd - message.payloadStart);
  }

  #encode(encoded: EncodedPublish): void {
    const form = this.#form;
    const length = publishLength(form);
    const start = this.#scratchLength;
    if (start + length > this.#scratch.length) this.#growScratch(start + length);
    writePublish(this.#scratch, start, form);
    this.#scratchLength = start + length;
    encoded.buffer = this.#scratch;
    encoded.start = start;
    encoded.length = length;
    encoded.isInChunk = false;
    encoded.firstByte = this.#scratch[start] ?? 0;
    encoded.packetIdentifierOffset = packetIdentifierOffset(form);
  }

  /** Forms made before refer to the old scratch, so it is left as it is. */
  #growScratch(bytes: number): void {
    this.#scratch = Buffer.allocUnsafeSlow(Math.max(bytes, this.#scratch.length * 2));
  }
}

/** Whether its packet tells another remaining lifetime each time. */
function isAgeing(message: Message): boolean {
  return message.expiryInterval !== NO_EXPIRY && message.receivedAt !== 0;
}
