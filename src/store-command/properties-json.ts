import { decodePropertyFields, encodePropertyFields, expectProperty } from "../codec/properties.ts";
import { PROPERTIES, type Properties, type Property, WILL } from "../codec/property-table.ts";
import { Reader } from "../codec/reader.ts";
import { PacketError } from "../errors.ts";
import { fromBase64, isText, shown, toBase64 } from "./fields.ts";

/** A property and its value, in a list, for order matters: `["contentType","text/plain"]`, `["userProperties","name","value"]`. */
export type PropertyJson = readonly [name: string, ...values: (string | number)[]];

function readJson(reader: Reader, packet: number): PropertyJson {
  const { name, type } = expectProperty(reader.varint(), packet);
  switch (type) {
    case "byte":
      return [name, reader.u8()];
    case "u32":
      return [name, reader.u32()];
    case "utf8":
      return [name, reader.utf8()];
    case "binary":
      return [name, toBase64(reader.binary())];
    case "pair":
      return [name, reader.utf8(), reader.utf8()];
    default:
      throw new RangeError(`a message with the property ${name}`);
  }
}

/** @param packet the packet type that may carry them, or WILL. Throws RangeError for bytes that are no such properties. */
export function propertiesToJson(bytes: Buffer, packet: number): PropertyJson[] {
  return rethrown(() => {
    const reader = new Reader(bytes, 0, bytes.length);
    const list: PropertyJson[] = [];
    while (!reader.done) list.push(readJson(reader, packet));
    return list;
  });
}

const MOST = 0xffff_ffff;

/** Undefined where the values are not of the property's type. */
function one(property: Property, values: readonly unknown[]): Properties | undefined {
  const [value, second] = values;
  switch (property.type) {
    case "utf8":
      return isString(value) ? { [property.name]: value } : undefined;
    case "binary": {
      const bytes = typeof value === "string" ? fromBase64(value) : undefined;
      return bytes === undefined ? undefined : { [property.name]: bytes };
    }
    case "pair":
      return isString(value) && isString(second) ? { [property.name]: [[value, second]] } : undefined;
    default: {
      const most = property.type === "byte" ? 1 : MOST;
      const fits = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
      return fits ? { [property.name]: value } : undefined;
    }
  }
}

function isString(value: unknown): value is string {
  return typeof value === "string" && isText(value);
}

const ALLOWED: Partial<Record<Property["type"], string>> = {
  byte: "0 or 1",
  u32: `a whole number from 0 to ${MOST}`,
  utf8: "a string",
  binary: "base64",
  pair: "a name and a value",
};

/** What a will carries, and what of it a message that was published does: its expiry interval stands by itself. */
function carriedBy(packet: number): Property[] {
  const ofWill = PROPERTIES.filter(({ packets }) => packets.includes(WILL) && packets.includes(packet));
  return packet === WILL ? ofWill : ofWill.filter(({ name }) => name !== "messageExpiryInterval");
}

function encoded(item: unknown, packet: number): Buffer {
  const [name, ...values]: unknown[] = Array.isArray(item) ? item : [];
  const carried = carriedBy(packet);
  const property = carried.find((each) => each.name === name);
  if (property === undefined) {
    throw new RangeError(`a property is ${shown(item)}; allowed: ${carried.map((each) => each.name).join(", ")}`);
  }
  const count = property.type === "pair" ? 2 : 1;
  const properties = values.length === count ? one(property, values) : undefined;
  if (properties !== undefined) return encodePropertyFields(properties);
  throw new RangeError(`the property ${property.name} is ${shown(values)}; allowed: ${ALLOWED[property.type]}`);
}

/** The bytes of the properties in the order of the list. Throws RangeError for what such a packet may not carry. */
export function propertiesFromJson(list: readonly unknown[], packet: number): Buffer {
  const bytes = Buffer.concat(list.map((item) => encoded(item, packet)));
  decodedProperties(bytes, packet);
  return bytes;
}

/** Throws RangeError where a packet of that type may not carry them. */
export function decodedProperties(bytes: Buffer, packet: number): Properties {
  return rethrown(() => decodePropertyFields(new Reader(bytes, 0, bytes.length), packet));
}

function rethrown<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof PacketError) throw new RangeError(error.message);
    throw error;
  }
}
