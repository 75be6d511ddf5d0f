import { field, u8, u16, u32, varint } from "../../support/wire.ts";
import {
  CARRIERS,
  type Carrier,
  carrierNamed,
  refusedCarrier,
  withBlock,
  withOnly,
  withProperties,
} from "./carriers.ts";
import { type Case, FORBIDDEN, MALFORMED_PACKET, named, PROTOCOL_ERROR, type Statements, type Sweep } from "./case.ts";
import { PROPERTY_ROWS, propertyOf, rowNamed } from "./properties.ts";

const TOPIC_ALIAS_INVALID = 0x94;
/** Told to the server of the generated tests. */
export const TOPIC_ALIAS_MAXIMUM = 5;

interface Row {
  readonly what: string;
  readonly bytes: Buffer;
  readonly statements?: Statements;
  readonly accepted: readonly string[];
}

function caseOf(carrier: Carrier, { what, bytes, statements = {}, accepted }: Row): Case {
  return {
    name: named(5, statements, `${carrier.name} with ${what}`),
    version: 5,
    bytes,
    accepted,
    ...(carrier.connect !== undefined && { connect: carrier.connect }),
  };
}

/** The value that the property may not have, and the reason codes for it. */
function forbidden(
  name: string,
  carrierName: string,
  value: Buffer,
  codes: readonly number[],
  statement?: string,
): Case {
  const carrier = carrierNamed(carrierName);
  return caseOf(carrier, {
    what: `${name} of value 0x${value.toString("hex")}`,
    bytes: withProperties(carrier, propertyOf(rowNamed(name), value)),
    accepted: refusedCarrier(carrier, codes),
    ...(statement !== undefined && { statements: { 5: statement } }),
  });
}

/** Values that are neither 0 nor 1. No sentence calls a Payload Format Indicator of another value a Protocol Error. */
function flagValues(): Case[] {
  return PROPERTY_ROWS.filter(({ isFlag }) => isFlag).flatMap(({ name, carriers }) => {
    const codes = name === "Payload Format Indicator" ? FORBIDDEN : [PROTOCOL_ERROR];
    return carriers.flatMap((carrier) => [2, 255].map((value) => forbidden(name, carrier, u8(value), codes)));
  });
}

const OVER_MAXIMUM = "[MQTT-3.2.2-17] [MQTT-3.3.2-9]";

export function forbiddenValues(): Case[] {
  return [
    ...flagValues(),
    forbidden("Receive Maximum", "CONNECT", u16(0), [PROTOCOL_ERROR]),
    forbidden("Maximum Packet Size", "CONNECT", u32(0), [PROTOCOL_ERROR]),
    forbidden("Subscription Identifier", "SUBSCRIBE", varint(0), [PROTOCOL_ERROR]),
    forbidden("Topic Alias", "PUBLISH", u16(0), [TOPIC_ALIAS_INVALID], "[MQTT-3.3.2-8]"),
    forbidden("Topic Alias", "PUBLISH", u16(TOPIC_ALIAS_MAXIMUM + 1), [TOPIC_ALIAS_INVALID], OVER_MAXIMUM),
    forbidden("Topic Alias", "PUBLISH", u16(0xffff), [TOPIC_ALIAS_INVALID], OVER_MAXIMUM),
    forbidden("Subscription Identifier", "SUBSCRIBE", Buffer.from([0x80, 0]), [MALFORMED_PACKET], "[MQTT-1.5.5-1]"),
    forbidden("Subscription Identifier", "SUBSCRIBE", Buffer.from([128, 128, 128, 128, 1]), [MALFORMED_PACKET]),
  ];
}

/** To a server that takes no topic aliases. */
export function aliasesWhereThereAreNone(): Case[] {
  return [1, 5].map((alias) =>
    forbidden("Topic Alias", "PUBLISH", u16(alias), [TOPIC_ALIAS_INVALID], "[MQTT-3.2.2-18]"),
  );
}

/** A PUBLISH without a topic name, whose topic alias was or was not set on this connection. */
export function topicAliases(): Case[] {
  const carrier = carrierNamed("PUBLISH");
  const alias = propertyOf(rowNamed("Topic Alias"));
  const setting = withProperties(carrier, alias);
  const bytes = withProperties({ ...carrier, before: field("") }, alias);
  const accepted = refusedCarrier(carrier, [PROTOCOL_ERROR]);
  const set = caseOf(carrier, { what: "an alias that was set", bytes, statements: { 5: "" }, accepted: ["alive"] });
  return [
    caseOf(carrier, { what: "an alias that was not set", bytes, accepted }),
    { ...set, bytes: Buffer.concat([setting, bytes]), delivered: 2 },
  ];
}

/** Authentication data, or an AUTH, without a method. */
export function missingMethods(): Case[] {
  const [connect, auth] = [carrierNamed("CONNECT"), carrierNamed("AUTH")];
  const data = propertyOf(rowNamed("Authentication Data"));
  const other = propertyOf(rowNamed("Authentication Method"), field("another"));
  const what = "Authentication Data and no Authentication Method";
  return [
    caseOf(connect, { what, bytes: withOnly(connect, data), accepted: refusedCarrier(connect, [PROTOCOL_ERROR]) }),
    caseOf(auth, { what, bytes: withOnly(auth, data), accepted: refusedCarrier(auth, [PROTOCOL_ERROR]) }),
    caseOf(auth, {
      what: "no properties",
      bytes: withOnly(auth, Buffer.alloc(0)),
      accepted: refusedCarrier(auth, [PROTOCOL_ERROR]),
    }),
    caseOf(auth, {
      what: "another Authentication Method than that of the CONNECT",
      statements: { 5: "[MQTT-4.12.1-1]" },
      bytes: withOnly(auth, other),
      accepted: refusedCarrier(auth, [PROTOCOL_ERROR, 0x8c]),
    }),
    {
      ...caseOf(auth, {
        what: "a method, when the CONNECT had none",
        statements: { 5: "[MQTT-4.12.0-7]" },
        bytes: withProperties(auth, Buffer.alloc(0)),
        accepted: refusedCarrier(auth, [PROTOCOL_ERROR]),
      }),
      connect: {},
    },
  ];
}

/** A DISCONNECT may change the Session Expiry Interval unless it was 0. (MQTT 5.0 §3.14.2.2.2) */
export function sessionExpiries(): Case[] {
  const carrier = carrierNamed("DISCONNECT");
  const intervals = [undefined, 0, 1];
  return intervals.flatMap((first) =>
    [0, 1, 0xffffffff].map((then) => {
      const isRefused = !first && then > 0;
      const what = `Session Expiry Interval ${then} after a CONNECT with ${first ?? "none"}`;
      const bytes = withOnly(carrier, propertyOf(rowNamed("Session Expiry Interval"), u32(then)));
      const accepted = isRefused ? refusedCarrier(carrier, [PROTOCOL_ERROR]) : [carrier.accepted];
      const statements = isRefused ? {} : { 5: "" };
      const connect = first === undefined ? {} : { properties: { sessionExpiryInterval: first } };
      return { ...caseOf(carrier, { what, bytes, accepted, statements }), connect };
    }),
  );
}

/** Every value cut off behind each of its bytes, with a property length that tells so. */
export function cutValues(): Case[] {
  return CARRIERS.flatMap((carrier) =>
    PROPERTY_ROWS.filter(({ carriers }) => carriers.includes(carrier.name)).flatMap((row) =>
      Array.from(row.value, (_, length) =>
        caseOf(carrier, {
          what: `${row.name} of ${length} of ${row.value.length} bytes`,
          bytes: withProperties(carrier, propertyOf(row, row.value.subarray(0, length))),
          accepted: refusedCarrier(carrier, [MALFORMED_PACKET]),
        }),
      ),
    ),
  );
}

/** Property lengths that do not fit what follows, each with a User Property behind it. */
export function wrongPropertyLengths(): Case[] {
  const property = propertyOf(rowNamed("User Property"));
  return CARRIERS.flatMap((carrier) => {
    const properties = Buffer.concat([carrier.required ?? Buffer.alloc(0), property]);
    const { length } = properties;
    const row = (what: string, prefix: Buffer): Row => ({
      what: `a property length ${what}`,
      bytes: withBlock(carrier, Buffer.concat([prefix, properties])),
      accepted: refusedCarrier(carrier, [MALFORMED_PACKET]),
    });
    const padded = row("with a byte more than it needs", Buffer.from([length | 128, 0]));
    return [
      row("that is one too short", varint(length - 1)),
      row("that is one too long", varint(length + 1)),
      row("beyond the packet", varint(127)),
      row("of 268,435,455", varint(268_435_455)),
      row("of five bytes", Buffer.from([length | 128, 128, 128, 128, 0])),
      row("that has no end", Buffer.alloc(5, 255)),
      { ...padded, statements: { 5: "[MQTT-1.5.5-1]" } },
    ].map((each) => caseOf(carrier, each));
  });
}

const KNOWN: readonly number[] = PROPERTY_ROWS.map(({ identifier }) => identifier);

/** By carrier: every identifier of one byte that no property has, and some of more bytes, one that is padded among them. */
export function unknownProperties(): Sweep[] {
  const ofOneByte = Array.from({ length: 128 }, (_, identifier) => identifier).filter((each) => !KNOWN.includes(each));
  const ofMore = [
    [0x81, 0x00],
    [0x81, 0x01],
    [0xa6, 0x01],
    [0xff, 0x7f],
    [0xff, 0xff, 0xff, 0x7f],
    [0xa6, 0xff],
  ];
  const identifiers = [...ofOneByte.map((each) => [each]), ...ofMore];
  return CARRIERS.map((carrier) => ({
    name: named(5, {}, `${carrier.name} with any identifier that no property has is malformed`),
    cases: identifiers.map((identifier) =>
      caseOf(carrier, {
        what: `the property identifier 0x${Buffer.from(identifier).toString("hex")}`,
        bytes: withProperties(carrier, Buffer.from([...identifier, 0, 1, 0x78, 0, 1, 0x78])),
        accepted: refusedCarrier(carrier, [MALFORMED_PACKET]),
      }),
    ),
  }));
}
