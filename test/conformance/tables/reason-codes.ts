import { auth, connect, disconnect, puback, pubcomp, pubrec, pubrel } from "../../support/packets.ts";
import { type Case, FORBIDDEN, hex, named, plainlyNamed, refused, refusedConnect, type Sweep } from "./case.ts";
import { ASKS_ONCE_MORE, TAKES_ALL, WITH_METHOD } from "./method.ts";

/** A packet with a reason code, as a client of MQTT 5.0 may send it. */
interface Carrier {
  readonly name: string;
  /** Says which reason codes there are. */
  readonly statement: string;
  readonly packet: (reasonCode: number) => Buffer;
  /** By reason code, what comes of it. */
  readonly accepted: ReadonlyMap<number, readonly string[]>;
  /** Codes that the table of the packet leaves to servers; what becomes of them from a client is left open. */
  readonly ofServers?: readonly number[];
  readonly refused: readonly string[];
  readonly connect?: Case["connect"];
}

type Codes = readonly number[];

const all = (codes: Codes, ...accepted: string[]): [number, string[]][] => codes.map((each) => [each, accepted]);

/** §3.4.2.1 and §3.5.2.1; 0x10 is the server's. */
const RECEIPT_FAILURES: Codes = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
/** §3.14.2.1 */
const CLIENT_DISCONNECTS: Codes = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
const SERVER_DISCONNECTS: Codes = [
  0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

const acknowledgement = (packet: typeof puback) => (reasonCode: number) => packet({ packetIdentifier: 9, reasonCode });
const method = (reasonCode: number, authenticationMethod: string): Buffer =>
  auth({ reasonCode, properties: { authenticationMethod } });

/** A CONNECT that is answered by an AUTH, which asks for another one. */
const begun = (): Buffer =>
  connect({ clientIdentifier: "begun", properties: { authenticationMethod: ASKS_ONCE_MORE } });

const CARRIERS: readonly Carrier[] = [
  {
    name: "PUBACK",
    statement: "[MQTT-3.4.2-1]",
    packet: acknowledgement(puback),
    accepted: new Map(all([0x00, ...RECEIPT_FAILURES], "alive")),
    ofServers: [0x10],
    refused: refused(5, FORBIDDEN),
  },
  {
    name: "PUBREC",
    statement: "[MQTT-3.5.2-1]",
    packet: acknowledgement(pubrec),
    accepted: new Map([...all([0x00], "pubrel 0x92, alive"), ...all(RECEIPT_FAILURES, "alive")]),
    ofServers: [0x10],
    refused: refused(5, FORBIDDEN),
  },
  {
    name: "PUBREL",
    statement: "[MQTT-3.6.2-1]",
    packet: acknowledgement(pubrel),
    accepted: new Map(all([0x00, 0x92], "pubcomp 0x92, alive")),
    refused: refused(5, FORBIDDEN),
  },
  {
    name: "PUBCOMP",
    statement: "[MQTT-3.7.2-1]",
    packet: acknowledgement(pubcomp),
    accepted: new Map(all([0x00, 0x92], "alive")),
    refused: refused(5, FORBIDDEN),
  },
  {
    name: "DISCONNECT",
    statement: "[MQTT-3.14.2-1]",
    packet: (reasonCode) => disconnect({ reasonCode }),
    accepted: new Map(all(CLIENT_DISCONNECTS, "closed")),
    ofServers: SERVER_DISCONNECTS,
    refused: refused(5, FORBIDDEN),
  },
  {
    name: "AUTH of a client that is connected",
    statement: "[MQTT-3.15.2-1]",
    packet: (reasonCode) => method(reasonCode, TAKES_ALL),
    // 0x18 goes on with an exchange, and there is none.
    accepted: new Map([...all([0x19], "auth 0x00, alive"), ...all([0x18], "disconnect 0x82, closed")]),
    refused: refused(5, FORBIDDEN),
    connect: WITH_METHOD,
  },
  {
    name: "AUTH that answers an AUTH",
    statement: "[MQTT-4.12.0-3]",
    packet: (reasonCode) => Buffer.concat([begun(), method(reasonCode, ASKS_ONCE_MORE)]),
    accepted: new Map(all([0x18], "auth 0x18, connack 0x00, alive")),
    refused: refusedConnect(5, FORBIDDEN).map((each) => `auth 0x18, ${each}`),
    connect: false,
  },
];

function accepts(carrier: Carrier, reasonCode: number): readonly string[] {
  const { accepted, ofServers = [], refused: ends } = carrier;
  if (!ofServers.includes(reasonCode)) return accepted.get(reasonCode) ?? ends;
  const likeOthers = carrier.name === "PUBREC" ? "pubrel 0x92, alive" : carrier.name === "PUBACK" ? "alive" : "closed";
  return [likeOthers, ...ends];
}

function caseOf(carrier: Carrier, reasonCode: number): Case {
  const { name, connect: given } = carrier;
  return {
    name: `${name} with reason code ${hex(reasonCode)}`,
    version: 5,
    bytes: carrier.packet(reasonCode),
    accepted: accepts(carrier, reasonCode),
    ...(given !== undefined && { connect: given }),
  };
}

const isOf = ({ accepted, ofServers = [] }: Carrier, reasonCode: number): boolean =>
  accepted.has(reasonCode) || ofServers.includes(reasonCode);

const ALL = Array.from({ length: 256 }, (_, reasonCode) => reasonCode);

/** Each reason code that the packet has. */
export function definedReasonCodes(): Case[] {
  return CARRIERS.flatMap((carrier) =>
    ALL.filter((reasonCode) => isOf(carrier, reasonCode))
      .map((reasonCode) => caseOf(carrier, reasonCode))
      .map((each) => ({ ...each, name: plainlyNamed(5, {}, each.name) })),
  );
}

/** By packet, all the others. */
export function undefinedReasonCodes(): Sweep[] {
  return CARRIERS.map((carrier) => ({
    name: named(5, { 5: carrier.statement }, `${carrier.name} with a reason code that it does not have is refused`),
    cases: ALL.filter((reasonCode) => !isOf(carrier, reasonCode)).map((reasonCode) => caseOf(carrier, reasonCode)),
  }));
}
