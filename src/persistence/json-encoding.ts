import type { Will } from "../codec/connect.ts";
import type { Properties } from "../codec/property-table.ts";
import { restoredAuthor, storedAuthor } from "./author-encoding.ts";
import { ByteReader } from "./byte-reader.ts";
import type { GroupRow, SessionRow, SubscriptionRow } from "./rows.ts";

/** Rows that are few and change seldom: JSON, so that fields can be added. The key holds the owner. Binary data is base64. */

type Fields = Record<string, unknown>;

function parse(value: Uint8Array): Fields {
  const parsed: unknown = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString());
  return asFields(parsed, "the row");
}

function asFields(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null) throw new RangeError(`${name} is no object`);
  return value as Fields;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw new RangeError(`${name} is no text`);
  return value;
}

function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined ? undefined : text(value, name);
}

function integer(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new RangeError(`${name} is no whole number`);
  return value;
}

function optionalInteger(value: unknown, name: string): number | undefined {
  return value === undefined ? undefined : integer(value, name);
}

function qos(value: unknown, name: string): number {
  if (value !== 0 && value !== 1 && value !== 2) throw new RangeError(`${name} is no QoS`);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

function binary(value: unknown, name: string): Buffer {
  return Buffer.from(text(value, name), "base64");
}

function ownerOf(key: Uint8Array): number {
  return new ByteReader(key).u64();
}

/** The properties of a will whose values are binary. */
function storedProperties(properties: Properties): Fields {
  const { correlationData, ...others } = properties;
  return correlationData === undefined ? others : { ...others, correlationData: base64(correlationData) };
}

function restoredProperties(value: unknown): Properties {
  const { correlationData, ...others } = asFields(value, "the will's properties");
  if (correlationData === undefined) return others;
  return { ...others, correlationData: binary(correlationData, "correlationData") };
}

function storedWill({ topic, payload, qos, retain, properties }: Will): Fields {
  return { topic: topic.toString(), payload: base64(payload), qos, retain, properties: storedProperties(properties) };
}

function restoredWill(value: unknown): Will {
  const will = asFields(value, "the will");
  return {
    topic: Buffer.from(text(will.topic, "the will's topic")),
    payload: binary(will.payload, "the will's payload"),
    qos: qos(will.qos, "the will's QoS"),
    retain: will.retain === true,
    properties: restoredProperties(will.properties),
  };
}

export function encodeSession(row: SessionRow): Buffer {
  const { clientIdentifier, username, expiryInterval, offlineSince, will, author } = row;
  const stored = { clientIdentifier, username, expiryInterval, offlineSince };
  if (will === undefined) return Buffer.from(JSON.stringify(stored));
  return Buffer.from(JSON.stringify({ ...stored, will: storedWill(will), author: author && storedAuthor(author) }));
}

export function decodeSession(key: Uint8Array, value: Uint8Array): SessionRow {
  const row = parse(value);
  const clientIdentifier = text(row.clientIdentifier, "clientIdentifier");
  const username = optionalText(row.username, "username");
  return {
    owner: ownerOf(key),
    clientIdentifier,
    username,
    expiryInterval: integer(row.expiryInterval, "expiryInterval"),
    offlineSince: optionalInteger(row.offlineSince, "offlineSince"),
    will: row.will === undefined ? undefined : restoredWill(row.will),
    author: row.author === undefined ? undefined : restoredAuthor(row.author, clientIdentifier, username),
  };
}

export function encodeSubscription({ owner: _, ...stored }: SubscriptionRow): Buffer {
  return Buffer.from(JSON.stringify(stored));
}

export function decodeSubscription(key: Uint8Array, value: Uint8Array): SubscriptionRow {
  const row = parse(value);
  return {
    owner: ownerOf(key),
    filter: text(row.filter, "filter"),
    qos: qos(row.qos, "qos"),
    noLocal: row.noLocal === true,
    retainAsPublished: row.retainAsPublished === true,
    identifier: optionalInteger(row.identifier, "identifier"),
  };
}

export function encodeGroup({ filter }: GroupRow): Buffer {
  return Buffer.from(JSON.stringify({ filter }));
}

export function decodeGroup(key: Uint8Array, value: Uint8Array): GroupRow {
  return { owner: ownerOf(key), filter: text(parse(value).filter, "filter") };
}
