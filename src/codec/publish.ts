import { MQTT_5_0 } from "../../assembly/shared/limits.ts";
import { PUBLISH } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "./dialects.ts";
import type { ProtocolVersion } from "./version.ts";
import { packetLength, varintLength, writeVarint } from "./writer.ts";

const EMPTY = Buffer.alloc(0);
const SUBSCRIPTION_IDENTIFIER = 0x0b;
const MESSAGE_EXPIRY_INTERVAL = 0x02;
const TOPIC_ALIAS = 0x23;

/** Below this a loop is faster than `Buffer.copy` (node 20: 62 ns whatever the length, against 1.8 ns a byte). */
const LOOP_LIMIT = 32;

/**
 * What an outgoing PUBLISH is made of. One object is filled again and again; topic and payload are ranges, so that they can be
 * taken from the read buffer without an object for each.
 */
export class PublishForm {
  version: ProtocolVersion = MQTT_5_0;
  qos = 0;
  retain = false;
  topic: Buffer = EMPTY;
  topicStart = 0;
  /** 0 when the topic alias stands for the topic. */
  topicLength = 0;
  /** 0: none. */
  topicAlias = 0;
  packetIdentifier = 0;
  /** Seconds; -1: none. */
  messageExpiryInterval = -1;
  /** As `PublishProperties.forwarded`. */
  forwarded: Uint8Array = EMPTY;
  subscriptionIdentifiers: readonly number[] | undefined = undefined;
  payload: Buffer = EMPTY;
  payloadStart = 0;
  payloadLength = 0;

  setTopic(buffer: Buffer, start = 0, length = buffer.length): void {
    this.topic = buffer;
    this.topicStart = start;
    this.topicLength = length;
  }

  setPayload(buffer: Buffer, start = 0, length = buffer.length): void {
    this.payload = buffer;
    this.payloadStart = start;
    this.payloadLength = length;
  }
}

function propertiesLength(form: PublishForm): number {
  let length = form.forwarded.length;
  if (form.topicAlias !== 0) length += 3;
  if (form.messageExpiryInterval >= 0) length += 5;
  if (form.subscriptionIdentifiers !== undefined) {
    for (const identifier of form.subscriptionIdentifiers) length += 1 + varintLength(identifier);
  }
  return length;
}

function remainingLength(form: PublishForm): number {
  let length = 2 + form.topicLength + form.payloadLength;
  if (form.qos > 0) length += 2;
  if (DIALECTS[form.version].hasProperties) {
    const properties = propertiesLength(form);
    length += varintLength(properties) + properties;
  }
  return length;
}

/** Bytes of the whole packet; compare with the receiver's maximum packet size. [MQTT-3.1.2-24] */
export function publishLength(form: PublishForm): number {
  return packetLength(remainingLength(form));
}

/** Offset of the packet identifier from the start of the packet, 0 with QoS 0. */
export function packetIdentifierOffset(form: PublishForm): number {
  return form.qos === 0 ? 0 : 1 + varintLength(remainingLength(form)) + 2 + form.topicLength;
}

/** Sets the packet identifier of a PUBLISH written before; `at` is where the identifier stands. */
export function patchPacketIdentifier(target: Uint8Array, at: number, packetIdentifier: number): void {
  target[at] = packetIdentifier >> 8;
  target[at + 1] = packetIdentifier & 0xff;
}

/** Copies a range and returns the offset behind it in `target`. Allocates nothing for a short one. */
export function copyBytes(target: Buffer, at: number, source: Buffer, start: number, length: number): number {
  if (length >= LOOP_LIMIT) source.copy(target, at, start, start + length);
  else for (let index = 0; index < length; index++) target[at + index] = source[start + index] ?? 0;
  return at + length;
}

function writeProperties(target: Buffer, at: number, form: PublishForm): number {
  let to = writeVarint(target, at, propertiesLength(form));
  if (form.topicAlias !== 0) {
    target[to] = TOPIC_ALIAS;
    to = target.writeUInt16BE(form.topicAlias, to + 1);
  }
  if (form.messageExpiryInterval >= 0) {
    target[to] = MESSAGE_EXPIRY_INTERVAL;
    to = target.writeUInt32BE(form.messageExpiryInterval, to + 1);
  }
  if (form.subscriptionIdentifiers !== undefined) {
    for (const identifier of form.subscriptionIdentifiers) {
      target[to] = SUBSCRIPTION_IDENTIFIER;
      to = writeVarint(target, to + 1, identifier);
    }
  }
  if (form.forwarded.length > 0) target.set(form.forwarded, to);
  return to + form.forwarded.length;
}

function firstByte(form: PublishForm): number {
  return (PUBLISH << 4) | (form.qos << 1) | (form.retain ? 1 : 0);
}

/**
 * Writes the packet, `publishLength(form)` bytes from `at` on, and returns the offset behind it. Allocates nothing of its own.
 * In 3.x the properties are left out.
 */
export function writePublish(target: Buffer, at: number, form: PublishForm): number {
  target[at] = firstByte(form);
  let to = writeVarint(target, at + 1, remainingLength(form));
  target[to] = form.topicLength >> 8;
  target[to + 1] = form.topicLength & 0xff;
  to = copyBytes(target, to + 2, form.topic, form.topicStart, form.topicLength);
  // [MQTT-2.2.1-2] [MQTT-2.3.1-5 of 3.1.1]
  if (form.qos > 0) {
    patchPacketIdentifier(target, to, form.packetIdentifier);
    to += 2;
  }
  if (DIALECTS[form.version].hasProperties) to = writeProperties(target, to, form);
  return copyBytes(target, to, form.payload, form.payloadStart, form.payloadLength);
}
