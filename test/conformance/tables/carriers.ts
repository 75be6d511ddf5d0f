import type { ConnectOptions } from "../../support/packets.ts";
import { field, packet, u8, u16, varint } from "../../support/wire.ts";
import { propertyBytes } from "../../support/wire-properties.ts";
import { refused, refusedConnect } from "./case.ts";
import { TAKES_ALL, WITH_METHOD } from "./method.ts";

/** A place for properties in what a client of MQTT 5.0 sends: a packet type, or the will in a CONNECT. */
export interface Carrier {
  readonly name: string;
  readonly firstByte: number;
  /** The body in front of the property length and behind the properties. */
  readonly before: Buffer;
  readonly after: Buffer;
  /** Properties that have to be there. */
  readonly required?: Buffer;
  readonly accepted: string;
  readonly delivered?: number;
  readonly connect?: ConnectOptions | false;
}

const NOTHING = Buffer.alloc(0);
const connectWith = (flags: number): Buffer => Buffer.concat([field("MQTT"), u8(5), u8(flags), u16(0)]);
const identified = u16(9);
const answered = Buffer.concat([identified, u8(0)]);

export const CARRIERS: readonly Carrier[] = [
  {
    name: "CONNECT",
    firstByte: 0x10,
    before: connectWith(0x02),
    after: field("carrier"),
    accepted: "connack 0x00, alive",
    connect: false,
  },
  {
    name: "will",
    firstByte: 0x10,
    before: Buffer.concat([connectWith(0x06), u8(0), field("carrier")]),
    after: Buffer.concat([field("w"), field("gone")]),
    accepted: "connack 0x00, alive",
    connect: false,
  },
  { name: "PUBLISH", firstByte: 0x30, before: field("t"), after: NOTHING, accepted: "alive", delivered: 1 },
  { name: "PUBACK", firstByte: 0x40, before: answered, after: NOTHING, accepted: "alive" },
  { name: "PUBREC", firstByte: 0x50, before: answered, after: NOTHING, accepted: "pubrel 0x92, alive" },
  { name: "PUBREL", firstByte: 0x62, before: answered, after: NOTHING, accepted: "pubcomp 0x92, alive" },
  { name: "PUBCOMP", firstByte: 0x70, before: answered, after: NOTHING, accepted: "alive" },
  {
    name: "SUBSCRIBE",
    firstByte: 0x82,
    before: identified,
    after: Buffer.concat([field("f"), u8(0)]),
    accepted: "suback 0x00, alive",
  },
  {
    name: "UNSUBSCRIBE",
    firstByte: 0xa2,
    before: identified,
    after: field("f"),
    accepted: "unsuback 0x11, alive",
  },
  {
    name: "DISCONNECT",
    firstByte: 0xe0,
    before: u8(0),
    after: NOTHING,
    accepted: "closed",
    connect: { properties: { sessionExpiryInterval: 1 } },
  },
  {
    name: "AUTH",
    firstByte: 0xf0,
    before: u8(0x19),
    after: NOTHING,
    required: propertyBytes({ authenticationMethod: TAKES_ALL }),
    accepted: "auth 0x00, alive",
    connect: WITH_METHOD,
  },
];

export function carrierNamed(name: string): Carrier {
  const carrier = CARRIERS.find((each) => each.name === name);
  if (carrier === undefined) throw new Error(`nothing named ${name} carries properties`);
  return carrier;
}

/** The packet with these bytes in the place of property length and properties. */
export function withBlock({ firstByte, before, after }: Carrier, block: Uint8Array): Buffer {
  return packet(firstByte, before, block, after);
}

/** The packet with these properties and none besides. */
export function withOnly(carrier: Carrier, properties: Uint8Array): Buffer {
  return withBlock(carrier, Buffer.concat([varint(properties.length), properties]));
}

/** The packet with these properties behind those that have to be there, unless they are of that kind themselves. */
export function withProperties(carrier: Carrier, properties: Uint8Array): Buffer {
  const { required = NOTHING } = carrier;
  const isGiven = required.length > 0 && required[0] === properties[0];
  return withOnly(carrier, isGiven ? properties : Buffer.concat([required, properties]));
}

export function refusedCarrier({ connect }: Carrier, reasonCodes: readonly number[]): string[] {
  return connect === false ? refusedConnect(5, reasonCodes) : refused(5, reasonCodes);
}
