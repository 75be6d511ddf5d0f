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
  FORBIDDEN,
  joined,
  MALFORMED_PACKET,
  named,
  PROTOCOL_ERROR,
  plainlyNamed,
  refused,
  type Statements,
} from "./case.ts";
import { TAKES_ALL, WITH_METHOD } from "./method.ts";

/** A control packet that comes from a client, by type. */
interface TypeRow {
  readonly name: string;
  readonly bytes: Buffer;
  /** The flags that the standard prescribes. */
  readonly flags: number;
  /** With these flags. */
  readonly accepted: readonly string[];
  readonly statements?: Statements;
  /** It is not allowed here, whatever its flags. */
  readonly isForbidden?: boolean;
}

const DUP = 8;
const RESERVED_BITS: Statements = { 4: "[MQTT-2.2.2-2 of 3.1.1]", 5: "[MQTT-2.1.3-1]" };

function ownStatements(section: string): Statements {
  return { 4: `[MQTT-${section} of 3.1.1]`, 5: `[MQTT-${section}]` };
}

/** Packets that only servers send, and those of a type that does not exist. */
function forbidden(
  version: Version,
  name: string,
  bytes: Buffer,
  codes: readonly number[],
  statements: Statements = {},
): TypeRow {
  return { name, bytes, flags: 0, accepted: refused(version, codes), statements, isForbidden: true };
}

function acks(version: Version): TypeRow[] {
  const code = version === 5 ? "0x92" : "0x00";
  return [
    { name: "PUBACK", bytes: puback(9), flags: 0, accepted: ["alive"] },
    { name: "PUBREC", bytes: pubrec(9), flags: 0, accepted: [`pubrel ${code}, alive`] },
    {
      name: "PUBREL",
      bytes: pubrel(9),
      flags: 2,
      accepted: [`pubcomp ${code}, alive`],
      statements: ownStatements("3.6.1-1"),
    },
    { name: "PUBCOMP", bytes: pubcomp(9), flags: 0, accepted: ["alive"] },
  ];
}

function requests(version: Version): TypeRow[] {
  return [
    {
      name: "SUBSCRIBE",
      bytes: subscribe({ version, subscriptions: ["f"] }),
      flags: 2,
      accepted: ["suback 0x00, alive"],
      statements: ownStatements("3.8.1-1"),
    },
    {
      name: "UNSUBSCRIBE",
      bytes: unsubscribe({ version, filters: ["f"] }),
      flags: 2,
      accepted: [version === 5 ? "unsuback 0x11, alive" : "unsuback, alive"],
      statements: ownStatements("3.10.1-1"),
    },
    { name: "PINGREQ", bytes: pingreq(), flags: 0, accepted: ["alive"] },
    {
      name: "DISCONNECT",
      bytes: disconnect(),
      flags: 0,
      accepted: ["closed"],
      statements: ownStatements("3.14.1-1"),
    },
  ];
}

function lastType(version: Version): TypeRow {
  const bytes = auth({ reasonCode: 0x19, properties: { authenticationMethod: TAKES_ALL } });
  if (version !== 5) return forbidden(version, "a packet of the reserved type 15", bytes, FORBIDDEN);
  return { name: "AUTH", bytes, flags: 0, accepted: ["auth 0x00, alive"], statements: { 5: "[MQTT-3.15.1-1]" } };
}

function serverPackets(version: Version): TypeRow[] {
  const block = version === 5 ? u8(0) : Buffer.alloc(0);
  return [
    forbidden(version, "CONNACK", packet(0x20, u16(0), block), [PROTOCOL_ERROR]),
    forbidden(version, "SUBACK", packet(0x90, u16(9), block, u8(0)), [PROTOCOL_ERROR]),
    forbidden(version, "UNSUBACK", packet(0xb0, u16(9), block, version === 5 ? u8(0) : block), [PROTOCOL_ERROR]),
    forbidden(version, "PINGRESP", packet(0xd0), [PROTOCOL_ERROR]),
  ];
}

function rows(version: Version): TypeRow[] {
  const again = connect({ version, clientIdentifier: "again" });
  return [
    forbidden(version, "a packet of the reserved type 0", packet(0x00), FORBIDDEN),
    forbidden(version, "a second CONNECT", again, [PROTOCOL_ERROR], ownStatements("3.1.0-2")),
    ...serverPackets(version),
    ...acks(version),
    ...requests(version),
    lastType(version),
  ];
}

/** What is wrong with the packet that bears other flags: both its type and its flags, or the flags alone. */
function withWrongFlags(version: Version, row: TypeRow): Pick<Case, "name" | "accepted"> & { statements: Statements } {
  const accepted = refused(version, row.isForbidden ? FORBIDDEN : [MALFORMED_PACKET]);
  // Two things are wrong, and either may be said, so it proves neither statement.
  return { name: row.name, accepted, statements: row.isForbidden ? {} : joined(RESERVED_BITS, row.statements ?? {}) };
}

function flagCase(version: Version, row: TypeRow, flags: number): Case {
  const isRight = flags === row.flags;
  const { accepted, statements } = isRight
    ? { ...row, statements: row.statements ?? {} }
    : withWrongFlags(version, row);
  const what = `${row.name} with flags 0b${flags.toString(2).padStart(4, "0")}`;
  const isTaken = isRight && !row.isForbidden;
  return {
    name: isTaken ? plainlyNamed(version, {}, what) : named(version, statements, what),
    version,
    bytes: Buffer.concat([u8(((row.bytes[0] ?? 0) & 0xf0) | flags), row.bytes.subarray(1)]),
    accepted,
    ...(row.name === "AUTH" && { connect: WITH_METHOD }),
  };
}

const ANSWERS = ["alive", "puback 0x00, alive", "pubrec 0x00, alive"];

/** DUP, QoS and RETAIN. DUP with QoS 0 is forbidden to senders only. [MQTT-3.3.1-2] */
function publishCase(version: Version, flags: number): Case {
  const qos = (flags >> 1) & 3;
  const what = `PUBLISH with flags 0b${flags.toString(2).padStart(4, "0")}`;
  const bytes = Buffer.concat([
    publish({ version, topic: "t", qos, duplicate: (flags & DUP) !== 0, retain: (flags & 1) !== 0 }),
  ]);
  if (qos === 3) {
    const name = named(version, ownStatements("3.3.1-4"), what);
    return { name, version, bytes, accepted: refused(version, [MALFORMED_PACKET]) };
  }
  return { name: plainlyNamed(version, {}, what), version, bytes, accepted: [ANSWERS[qos] ?? ""], delivered: 1 };
}

const NIBBLES = Array.from({ length: 16 }, (_, flags) => flags);

/** Every packet type with all sixteen values of its flags. */
export function flagCases(version: Version): Case[] {
  return [
    ...NIBBLES.map((flags) => publishCase(version, flags)),
    ...rows(version).flatMap((row) => NIBBLES.map((flags) => flagCase(version, row, flags))),
  ];
}

/** MQTT 3.1 has a DUP flag in PUBREL, SUBSCRIBE and UNSUBSCRIBE. */
export function duplicatesInMqtt31(): Case[] {
  return rows(3)
    .filter(({ flags }) => flags === 2)
    .map((row) => ({ ...flagCase(3, row, 2), ...duplicate(row) }));
}

function duplicate(row: TypeRow): Pick<Case, "name" | "bytes"> {
  const bytes = Buffer.concat([u8((row.bytes[0] ?? 0) | DUP), row.bytes.subarray(1)]);
  return { name: `${row.name} with the flag DUP`, bytes };
}

/** A CONNECT with wrong flags, the first packet of its connection: no word of its version needs to be read before it is refused. */
export function firstFlags(version: Version): Case[] {
  const bytes = connect({ version, clientIdentifier: "first" });
  const accepted = version === 5 ? ["closed", "connack 0x81, closed"] : ["closed"];
  return NIBBLES.slice(1).map((flags) => ({
    name: named(version, RESERVED_BITS, `CONNECT with flags 0b${flags.toString(2).padStart(4, "0")}`),
    version,
    bytes: Buffer.concat([u8(0x10 | flags), bytes.subarray(1)]),
    accepted,
    connect: false,
  }));
}
