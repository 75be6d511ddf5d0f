import { field, u8, u16, u32, varint } from "../../support/wire.ts";
import { TAKES_ALL } from "./method.ts";

/** MQTT 5.0 §2.2.2.2 as far as clients are concerned. */
export interface PropertyRow {
  readonly identifier: number;
  readonly name: string;
  /** A value that is right. */
  readonly value: Buffer;
  /** Names of the carriers in which a client may send it. */
  readonly carriers: readonly string[];
  readonly isRepeatable?: boolean;
  /** Its value is 0 or 1. */
  readonly isFlag?: boolean;
  readonly isText?: boolean;
}

const CONNECT = ["CONNECT"];
const MESSAGE = ["PUBLISH", "will"];
const REASON = ["PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT", "AUTH"];
const ALL = [...CONNECT, ...MESSAGE, "SUBSCRIBE", "UNSUBSCRIBE", ...REASON];
const SERVERS_ONLY: readonly string[] = [];
const TEXT = field("x");

export const PROPERTY_ROWS: readonly PropertyRow[] = [
  { identifier: 0x01, name: "Payload Format Indicator", value: u8(1), carriers: MESSAGE, isFlag: true },
  { identifier: 0x02, name: "Message Expiry Interval", value: u32(60), carriers: MESSAGE },
  { identifier: 0x03, name: "Content Type", value: TEXT, carriers: MESSAGE, isText: true },
  { identifier: 0x08, name: "Response Topic", value: TEXT, carriers: MESSAGE, isText: true },
  { identifier: 0x09, name: "Correlation Data", value: TEXT, carriers: MESSAGE },
  { identifier: 0x0b, name: "Subscription Identifier", value: varint(300), carriers: ["SUBSCRIBE"] },
  { identifier: 0x11, name: "Session Expiry Interval", value: u32(1), carriers: [...CONNECT, "DISCONNECT"] },
  { identifier: 0x12, name: "Assigned Client Identifier", value: TEXT, carriers: SERVERS_ONLY },
  { identifier: 0x13, name: "Server Keep Alive", value: u16(60), carriers: SERVERS_ONLY },
  {
    identifier: 0x15,
    name: "Authentication Method",
    value: field(TAKES_ALL),
    carriers: [...CONNECT, "AUTH"],
    isText: true,
  },
  { identifier: 0x16, name: "Authentication Data", value: TEXT, carriers: [...CONNECT, "AUTH"] },
  { identifier: 0x17, name: "Request Problem Information", value: u8(1), carriers: CONNECT, isFlag: true },
  { identifier: 0x18, name: "Will Delay Interval", value: u32(60), carriers: ["will"] },
  { identifier: 0x19, name: "Request Response Information", value: u8(1), carriers: CONNECT, isFlag: true },
  { identifier: 0x1a, name: "Response Information", value: TEXT, carriers: SERVERS_ONLY },
  { identifier: 0x1c, name: "Server Reference", value: TEXT, carriers: SERVERS_ONLY },
  { identifier: 0x1f, name: "Reason String", value: TEXT, carriers: REASON, isText: true },
  { identifier: 0x21, name: "Receive Maximum", value: u16(9), carriers: CONNECT },
  { identifier: 0x22, name: "Topic Alias Maximum", value: u16(9), carriers: CONNECT },
  { identifier: 0x23, name: "Topic Alias", value: u16(1), carriers: ["PUBLISH"] },
  { identifier: 0x24, name: "Maximum QoS", value: u8(1), carriers: SERVERS_ONLY },
  { identifier: 0x25, name: "Retain Available", value: u8(1), carriers: SERVERS_ONLY },
  {
    identifier: 0x26,
    name: "User Property",
    value: Buffer.concat([TEXT, TEXT]),
    carriers: ALL,
    isRepeatable: true,
  },
  { identifier: 0x27, name: "Maximum Packet Size", value: u32(4_096), carriers: CONNECT },
  { identifier: 0x28, name: "Wildcard Subscription Available", value: u8(1), carriers: SERVERS_ONLY },
  { identifier: 0x29, name: "Subscription Identifier Available", value: u8(1), carriers: SERVERS_ONLY },
  { identifier: 0x2a, name: "Shared Subscription Available", value: u8(1), carriers: SERVERS_ONLY },
];

/** Its bytes on the wire, with another value if one is given. */
export function propertyOf({ identifier, value }: PropertyRow, given: Uint8Array = value): Buffer {
  return Buffer.concat([u8(identifier), given]);
}

export function rowNamed(name: string): PropertyRow {
  const row = PROPERTY_ROWS.find((each) => each.name === name);
  if (row === undefined) throw new Error(`there is no property ${name}`);
  return row;
}
