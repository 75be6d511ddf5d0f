import type { Version } from "./packets.ts";
import { bodyStart, Cursor } from "./wire.ts";
import { readPropertyBlock, type WireProperties } from "./wire-properties.ts";

/** What a server sends, decoded apart from src/codec. Throws for anything that a server may not send. */

interface Reason {
  reasonCode: number;
  properties: WireProperties;
}

type AckType = "puback" | "pubrec" | "pubrel" | "pubcomp";

export type Packet =
  | ({ type: "connack"; sessionPresent: boolean } & Reason)
  | PublishPacket
  | ({ type: AckType; packetIdentifier: number } & Reason)
  | { type: "suback"; packetIdentifier: number; reasonCodes: number[]; properties: WireProperties }
  | { type: "unsuback"; packetIdentifier: number; reasonCodes: number[]; properties: WireProperties }
  | { type: "pingresp" }
  | ({ type: "disconnect" | "auth" } & Reason);

export interface PublishPacket {
  type: "publish";
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
  duplicate: boolean;
  /** 0 with QoS 0. */
  packetIdentifier: number;
  properties: WireProperties;
}

export type PacketType = Packet["type"];
/** The member of Packet with this type, where several types share a member too. */
export type PacketOf<T extends PacketType> = Packet & { type: T };

function block(cursor: Cursor, version: Version): WireProperties {
  return version === 5 ? readPropertyBlock(cursor) : {};
}

function reason(cursor: Cursor, version: Version): Reason {
  if (version !== 5 || cursor.length === 0) return { reasonCode: 0, properties: {} };
  const reasonCode = cursor.u8();
  return { reasonCode, properties: cursor.length === 0 ? {} : readPropertyBlock(cursor) };
}

function connack(cursor: Cursor, version: Version): Packet {
  const flags = cursor.u8();
  if (flags > 1) throw new Error(`CONNACK flags ${flags}`);
  const reasonCode = cursor.u8();
  return { type: "connack", sessionPresent: flags === 1, reasonCode, properties: block(cursor, version) };
}

function publish(cursor: Cursor, version: Version, flags: number): PublishPacket {
  const qos = (flags >> 1) & 3;
  const topic = cursor.text();
  const packetIdentifier = qos > 0 ? cursor.u16() : 0;
  const properties = block(cursor, version);
  const payload = Buffer.from(cursor.rest());
  const duplicate = (flags & 8) !== 0;
  if (qos === 3 || (qos > 0 && packetIdentifier === 0) || (qos === 0 && duplicate)) {
    throw new Error(`PUBLISH with QoS ${qos}, packet identifier ${packetIdentifier}, DUP ${duplicate}`);
  }
  return { type: "publish", topic, payload, qos, retain: (flags & 1) !== 0, duplicate, packetIdentifier, properties };
}

const ack =
  (type: AckType) =>
  (cursor: Cursor, version: Version): Packet => ({ type, packetIdentifier: cursor.u16(), ...reason(cursor, version) });

const codes =
  (type: "suback" | "unsuback") =>
  (cursor: Cursor, version: Version): Packet => {
    const packetIdentifier = cursor.u16();
    const properties = block(cursor, version);
    return { type, packetIdentifier, reasonCodes: [...cursor.rest()], properties };
  };

type Decoder = (cursor: Cursor, version: Version, flags: number) => Packet;

/** By packet type: the flags it must have (PUBLISH: any), and how its body reads. */
const DECODERS: Readonly<Record<number, readonly [flags: number | undefined, decode: Decoder]>> = {
  2: [0, connack],
  3: [undefined, publish],
  4: [0, ack("puback")],
  5: [0, ack("pubrec")],
  6: [2, ack("pubrel")],
  7: [0, ack("pubcomp")],
  9: [0, codes("suback")],
  11: [0, codes("unsuback")],
  13: [0, () => ({ type: "pingresp" })],
  14: [0, (cursor, version) => ({ type: "disconnect", ...reason(cursor, version) })],
  15: [0, (cursor, version) => ({ type: "auth", ...reason(cursor, version) })],
};

/** Decodes one whole packet, all of its bytes. */
export function decodePacket(bytes: Buffer, version: Version): Packet {
  const first = bytes[0] ?? 0;
  const [flags, decode] = DECODERS[first >> 4] ?? [];
  if (decode === undefined || (flags !== undefined && flags !== (first & 15))) {
    throw new Error(`the server sent a packet with first byte 0x${first.toString(16)}`);
  }
  const cursor = new Cursor(bytes.subarray(bodyStart(bytes)));
  const packet = decode(cursor, version, first & 15);
  if (cursor.length > 0) throw new Error(`${cursor.length} bytes behind the end of a ${packet.type}`);
  return packet;
}

/** Length of the first packet in the bytes, `undefined` while it is not whole. */
export function firstPacketLength(bytes: Buffer): number | undefined {
  const headerEnd = bytes.subarray(1, 5).findIndex((byte) => byte < 128) + 2;
  if (headerEnd === 1) {
    if (bytes.length >= 5) throw new Error("the server sent a remaining length of more than four bytes");
    return undefined;
  }
  const length = headerEnd + new Cursor(bytes.subarray(1, headerEnd)).varint();
  return length <= bytes.length ? length : undefined;
}
