import { MAX_LEVELS } from "../../assembly/shared/limits.ts";
import * as packet from "../../assembly/shared/packet-types.ts";
import * as status from "../../assembly/shared/status.ts";

/** The naive framer: a whole byte stream at once, one packet after the other, in plain JavaScript. */

export interface ModelRecord {
  type: number;
  firstByte: number;
  start: number;
  body: number;
  end: number;
  packetIdentifier: number;
  reasonCode: number;
  topic: number;
  topicLength: number;
  properties: number;
  propertiesLength: number;
  payload: number;
}

export interface ModelFrames {
  records: ModelRecord[];
  status: number;
  consumed: number;
}

/** An end of decoding that is no error of the test. */
class Refusal {
  readonly status: number;
  constructor(refused: number) {
    this.status = refused;
  }
}

/** A packet that is cut off. */
const CUT = new Refusal(status.FRAME_END);

const ACKS: readonly number[] = [packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP];
const IDENTIFIED: readonly number[] = [packet.SUBSCRIBE, packet.UNSUBSCRIBE, packet.SUBACK, packet.UNSUBACK];
const FLAGS_0010: readonly number[] = [packet.PUBREL, packet.SUBSCRIBE, packet.UNSUBSCRIBE];

export function frameStream(stream: Uint8Array, version: number, maximum: number): ModelFrames {
  const records: ModelRecord[] = [];
  let at = 0;
  try {
    while (at < stream.length) {
      const record = framePacket(stream, at, version, maximum);
      records.push(record);
      at = record.end;
    }
    return { records, status: status.FRAME_END, consumed: at };
  } catch (error) {
    if (error instanceof Refusal) return { records, status: error.status, consumed: at };
    throw error;
  }
}

/** 0, or the status that refuses these bytes as a topic name. */
export function topicNameStatus(bytes: Uint8Array): number {
  if (bytes.length === 0) return status.EMPTY_TOPIC;
  if (bytes.length > 65535) return status.INVALID_LENGTH;
  const flaw = utf8Status(bytes);
  if (flaw !== 0) return flaw;
  const topic = new TextDecoder().decode(bytes);
  if (/[+#]/.test(topic)) return status.WILDCARD_IN_TOPIC_NAME;
  return topic.split("/").length > MAX_LEVELS ? status.TOO_MANY_LEVELS : 0;
}

/** 0, or the status that refuses these bytes as a topic filter. */
export function topicFilterStatus(bytes: Uint8Array): number {
  if (bytes.length === 0) return status.EMPTY_TOPIC;
  if (bytes.length > 65535) return status.INVALID_LENGTH;
  const flaw = utf8Status(bytes);
  if (flaw !== 0) return flaw;
  const levels = new TextDecoder().decode(bytes).split("/");
  const isValid = (level: string, index: number) =>
    !/[+#]/.test(level) || level === "+" || (level === "#" && index === levels.length - 1);
  if (!levels.every(isValid)) return status.INVALID_WILDCARD;
  return levels.length > MAX_LEVELS ? status.TOO_MANY_LEVELS : 0;
}

/** 0, or the status of whichever flaw comes first. */
export function utf8Status(bytes: Uint8Array): number {
  const nul = bytes.indexOf(0);
  if (!isUtf8(nul === -1 ? bytes : bytes.subarray(0, nul))) return status.INVALID_UTF8;
  return nul === -1 ? 0 : status.NUL_CHARACTER;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function framePacket(stream: Uint8Array, start: number, version: number, maximum: number): ModelRecord {
  const firstByte = stream[start] ?? 0;
  const type = firstByte >> 4;
  checkFirstByte(type, firstByte & 15, version);
  const [remaining, body] = readVarint(stream, start + 1, stream.length, CUT);
  if (body + remaining - start > maximum) throw new Refusal(status.PACKET_TOO_LARGE);
  if (body + remaining > stream.length) throw CUT;
  const record: ModelRecord = {
    ...{ type, firstByte, start, body, end: body + remaining, packetIdentifier: 0, reasonCode: 0 },
    ...{ topic: 0, topicLength: 0, properties: 0, propertiesLength: 0, payload: 0 },
  };
  if (version !== 0) decodeBody(stream, record, version);
  return record;
}

function checkFirstByte(type: number, flags: number, version: number): void {
  if (type === 0) throw new Refusal(status.UNKNOWN_PACKET_TYPE);
  if (type === packet.AUTH && (version === 3 || version === 4)) throw new Refusal(status.UNKNOWN_PACKET_TYPE);
  if (type === packet.PUBLISH) {
    if (flags === 6 || flags === 7 || flags >= 14) throw new Refusal(status.INVALID_QOS);
    return;
  }
  const allowed = !FLAGS_0010.includes(type) ? [0] : version === 3 ? [2, 10] : [2];
  if (!allowed.includes(flags)) throw new Refusal(status.RESERVED_FLAGS);
}

/** Value and offset behind it. */
function readVarint(bytes: Uint8Array, at: number, end: number, cut: Refusal): [value: number, next: number] {
  let value = 0;
  for (let size = 0; size < 4; size++) {
    if (at + size >= end) throw cut;
    const byte = bytes[at + size] ?? 0;
    value += (byte % 128) * 128 ** size;
    if (byte >= 128) continue;
    if (byte === 0 && size > 0) throw new Refusal(status.PADDED_VARINT);
    return [value, at + size + 1];
  }
  throw new Refusal(status.MALFORMED_VARINT);
}

function decodeBody(stream: Uint8Array, record: ModelRecord, version: number): void {
  const { type, body, end } = record;
  if (type === packet.PUBLISH) decodePublish(stream, record, version);
  else if (ACKS.includes(type)) decodeAck(stream, record, version);
  else if (IDENTIFIED.includes(type)) readIdentifier(stream, record, body);
  else if (type === packet.PINGREQ || type === packet.PINGRESP || (type === packet.DISCONNECT && version < 5)) {
    if (body !== end) throw new Refusal(status.INVALID_LENGTH);
  }
}

function readIdentifier(stream: Uint8Array, record: ModelRecord, at: number): void {
  record.packetIdentifier = readUint16(stream, at, record.end);
  if (record.packetIdentifier === 0) throw new Refusal(status.ZERO_PACKET_IDENTIFIER);
}

function readUint16(stream: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) throw new Refusal(status.INVALID_LENGTH);
  return (stream[at] ?? 0) * 256 + (stream[at + 1] ?? 0);
}

function decodeAck(stream: Uint8Array, record: ModelRecord, version: number): void {
  const { body, end } = record;
  if (version < 5 && end - body !== 2) throw new Refusal(status.INVALID_LENGTH);
  readIdentifier(stream, record, body);
  if (end - body === 2) return;
  record.reasonCode = stream[body + 2] ?? 0;
  if (end - body === 3) return;
  readProperties(stream, record, body + 3);
  if (record.properties + record.propertiesLength !== end) throw new Refusal(status.INVALID_LENGTH);
}

function readProperties(stream: Uint8Array, record: ModelRecord, at: number): void {
  const [length, properties] = readVarint(stream, at, record.end, new Refusal(status.INVALID_LENGTH));
  if (properties + length > record.end) throw new Refusal(status.INVALID_LENGTH);
  record.properties = properties;
  record.propertiesLength = length;
}

function decodePublish(stream: Uint8Array, record: ModelRecord, version: number): void {
  const { body, end, firstByte } = record;
  record.topicLength = readUint16(stream, body, end);
  record.topic = body + 2;
  let at = record.topic + record.topicLength;
  if (at > end) throw new Refusal(status.INVALID_LENGTH);
  if ((firstByte & 6) !== 0) {
    readIdentifier(stream, record, at);
    at += 2;
  }
  if (version >= 5) {
    readProperties(stream, record, at);
    at = record.properties + record.propertiesLength;
  }
  record.payload = at;
  const refused =
    record.topicLength === 0 && version >= 5
      ? aliasStatus(stream.subarray(record.properties, at))
      : topicNameStatus(stream.subarray(record.topic, record.topic + record.topicLength));
  if (refused !== 0) throw new Refusal(refused);
}

/** 0 when there is a topic alias among the properties of a PUBLISH. */
function aliasStatus(properties: Uint8Array): number {
  for (let at = 0; at < properties.length; ) {
    const next = behindProperty(properties, at);
    if (next > properties.length) return status.INVALID_PROPERTIES;
    if (properties[at] === 0x23) return 0;
    at = next;
  }
  return status.EMPTY_TOPIC;
}

/** The offset behind the property at `at`; Infinity where there is none. */
function behindProperty(properties: Uint8Array, at: number): number {
  const string = (from: number) => from + 2 + (properties[from] ?? 0) * 256 + (properties[from + 1] ?? Infinity);
  switch (properties[at]) {
    case 0x01:
      return at + 2;
    case 0x02:
      return at + 5;
    case 0x03:
    case 0x08:
    case 0x09:
      return string(at + 1);
    case 0x0b:
      return behindVarint(properties, at + 1);
    case 0x23:
      return at + 3;
    case 0x26:
      return string(string(at + 1));
    default:
      return Infinity;
  }
}

function behindVarint(bytes: Uint8Array, at: number): number {
  try {
    return readVarint(bytes, at, bytes.length, CUT)[1];
  } catch (error) {
    if (error instanceof Refusal) return Infinity;
    throw error;
  }
}
