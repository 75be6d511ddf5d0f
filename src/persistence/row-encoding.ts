import type { Message } from "../delivery/message.ts";
import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readMessage, writeMessage } from "./message-encoding.ts";
import type { Counters, DeliveryRow, ExchangeRow, ReceivedRow } from "./rows.ts";
import { DELIVERY_UNDER_WAY, PUBREL_UNDER_WAY } from "./rows.ts";

const QOS = 0x03;
const IS_RETAINED = 0x04;
const HAS_IDENTIFIERS = 0x08;
const HAS_SHARED_FILTER = 0x10;
/** What follows is the number of the message; otherwise it is the message. */
const HAS_MESSAGE_NUMBER = 0x20;
const KNOWN_FLAGS = 0x3f;

/**
 *     ┊ flags u8 │ [count u32, subscription identifiers u32 each] │ [shared filter text] │ message number u64, or the message ┊
 */
export function writeDelivery(
  writer: ByteWriter,
  qos: number,
  isRetained: boolean,
  subscriptionIdentifiers: readonly number[] | undefined,
  sharedFilter: string | undefined,
  messageNumber: number,
  message: Message,
): void {
  let flags = qos | (isRetained ? IS_RETAINED : 0);
  if (subscriptionIdentifiers !== undefined) flags |= HAS_IDENTIFIERS;
  if (sharedFilter !== undefined) flags |= HAS_SHARED_FILTER;
  writer.u8(messageNumber === 0 ? flags : flags | HAS_MESSAGE_NUMBER);
  if (subscriptionIdentifiers !== undefined) {
    writer.u32(subscriptionIdentifiers.length);
    for (const identifier of subscriptionIdentifiers) writer.u32(identifier);
  }
  if (sharedFilter !== undefined) writer.text(sharedFilter);
  if (messageNumber === 0) writeMessage(writer, message);
  else writer.u64(messageNumber);
}

function readIdentifiers(reader: ByteReader): number[] {
  return Array.from({ length: reader.u32() }, () => reader.u32());
}

/** All but the message; `reader`, of the value, stands where that does then, or behind its number. */
function readHead(key: Uint8Array, reader: ByteReader): Omit<DeliveryRow, "message"> {
  const keyReader = new ByteReader(key);
  const owner = keyReader.u64();
  const sequence = keyReader.u64();
  const flags = reader.u8();
  if (flags > KNOWN_FLAGS || (flags & QOS) === QOS) throw new RangeError(`a delivery with unknown flags ${flags}`);
  return {
    owner,
    sequence,
    qos: flags & QOS,
    isRetained: (flags & IS_RETAINED) !== 0,
    subscriptionIdentifiers: (flags & HAS_IDENTIFIERS) === 0 ? undefined : readIdentifiers(reader),
    sharedFilter: (flags & HAS_SHARED_FILTER) === 0 ? undefined : reader.text(),
    messageNumber: (flags & HAS_MESSAGE_NUMBER) === 0 ? 0 : reader.u64(),
  };
}

/**
 * `message` is the row of the message; it is not looked at where the delivery holds the message itself. Throws RangeError for bytes that are
 * never written.
 */
export function decodeDelivery(key: Uint8Array, value: Uint8Array, message: Uint8Array): DeliveryRow {
  const reader = new ByteReader(value);
  const head = readHead(key, reader);
  // Field by field: this runs for each message that was queued, and a spread costs more than all the rest.
  return {
    owner: head.owner,
    sequence: head.sequence,
    qos: head.qos,
    isRetained: head.isRetained,
    subscriptionIdentifiers: head.subscriptionIdentifiers,
    sharedFilter: head.sharedFilter,
    messageNumber: head.messageNumber,
    message: readMessage(head.messageNumber === 0 ? reader : new ByteReader(message)),
  };
}

/** Throws RangeError for bytes that are never written, in the delivery or in the message that it holds. */
export function checkDelivery(key: Uint8Array, value: Uint8Array): void {
  const reader = new ByteReader(value);
  const { messageNumber } = readHead(key, reader);
  if (messageNumber === 0) readMessage(reader);
  else if (!reader.isDone) throw new RangeError("a delivery is too long");
}

/** Where the message of a delivery stands; 0: in its own row. Reads no further than it has to. */
export function messageNumberOf(value: Uint8Array): number {
  const flags = value[0] ?? 0;
  return (flags & HAS_MESSAGE_NUMBER) === 0 ? 0 : new ByteReader(value.subarray(value.length - 8)).u64();
}

export function decodeExchange(key: Uint8Array, value: Uint8Array): ExchangeRow {
  const keyReader = new ByteReader(key);
  const reader = new ByteReader(value);
  const owner = keyReader.u64();
  const packetIdentifier = keyReader.u16();
  const state = reader.u8();
  if (state !== DELIVERY_UNDER_WAY && state !== PUBREL_UNDER_WAY) {
    throw new RangeError(`an exchange in unknown state ${state}`);
  }
  return { owner, packetIdentifier, state, sequence: reader.u64() };
}

export function decodeReceived(key: Uint8Array): ReceivedRow {
  const reader = new ByteReader(key);
  return { owner: reader.u64(), packetIdentifier: reader.u16() };
}

export function decodeCounters(value: Uint8Array): Counters {
  const reader = new ByteReader(value);
  return { owner: reader.u64(), sequence: reader.u64(), message: reader.u64() };
}
