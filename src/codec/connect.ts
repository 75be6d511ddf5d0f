import { MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from "../../assembly/shared/limits.ts";
import { CONNECT } from "../../assembly/shared/packet-types.ts";
import { PacketError } from "../errors.ts";
import { DIALECTS } from "./dialects.ts";
import { decodeProperties } from "./properties.ts";
import { type Properties, WILL } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";
import { checkTopicName } from "./utf8.ts";
import type { ProtocolVersion } from "./version.ts";

export interface Will {
  topic: Buffer;
  payload: Buffer;
  qos: number;
  retain: boolean;
  properties: Properties;
}

export interface Connect {
  version: ProtocolVersion;
  /** A bridge that wants none of its own messages back and RETAIN as published; see `decodeProtocol`. */
  bridge: boolean;
  cleanStart: boolean;
  /** Seconds; 0: none. */
  keepAlive: number;
  /** Empty: the server has to assign one. */
  clientIdentifier: string;
  username?: string;
  password?: Buffer;
  will?: Will;
  properties: Properties;
}

const RESERVED = 0x01;
const CLEAN_START = 0x02;
const WILL_FLAG = 0x04;
const WILL_QOS = 0x18;
const WILL_QOS_SHIFT = 3;
const WILL_RETAIN = 0x20;
const PASSWORD = 0x40;
const USERNAME = 0x80;
const BRIDGE = 0x80;

function malformed(message: string): PacketError {
  return new PacketError(REASON.MALFORMED_PACKET, message);
}

function readProtocol(reader: Reader): { version: ProtocolVersion; bridge: boolean } {
  const name = reader.binary().toString("latin1");
  const level = reader.u8();
  // [MQTT-3.1.2-1] [MQTT-3.1.2-1 of 3.1.1]
  if (name !== "MQTT" && name !== "MQIsdp") {
    throw new PacketError(REASON.UNSUPPORTED_PROTOCOL_VERSION, "the protocol name is neither MQTT nor MQIsdp");
  }
  const version = level & ~BRIDGE;
  const bridge = level !== version;
  if (name === "MQIsdp" && version === MQTT_3_1) return { version, bridge };
  if (name === "MQTT" && version === MQTT_3_1_1) return { version, bridge };
  if (name === "MQTT" && level === MQTT_5_0) return { version: MQTT_5_0, bridge: false };
  // [MQTT-3.1.2-2] [MQTT-3.1.2-2 of 3.1.1]
  throw new PacketError(REASON.UNSUPPORTED_PROTOCOL_VERSION, `protocol level ${level} of ${name} is not supported`);
}

/**
 * Reads only the protocol name and level, so that it is known how to answer a CONNECT whose rest is bad: a 3.x client gets no
 * CONNACK for a malformed one. Throws 0x84 for a protocol that is not spoken here.
 *
 * Mosquitto's bridges set the high bit of levels 3 and 4; it has no standing in the standard. Where it is set, `bridge` asks for
 * what No Local and Retain As Published are in 5.0, on every subscription.
 */
export function decodeProtocol(
  buffer: Buffer,
  body: number,
  end: number,
): { version: ProtocolVersion; bridge: boolean } {
  return readProtocol(new Reader(buffer, body, end));
}

function checkFlags(flags: number, version: ProtocolVersion): void {
  // [MQTT-3.1.2-12] [MQTT-3.1.2-14 of 3.1.1]
  if ((flags & WILL_FLAG) !== 0 && (flags & WILL_QOS) === WILL_QOS) throw malformed("the will has QoS 3");
  const { allowsLonePassword, checksConnectFlags } = DIALECTS[version];
  // [MQTT-3.1.2-22 of 3.1.1]
  if (!allowsLonePassword && (flags & PASSWORD) !== 0 && (flags & USERNAME) === 0) {
    throw malformed("there is a password without a user name");
  }
  if (!checksConnectFlags) return;
  // [MQTT-3.1.2-3] [MQTT-3.1.2-3 of 3.1.1]
  if ((flags & RESERVED) !== 0) throw malformed("the reserved connect flag is set");
  // [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-13 of 3.1.1] [MQTT-3.1.2-15 of 3.1.1]
  if ((flags & WILL_FLAG) === 0 && (flags & (WILL_QOS | WILL_RETAIN)) !== 0) {
    throw malformed("will flags are set without a will");
  }
}

function checkClientIdentifier({ version, clientIdentifier, cleanStart }: Connect): void {
  if (clientIdentifier === "" && !DIALECTS[version].allowsEmptyClientIdentifier(cleanStart)) {
    // [MQTT-3.1.3-8] [MQTT-3.1.3-9 of 3.1.1]
    throw new PacketError(REASON.CLIENT_IDENTIFIER_NOT_VALID, "the client identifier is empty");
  }
}

function readWill(reader: Reader, flags: number, version: ProtocolVersion): Will {
  const properties = DIALECTS[version].hasProperties ? decodeProperties(reader, WILL) : {};
  // [MQTT-3.1.3-11] [MQTT-3.1.3-10 of 3.1.1]
  const topic = reader.utf8Bytes();
  checkTopicName(topic, 0, topic.length, "will topic");
  const qos = (flags & WILL_QOS) >> WILL_QOS_SHIFT;
  return { topic, payload: reader.binary(), qos, retain: (flags & WILL_RETAIN) !== 0, properties };
}

function hasField(flags: number, flag: number, reader: Reader, version: ProtocolVersion): boolean {
  return (flags & flag) !== 0 && !(DIALECTS[version].allowsMissingCredentials && reader.done);
}

/**
 * Decodes a CONNECT in full. Nothing in the result refers to `buffer`.
 * [MQTT-3.1.4-1] [MQTT-3.1.3-1] [MQTT-3.1.4-1 of 3.1.1] [MQTT-3.1.3-1 of 3.1.1]
 */
export function decodeConnect(buffer: Buffer, body: number, end: number): Connect {
  const reader = new Reader(buffer, body, end);
  const { version, bridge } = readProtocol(reader);
  const flags = reader.u8();
  checkFlags(flags, version);
  const keepAlive = reader.u16();
  const properties = DIALECTS[version].hasProperties ? decodeProperties(reader, CONNECT) : {};
  // [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-3.1.3-3 of 3.1.1] [MQTT-3.1.3-4 of 3.1.1]; of any length and characters [MQTT-3.1.3-5]
  // [MQTT-3.1.3-5 of 3.1.1]
  const clientIdentifier = reader.utf8();
  const cleanStart = (flags & CLEAN_START) !== 0;
  const connect: Connect = { version, bridge, cleanStart, keepAlive, clientIdentifier, properties };
  // [MQTT-3.1.2-9] [MQTT-3.1.2-9 of 3.1.1]
  if ((flags & WILL_FLAG) !== 0) connect.will = readWill(reader, flags, version);
  // [MQTT-3.1.2-17] [MQTT-3.1.3-12] [MQTT-3.1.2-19 of 3.1.1] [MQTT-3.1.3-11 of 3.1.1]
  if (hasField(flags, USERNAME, reader, version)) connect.username = reader.utf8();
  // [MQTT-3.1.2-19] [MQTT-3.1.2-21 of 3.1.1]
  if (hasField(flags, PASSWORD, reader, version)) connect.password = reader.binary();
  // [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.2-18 of 3.1.1] [MQTT-3.1.2-20 of 3.1.1]
  reader.finish();
  checkClientIdentifier(connect);
  return connect;
}
