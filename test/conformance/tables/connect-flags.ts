import { connect, type Version } from "../../support/packets.ts";
import { field, packet, u8, u16 } from "../../support/wire.ts";
import {
  type Case,
  hex,
  MALFORMED_PACKET,
  named,
  plainlyNamed,
  refusedConnect,
  type Statements,
  type Sweep,
} from "./case.ts";

const RESERVED = 0x01;
const WILL = 0x04;
const WILL_QOS = 0x18;
const WILL_RETAIN = 0x20;
const PASSWORD = 0x40;
const USER_NAME = 0x80;

/** A CONNECT with these flags and the fields that they ask for. */
function connectWith(version: Version, flags: number): Buffer {
  const block = version === 5 ? u8(0) : Buffer.alloc(0);
  const parts = [field(version === 3 ? "MQIsdp" : "MQTT"), u8(version), u8(flags), u16(0), block, field("flags")];
  if (flags & WILL) parts.push(block, field("w"), field("gone"));
  if (flags & USER_NAME) parts.push(field("u"));
  if (flags & PASSWORD) parts.push(field("p"));
  return packet(0x10, ...parts);
}

interface Rule {
  readonly name: string;
  readonly statements: Statements;
  readonly breaks: (flags: number) => boolean;
  /** Default 4 and 5. */
  readonly versions?: readonly Version[];
}

/** What no connect flags may be. MQTT 3.1 does not use the reserved bit, and says nothing of will flags without a will. */
const RULES: readonly Rule[] = [
  {
    name: "the reserved bit",
    statements: { 4: "[MQTT-3.1.2-3 of 3.1.1]", 5: "[MQTT-3.1.2-3]" },
    breaks: (flags) => (flags & RESERVED) !== 0,
  },
  {
    name: "a will QoS without a will",
    statements: { 4: "[MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-13 of 3.1.1]", 5: "[MQTT-3.1.2-11]" },
    breaks: (flags) => (flags & WILL) === 0 && (flags & WILL_QOS) !== 0,
  },
  {
    name: "will retain without a will",
    statements: { 4: "[MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-15 of 3.1.1]", 5: "[MQTT-3.1.2-13]" },
    breaks: (flags) => (flags & WILL) === 0 && (flags & WILL_RETAIN) !== 0,
  },
  {
    name: "will QoS 3",
    statements: { 4: "[MQTT-3.1.2-14 of 3.1.1]", 5: "[MQTT-3.1.2-12]" },
    breaks: (flags) => (flags & WILL) !== 0 && (flags & WILL_QOS) === WILL_QOS,
  },
  {
    name: "a password without a user name",
    statements: { 4: "[MQTT-3.1.2-22 of 3.1.1]" },
    breaks: (flags) => (flags & PASSWORD) !== 0 && (flags & USER_NAME) === 0,
    versions: [4],
  },
];

const ALL = Array.from({ length: 256 }, (_, flags) => flags);

function rulesOf(version: Version): readonly Rule[] {
  return RULES.filter(({ versions = [4, 5] }) => versions.includes(version));
}

function caseOf(version: Version, flags: number, accepted: readonly string[]): Case {
  return { name: `connect flags ${hex(flags)}`, version, bytes: connectWith(version, flags), accepted, connect: false };
}

/** By rule, every value of the connect flags that breaks it and no other rule. */
export function forbiddenConnectFlags(version: Version): Sweep[] {
  const rules = rulesOf(version);
  return rules.map((rule) => ({
    name: named(version, rule.statements, `${rule.name} is refused`),
    cases: ALL.filter((flags) => rules.every(({ breaks }) => breaks(flags) === (breaks === rule.breaks))).map((flags) =>
      caseOf(version, flags, refusedConnect(version, [MALFORMED_PACKET])),
    ),
  }));
}

/** Values that break no rule, and those that break several. */
export function otherConnectFlags(version: Version): Sweep[] {
  const broken = (flags: number): number => rulesOf(version).filter(({ breaks }) => breaks(flags)).length;
  return [
    {
      name: plainlyNamed(version, {}, "all that are allowed are taken"),
      cases: ALL.filter((flags) => broken(flags) === 0).map((flags) => caseOf(version, flags, ["connack 0x00, alive"])),
    },
    {
      name: named(version, {}, "all that break several rules are refused"),
      cases: ALL.filter((flags) => broken(flags) > 1).map((flags) =>
        caseOf(version, flags, refusedConnect(version, [MALFORMED_PACKET])),
      ),
    },
  ];
}

/** A field that the flags do not announce, or that is missing where they do. */
export function surplusFields(version: Version): Case[] {
  const whole = connect({ version, clientIdentifier: "surplus", username: "u", password: "p" });
  const nameless = connect({ version, clientIdentifier: "surplus", username: "u" });
  const accepted = refusedConnect(version, [MALFORMED_PACKET]);
  const rows: [what: string, bytes: Buffer, flags: number, statements: Statements][] = [
    [
      "a user name that the flags do not announce",
      nameless,
      0x02,
      { 4: "[MQTT-3.1.2-18 of 3.1.1]", 5: "[MQTT-3.1.2-16]" },
    ],
    ["a password that the flags do not announce", whole, 0x82, { 4: "[MQTT-3.1.2-20 of 3.1.1]", 5: "[MQTT-3.1.2-18]" }],
    [
      "a user name that is announced and missing",
      connect({ version, clientIdentifier: "surplus" }),
      0x82,
      { 4: "[MQTT-3.1.2-19 of 3.1.1]", 5: "[MQTT-3.1.2-17]" },
    ],
    [
      "a password that is announced and missing",
      nameless,
      0xc2,
      { 4: "[MQTT-3.1.2-21 of 3.1.1]", 5: "[MQTT-3.1.2-19]" },
    ],
    [
      "a will that is announced and missing",
      connect({ version, clientIdentifier: "surplus" }),
      0x06,
      { 4: "[MQTT-3.1.2-9 of 3.1.1]", 5: "[MQTT-3.1.2-9]" },
    ],
  ];
  return rows.map(([what, bytes, flags, statements]) => ({
    name: named(version, statements, `CONNECT with ${what}`),
    version,
    bytes: withFlags(bytes, flags),
    accepted,
    connect: false,
  }));
}

/** The flags follow the protocol name and level. */
function withFlags(bytes: Buffer, flags: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[2 + field("MQTT").length + 1] = flags;
  return changed;
}

/**
 * MQTT 3.1: bit 0 is not used, and the remaining length takes precedence over the flags, for what came before MQTT 3.1. A password needs
 * a user name.
 */
export function connectFlagsOfMqtt31(): Case[] {
  const taken = ["connack 0x00, alive"];
  const short = (flags: number, ...fields: Buffer[]): Buffer =>
    packet(0x10, field("MQIsdp"), u8(3), u8(flags), u16(0), field("old"), ...fields);
  const rows: [what: string, bytes: Buffer, accepted: readonly string[]][] = [
    ["with the reserved bit", short(0x03), taken],
    ["with a user name", short(0x82, field("u")), taken],
    ["with a user name that is announced and missing", short(0x82), taken],
    ["with a password that is announced and missing", short(0xc2, field("u")), taken],
    ["with a user name that is cut", short(0x82, u8(0)), ["closed"]],
    ["with a password and no user name", short(0x42, field("p")), ["closed"]],
    ["with will QoS 3", short(0x1e, field("w"), field("gone")), ["closed"]],
    [
      "without a client identifier",
      packet(0x10, field("MQIsdp"), u8(3), u8(2), u16(0), field("")),
      ["connack 0x02, closed"],
    ],
  ];
  return rows.map(([what, bytes, accepted]) => ({
    name: `CONNECT ${what}`,
    version: 3,
    bytes,
    accepted,
    connect: false,
  }));
}
