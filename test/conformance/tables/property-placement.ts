import { CARRIERS, type Carrier, refusedCarrier, withProperties } from "./carriers.ts";
import {
  type Case,
  FORBIDDEN,
  MALFORMED_PACKET,
  named,
  PROTOCOL_ERROR,
  plainlyNamed,
  type Statements,
} from "./case.ts";
import { PROPERTY_ROWS, type PropertyRow, propertyOf, rowNamed } from "./properties.ts";

/** The packet with the property once more as often as asked for, and with what it cannot be without. */
function packetWith(carrier: Carrier, row: PropertyRow, count = 1): Buffer {
  const properties = Buffer.concat(Array.from({ length: count }, () => propertyOf(row)));
  const needsMethod = row.name === "Authentication Data" && carrier.name === "CONNECT";
  const method = needsMethod ? propertyOf(rowNamed("Authentication Method")) : Buffer.alloc(0);
  return withProperties(carrier, Buffer.concat([method, properties]));
}

function caseOf(carrier: Carrier, name: string, bytes: Buffer, accepted: readonly string[]): Case {
  const isTaken = accepted.includes(carrier.accepted);
  return {
    name,
    version: 5,
    bytes,
    accepted,
    delivered: isTaken ? (carrier.delivered ?? 0) : 0,
    ...(carrier.connect !== undefined && { connect: carrier.connect }),
  };
}

/** Where an identifier is valid for the packet type, but not from a client. */
function special(
  carrier: Carrier,
  row: PropertyRow,
): { statements: Statements; accepted: readonly string[] } | undefined {
  if (carrier.name === "PUBLISH" && row.name === "Subscription Identifier") {
    return { statements: { 5: "[MQTT-3.3.4-6]" }, accepted: refusedCarrier(carrier, [PROTOCOL_ERROR]) };
  }
  // Servers send it; what they do with one that they get is left to them.
  if (carrier.name === "DISCONNECT" && row.name === "Server Reference") {
    return { statements: {}, accepted: [carrier.accepted, ...refusedCarrier(carrier, FORBIDDEN)] };
  }
  return undefined;
}

function placement(carrier: Carrier, row: PropertyRow): Case {
  const what = `${carrier.name} with ${row.name}`;
  const bytes = packetWith(carrier, row);
  const { statements, accepted } = special(carrier, row) ?? {};
  if (accepted !== undefined) return caseOf(carrier, named(5, statements ?? {}, what), bytes, accepted);
  if (row.carriers.includes(carrier.name)) {
    return caseOf(carrier, plainlyNamed(5, {}, what), bytes, [carrier.accepted]);
  }
  return caseOf(carrier, named(5, {}, what), bytes, refusedCarrier(carrier, [MALFORMED_PACKET]));
}

/** Every property in every packet: taken where the standard allows it, malformed elsewhere. (MQTT 5.0 §2.2.2.2) */
export function placements(): Case[] {
  return CARRIERS.flatMap((carrier) => PROPERTY_ROWS.map((row) => placement(carrier, row)));
}

/** Every property twice: a Protocol Error for all but User Property. */
export function repetitions(): Case[] {
  return CARRIERS.flatMap((carrier) =>
    PROPERTY_ROWS.filter((row) => row.carriers.includes(carrier.name)).map((row) => {
      const what = `${carrier.name} with ${row.name} twice`;
      const bytes = packetWith(carrier, row, 2);
      if (row.isRepeatable) return caseOf(carrier, what, bytes, [carrier.accepted]);
      return caseOf(carrier, named(5, {}, what), bytes, refusedCarrier(carrier, [PROTOCOL_ERROR]));
    }),
  );
}
