import type { Qos } from "./scenarios.ts";

export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBACK = 9;

/** First bytes of the packets whose whole body is a packet identifier. */
export const PUBACK_BYTE = 0x40;
export const PUBREC_BYTE = 0x50;
export const PUBREL_BYTE = 0x62;
export const PUBCOMP_BYTE = 0x70;

/** A PUBLISH to be sent many times: only packet identifier, sequence number and maybe the end of the topic differ from copy to copy. */
export interface PublishTemplate {
  readonly bytes: Buffer;
  readonly topicEnd: number;
  /** Where the packet identifier stands; there is none at QoS 0. */
  readonly packetIdAt: number;
  readonly sequenceAt: number;
}

function variableByteInteger(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function utf8String(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function packet(first: number, ...body: Buffer[]): Buffer {
  const whole = Buffer.concat(body);
  return Buffer.concat([Buffer.from([first, ...variableByteInteger(whole.length)]), whole]);
}

const CLEAN_SESSION = 0x02;
const PASSWORD = 0x40;
const USER_NAME = 0x80;

export interface Credentials {
  readonly userName?: string;
  readonly password?: string;
}

/** CONNECT of MQTT 3.1.1, no keep alive. */
export function encodeConnect(clientId: string, cleanSession: boolean, credentials: Credentials = {}): Buffer {
  const { userName, password } = credentials;
  const given = [clientId, userName, password].filter((text) => text !== undefined);
  const flags =
    (cleanSession ? CLEAN_SESSION : 0) |
    (userName === undefined ? 0 : USER_NAME) |
    (password === undefined ? 0 : PASSWORD);
  return packet(0x10, utf8String("MQTT"), Buffer.from([4, flags, 0, 0]), ...given.map(utf8String));
}

export function encodeSubscribe(packetId: number, filters: readonly string[], qos: Qos): Buffer {
  const asked = filters.flatMap((filter) => [utf8String(filter), Buffer.from([qos])]);
  return packet(0x82, Buffer.from([packetId >> 8, packetId & 0xff]), ...asked);
}

/** The payload is empty, or of 8 bytes or more and begins with two u32, big endian: the number of the publisher, then of the message. */
export function encodePublish(topic: string, qos: Qos, publisher: number, payloadBytes: number): PublishTemplate {
  const payload = Buffer.alloc(payloadBytes, "x");
  if (payloadBytes > 0) payload.writeUInt32BE(publisher, 0);
  const bytes = packet(0x30 | (qos << 1), utf8String(topic), Buffer.alloc(qos > 0 ? 2 : 0), payload);
  const payloadAt = bytes.length - payloadBytes;
  const packetIdAt = payloadAt - 2;
  return { bytes, topicEnd: qos > 0 ? packetIdAt : payloadAt, packetIdAt, sequenceAt: payloadAt + 4 };
}
