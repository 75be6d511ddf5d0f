import { PacketError } from "../errors.ts";
import { PROPERTIES, type Properties, type Property, propertyOf } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";
import { checkTopicName } from "./utf8.ts";
import { varintLength, Writer } from "./writer.ts";

/** The property with this identifier; throws if there is none or the packet (its type, or WILL) may not carry it. */
export function expectProperty(identifier: number, packet: number): Property {
  const property = propertyOf(identifier);
  if (property === undefined) {
    throw new PacketError(REASON.MALFORMED_PACKET, `there is no property with identifier 0x${identifier.toString(16)}`);
  }
  if (!property.packets.includes(packet)) {
    throw new PacketError(REASON.MALFORMED_PACKET, `the packet may not carry the property ${property.name}`);
  }
  return property;
}

export function repeated(property: Property): PacketError {
  return new PacketError(REASON.PROTOCOL_ERROR, `the property ${property.name} is there more than once`);
}

/** Throws if the rule of the property forbids the number. */
export function checkNumber(property: Property, value: number): void {
  const { rule, name } = property;
  if (rule === "flag" && value > 1) throw new PacketError(REASON.PROTOCOL_ERROR, `${name} is neither 0 nor 1`);
  if (rule === "non-zero" && value === 0) throw new PacketError(REASON.PROTOCOL_ERROR, `${name} is 0`);
  // [MQTT-3.3.2-8]
  if (rule === "topic alias" && value === 0) throw new PacketError(REASON.TOPIC_ALIAS_INVALID, "the topic alias is 0");
}

function checkedNumber(property: Property, value: number): number {
  checkNumber(property, value);
  return value;
}

function readText(reader: Reader, property: Property): string {
  const bytes = reader.utf8Bytes();
  // [MQTT-3.3.2-14]
  if (property.rule === "topic name") checkTopicName(bytes, 0, bytes.length, "response topic");
  return bytes.toString("utf8");
}

function readValue(reader: Reader, property: Property, into: Properties): void {
  switch (property.type) {
    case "byte":
      into[property.name] = checkedNumber(property, reader.u8());
      break;
    case "u16":
      into[property.name] = checkedNumber(property, reader.u16());
      break;
    case "u32":
      into[property.name] = checkedNumber(property, reader.u32());
      break;
    case "varint":
      into[property.name] ??= [];
      into[property.name]?.push(checkedNumber(property, reader.varint()));
      break;
    case "utf8":
      into[property.name] = readText(reader, property);
      break;
    case "binary":
      into[property.name] = reader.binary();
      break;
    case "pair":
      into[property.name] ??= [];
      // [MQTT-1.5.7-1]
      into[property.name]?.push([reader.utf8(), reader.utf8()]);
  }
}

/** Decodes properties up to the reader's end. `packet` is a packet type or WILL. */
export function decodePropertyFields(reader: Reader, packet: number): Properties {
  const properties: Properties = {};
  while (!reader.done) {
    const property = expectProperty(reader.varint(), packet);
    if (properties[property.name] !== undefined && !property.repeatable.includes(packet)) throw repeated(property);
    readValue(reader, property, properties);
  }
  if (properties.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    throw new PacketError(REASON.PROTOCOL_ERROR, "authentication data without an authentication method");
  }
  return properties;
}

/** Decodes a property length and the properties behind it, and moves the reader behind them. */
export function decodeProperties(reader: Reader, packet: number): Properties {
  const length = reader.varint();
  const start = reader.skip(length);
  return decodePropertyFields(new Reader(reader.buffer, start, start + length), packet);
}

function sum<T>(values: readonly T[], lengthOf: (value: T) => number): number {
  return values.reduce((total, value) => total + lengthOf(value), 0);
}

function utf8Length(value: string): number {
  return 2 + Buffer.byteLength(value);
}

/** Bytes of one property in all its occurrences, identifiers included. */
function fieldLength(property: Property, properties: Properties): number {
  if (properties[property.name] === undefined) return 0;
  switch (property.type) {
    case "byte":
      return 2;
    case "u16":
      return 3;
    case "u32":
      return 5;
    case "varint":
      return sum(properties[property.name] ?? [], (value) => 1 + varintLength(value));
    case "utf8":
      return 1 + utf8Length(properties[property.name] ?? "");
    case "binary":
      return 3 + (properties[property.name]?.length ?? 0);
    case "pair":
      return sum(properties[property.name] ?? [], ([name, value]) => 1 + utf8Length(name) + utf8Length(value));
  }
}

/** Bytes of the properties without the property length in front. */
export function propertyFieldsLength(properties: Properties): number {
  return sum(PROPERTIES, (property) => fieldLength(property, properties));
}

/** Bytes of the properties with the property length in front. */
export function propertiesLength(properties: Properties): number {
  const length = propertyFieldsLength(properties);
  return varintLength(length) + length;
}

function writeField(writer: Writer, property: Property, properties: Properties): void {
  const { identifier } = property;
  switch (property.type) {
    case "varint":
      for (const value of properties[property.name] ?? []) {
        writer.u8(identifier);
        writer.varint(value);
      }
      return;
    case "pair":
      for (const [name, value] of properties[property.name] ?? []) {
        writer.u8(identifier);
        writer.utf8(name);
        writer.utf8(value);
      }
      return;
    default:
      writer.u8(identifier);
      writeSingle(writer, property, properties);
  }
}

function writeSingle(
  writer: Writer,
  property: Exclude<Property, { type: "varint" | "pair" }>,
  properties: Properties,
): void {
  switch (property.type) {
    case "byte":
      writer.u8(properties[property.name] ?? 0);
      break;
    case "u16":
      writer.u16(properties[property.name] ?? 0);
      break;
    case "u32":
      writer.u32(properties[property.name] ?? 0);
      break;
    case "utf8":
      writer.utf8(properties[property.name] ?? "");
      break;
    case "binary":
      writer.binary(properties[property.name] ?? new Uint8Array(0));
  }
}

/** Writes the properties without the property length, by identifier; the order within user properties stays. */
function writePropertyFields(writer: Writer, properties: Properties): void {
  for (const property of PROPERTIES) {
    if (properties[property.name] !== undefined) writeField(writer, property, properties);
  }
}

/** Writes property length and properties. No properties are an explicit length 0. [MQTT-2.2.2-1] */
export function writeProperties(writer: Writer, properties: Properties): void {
  writer.varint(propertyFieldsLength(properties));
  writePropertyFields(writer, properties);
}

/** The properties without the property length. */
export function encodePropertyFields(properties: Properties): Buffer {
  const writer = new Writer(propertyFieldsLength(properties));
  writePropertyFields(writer, properties);
  return writer.buffer;
}
