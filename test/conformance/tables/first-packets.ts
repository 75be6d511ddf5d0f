import {
  auth,
  connect,
  disconnect,
  pingreq,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
  type Version,
} from "../../support/packets.ts";
import { packet, u8, u16 } from "../../support/wire.ts";
import {
  type Case,
  hex,
  named,
  PROTOCOL_ERROR,
  plainlyNamed,
  refusedConnect,
  type Statements,
  type Sweep,
} from "./case.ts";
import { ASKS_ONCE_MORE } from "./method.ts";

/** Every packet but CONNECT, those of servers and the reserved ones included. */
function others(version: Version): [name: string, bytes: Buffer][] {
  const block = version === 5 ? u8(0) : Buffer.alloc(0);
  return [
    ["a packet of type 0", packet(0x00)],
    ["CONNACK", packet(0x20, u16(0), block)],
    ["PUBLISH", publish({ version, topic: "t" })],
    ["PUBACK", puback(9)],
    ["PUBREC", pubrec(9)],
    ["PUBREL", pubrel(9)],
    ["PUBCOMP", pubcomp(9)],
    ["SUBSCRIBE", subscribe({ version, subscriptions: ["f"] })],
    ["SUBACK", packet(0x90, u16(9), block, u8(0))],
    ["UNSUBSCRIBE", unsubscribe({ version, filters: ["f"] })],
    ["UNSUBACK", packet(0xb0, u16(9), block)],
    ["PINGREQ", pingreq()],
    ["PINGRESP", packet(0xd0)],
    ["DISCONNECT", disconnect()],
    ["AUTH", auth({ reasonCode: 0x18, properties: { authenticationMethod: ASKS_ONCE_MORE } })],
  ];
}

const FIRST: Statements = { 4: "[MQTT-3.1.0-1 of 3.1.1]", 5: "[MQTT-3.1.0-1]" };

/** Nobody knows yet which version is spoken, so nothing can be said. */
export function firstPackets(version: Version): Case[] {
  return others(version).map(([what, bytes]) => ({
    name: named(version, FIRST, `${what} before CONNECT`),
    version,
    bytes: Buffer.concat([bytes, connect({ version, clientIdentifier: "late" })]),
    accepted: ["closed"],
    connect: false,
  }));
}

/** While the authentication goes on a client sends AUTH and DISCONNECT only. */
export function packetsAmidAuthentication(): Case[] {
  const begun = connect({ clientIdentifier: "begun", properties: { authenticationMethod: ASKS_ONCE_MORE } });
  const forbidden = refusedConnect(5, [PROTOCOL_ERROR, 0x81]).map((each) => `auth 0x18, ${each}`);
  const allowed = new Map([
    ["AUTH", "auth 0x18, connack 0x00, alive"],
    ["DISCONNECT", "auth 0x18, closed"],
  ]);
  return [...others(5), ["CONNECT", begun] as const].map(([what, bytes]) => {
    const accepted = allowed.get(what);
    return {
      name: named(5, { 5: "[MQTT-3.1.2-30]" }, `${what} amid an authentication`),
      version: 5,
      bytes: Buffer.concat([begun, bytes]),
      accepted: accepted === undefined ? forbidden : [accepted],
      connect: false,
    };
  });
}

const NAME: Statements = { 4: "[MQTT-3.1.2-1 of 3.1.1]", 5: "[MQTT-3.1.2-1]" };
/** What a client of 3.1.1 is told, whose MUST it is; 5.0 leaves open in which words. */
const UNSUPPORTED = ["connack 0x01, closed"];

const NAMES = ["", "MQT", "MQTTT", "mqtt", "MQIsdp", "MQIsdP", "HTTP", "MQTT\0", "\ufeffMQTT"];

/** Closed, with or without a word. MQIsdp is the name of MQTT 3.1 alone. */
export function protocolNames(version: Version): Case[] {
  return NAMES.map((protocolName) => ({
    name: named(version, NAME, `CONNECT with the protocol name ${JSON.stringify(protocolName)}`),
    version: 4,
    bytes: connect({ version, clientIdentifier: "name", protocolName }),
    accepted: [...UNSUPPORTED, "closed"],
    connect: false,
  }));
}

/** Mosquitto's bridges set the high bit of levels 3 and 4, so that is left open. */
const BRIDGES = [0x83, 0x84];

/** Levels that no version has. */
export function protocolLevels(): Sweep[] {
  const levels = Array.from({ length: 256 }, (_, level) => level);
  const of = (protocolName: string, known: readonly number[]): Case[] =>
    levels
      .filter((level) => !known.includes(level) && !BRIDGES.includes(level))
      .map((level) => ({
        name: `${protocolName} ${hex(level)}`,
        version: 4,
        bytes: connect({ version: 4, clientIdentifier: "level", protocolName, level }),
        accepted: UNSUPPORTED,
        connect: false,
      }));
  const tags = "[MQTT-3.1.2-2] [MQTT-3.1.2-2 of 3.1.1]";
  return [
    { name: `${tags} MQTT of any level but 4 and 5 is refused`, cases: of("MQTT", [4, 5]) },
    { name: "MQIsdp of any level but 3 is refused", cases: of("MQIsdp", [3]) },
  ];
}

/** Both versions have one, taken for the server to choose, but 3.1.1 not for a session that lasts. */
export function emptyClientIdentifiers(): Case[] {
  const empty = (version: Version, cleanStart: boolean): Pick<Case, "version" | "bytes" | "connect"> => ({
    version,
    bytes: connect({ version, clientIdentifier: "", cleanStart }),
    connect: false,
  });
  const taken = ["connack 0x00, alive"];
  const what = "CONNECT with an empty client identifier";
  return [
    { ...empty(5, true), name: plainlyNamed(5, { 5: "[MQTT-3.1.3-6]" }, `${what} and clean start`), accepted: taken },
    {
      ...empty(5, false),
      name: plainlyNamed(5, { 5: "[MQTT-3.1.3-6]" }, `${what} without clean start`),
      accepted: taken,
    },
    {
      ...empty(4, true),
      name: plainlyNamed(4, { 4: "[MQTT-3.1.3-6 of 3.1.1]" }, `${what} and clean session`),
      accepted: taken,
    },
    {
      ...empty(4, false),
      name: named(4, { 4: "[MQTT-3.1.3-7 of 3.1.1] [MQTT-3.1.3-8 of 3.1.1]" }, `${what} without clean session`),
      accepted: ["connack 0x02, closed"],
    },
  ];
}
