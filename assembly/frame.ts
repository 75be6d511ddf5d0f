import { Buffer, createBuffer } from "./buffer";
import { HEADER_CUT, headerBody, headerNeeds, readHeader } from "./header";
import { allocate } from "./pool";
import { decodePacketIdentifier, decodeProperties, decodePublish, RECORD_LAST, RECORD_LATER } from "./publish";
import { Record } from "./record";
import { result } from "./result";
import { beginRoutes } from "./routes";
import { MQTT_5_0 } from "./shared/limits";
import {
  AUTH,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from "./shared/packet-types";
import { MAX_RECORDS } from "./shared/records";
import { FRAME_END, FRAME_LONG, FRAME_MORE, INVALID_LENGTH, OUT_OF_MEMORY } from "./shared/status";
import { visitedNodes } from "./trie/match";
import { Trie } from "./trie/trie";
import { clearWords } from "./words";

/** Handling one of these can change what the packets behind it mean, so its record is the last of a call. */
const BARRIERS: u32 = (1 << CONNECT) | (1 << SUBSCRIBE) | (1 << UNSUBSCRIBE) | (1 << DISCONNECT) | (1 << AUTH);
const ACKS: u32 = (1 << PUBACK) | (1 << PUBREC) | (1 << PUBREL) | (1 << PUBCOMP);
const IDENTIFIED: u32 = (1 << SUBSCRIBE) | (1 << UNSUBSCRIBE) | (1 << SUBACK) | (1 << UNSUBACK);
const BODILESS: u32 = (1 << PINGREQ) | (1 << PINGRESP);

/** A call whose matches have looked at more nodes of the trie makes no further record. */
const MOST_NODES: u32 = 100_000;

let records: usize = 0;
let chunk: Buffer = changetype<Buffer>(0);

/** False when out of memory. */
export function initializeFrame(): bool {
  records = allocate(MAX_RECORDS * offsetof<Record>());
  const buffer = createBuffer();
  chunk = changetype<Buffer>(buffer);
  return records != 0 && buffer != 0;
}

/** The buffer that holds the chunk. */
export function chunkBuffer(): Buffer {
  return chunk;
}

/** Where the first record is. */
export function recordsAddress(): usize {
  return records;
}

/**
 * Makes the records of the packets in the chunk's bytes `from` to `length` and answers how many; the result struct says where and
 * why it ended. Routes are matched in `trie`. version: the protocol level, 0 before the CONNECT.
 */
export function frameChunk(from: u32, length: u32, version: u32, maximum: u32, trie: Trie): u32 {
  if (length > chunk.capacity) return conclude(OUT_OF_MEMORY, from, 0, 0);
  const base = chunk.at;
  const end = base + length;
  let at = base + from;
  const visited = visitedNodes();
  let count: u32 = 0;
  beginRoutes();
  while (at < end) {
    if (count == MAX_RECORDS) return conclude(FRAME_MORE, <u32>(at - base), 0, count);
    const status = readHeader(at, end, version, maximum);
    if (status == HEADER_CUT) return conclude(FRAME_END, <u32>(at - base), headerNeeds, count);
    if (status != 0) return conclude(status, <u32>(at - base), 0, count);
    const outcome = decode(changetype<Record>(records + count * offsetof<Record>()), base, at, version, trie);
    if (outcome == RECORD_LATER) return conclude(FRAME_MORE, <u32>(at - base), 0, count);
    if (outcome > 0) return conclude(outcome, <u32>(at - base), 0, count);
    count++;
    at += headerNeeds;
    if (outcome == RECORD_LAST) break;
    if (at < end && visitedNodes() - visited > MOST_NODES) return conclude(FRAME_LONG, <u32>(at - base), 0, count);
  }
  return conclude(at < end ? FRAME_MORE : FRAME_END, <u32>(at - base), 0, count);
}

function conclude(status: u32, consumed: u32, needed: u32, count: u32): u32 {
  result.status = status;
  result.consumed = consumed;
  result.needed = needed;
  return count;
}

/** Makes the record of the packet whose header was read: 0, RECORD_LAST, RECORD_LATER, or the status that refuses it. */
function decode(record: Record, base: usize, at: usize, version: u32, trie: Trie): i32 {
  const first = <u32>load<u8>(at);
  const type = first >> 4;
  // readHeader's results are globals that decodePublish leaves alone.
  const body = headerBody;
  const end = at + headerNeeds;
  clearWords(changetype<usize>(record), offsetof<Record>());
  record.type = type;
  record.firstByte = first;
  record.start = <u32>(at - base);
  record.body = <u32>(body - base);
  record.end = <u32>(end - base);
  if (version == 0) return RECORD_LAST;
  if (type == PUBLISH) return decodePublish(record, base, body, end, version, trie);
  const status = decodeOther(record, base, body, end, version);
  return status == 0 && ((BARRIERS >> type) & 1) != 0 ? RECORD_LAST : status;
}

function decodeOther(record: Record, base: usize, body: usize, end: usize, version: u32): i32 {
  const bit: u32 = 1 << record.type;
  if ((bit & ACKS) != 0) return decodeAck(record, base, body, end, version);
  if ((bit & IDENTIFIED) != 0) return decodePacketIdentifier(record, body, end);
  const bodiless = (bit & BODILESS) != 0 || (record.type == DISCONNECT && version < <u32>MQTT_5_0);
  return bodiless && body != end ? INVALID_LENGTH : 0;
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP; reason code and properties came with 5.0, and may be left out. (MQTT 5.0 §3.4.2) */
function decodeAck(record: Record, base: usize, body: usize, end: usize, version: u32): i32 {
  const length = end - body;
  if (length != 2 && version < <u32>MQTT_5_0) return INVALID_LENGTH;
  const status = decodePacketIdentifier(record, body, end);
  if (status != 0 || length == 2) return status;
  record.reasonCode = load<u8>(body, 2);
  if (length == 3) return 0;
  const refused = decodeProperties(record, base, body + 3, end);
  if (refused != 0) return refused;
  return base + record.properties + record.propertiesLength == end ? 0 : INVALID_LENGTH;
}
