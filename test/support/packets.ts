import { field, packet, u8, u16 } from "./wire.ts";
import { propertyBlock, type WireProperties } from "./wire-properties.ts";

/** What a client sends. Written apart from src/codec; options with "raw" in their comment make packets that are not allowed. */

export type Version = 3 | 4 | 5;
type PropertyOption = WireProperties | Uint8Array;

interface WillOptions {
  topic: string | Uint8Array;
  payload?: string | Uint8Array;
  qos?: number;
  retain?: boolean;
  properties?: PropertyOption;
}

export interface ConnectOptions {
  version?: Version;
  clientIdentifier?: string | Uint8Array;
  /** Clean session in 3.x. Default true. */
  cleanStart?: boolean;
  keepAlive?: number;
  username?: string | Uint8Array;
  password?: string | Uint8Array;
  will?: WillOptions;
  properties?: PropertyOption;
  /** Raw. */
  protocolName?: string | Uint8Array;
  /** Raw. */
  level?: number;
  /** Raw: the connect flags instead of those that the fields ask for. */
  flags?: number;
}

function block(version: Version, properties: PropertyOption | undefined): Buffer {
  return version === 5 ? propertyBlock(properties) : Buffer.alloc(0);
}

function connectFlags(options: ConnectOptions): number {
  const { cleanStart = true, username, password, will } = options;
  let flags = cleanStart ? 0x02 : 0;
  if (will !== undefined) flags |= 0x04 | ((will.qos ?? 0) << 3) | (will.retain ? 0x20 : 0);
  if (password !== undefined) flags |= 0x40;
  if (username !== undefined) flags |= 0x80;
  return flags;
}

export function connect(options: ConnectOptions = {}): Buffer {
  const { version = 5, clientIdentifier = "", keepAlive = 0, username, password, will } = options;
  const parts = [
    field(options.protocolName ?? (version === 3 ? "MQIsdp" : "MQTT")),
    u8(options.level ?? version),
    u8(options.flags ?? connectFlags(options)),
    u16(keepAlive),
    block(version, options.properties),
    field(clientIdentifier),
  ];
  if (will !== undefined) parts.push(block(version, will.properties), field(will.topic), field(will.payload ?? ""));
  if (username !== undefined) parts.push(field(username));
  if (password !== undefined) parts.push(field(password));
  return packet(0x10, ...parts);
}

interface PublishOptions {
  version?: Version;
  topic?: string | Uint8Array;
  payload?: string | Uint8Array;
  qos?: number;
  retain?: boolean;
  duplicate?: boolean;
  /** Written with QoS 1 to 3. Default 1. */
  packetIdentifier?: number;
  properties?: PropertyOption;
}

export function publish(options: PublishOptions = {}): Buffer {
  const { version = 5, topic = "", payload = "", qos = 0, packetIdentifier = 1 } = options;
  return packet(
    0x30 | (options.duplicate ? 8 : 0) | (qos << 1) | (options.retain ? 1 : 0),
    field(topic),
    qos > 0 ? u16(packetIdentifier) : Buffer.alloc(0),
    block(version, options.properties),
    Buffer.from(payload),
  );
}

export interface AckOptions {
  packetIdentifier: number;
  /** Not written when left out. */
  reasonCode?: number;
  /** Not written when left out; then goes with a reason code. */
  properties?: PropertyOption;
}

function reason({ reasonCode, properties }: { reasonCode?: number; properties?: PropertyOption }): Buffer {
  if (reasonCode === undefined && properties === undefined) return Buffer.alloc(0);
  const block = properties === undefined ? Buffer.alloc(0) : propertyBlock(properties);
  return Buffer.concat([u8(reasonCode ?? 0), block]);
}

const ack = (firstByte: number) => (options: AckOptions | number) => {
  const given = typeof options === "number" ? { packetIdentifier: options } : options;
  return packet(firstByte, u16(given.packetIdentifier), reason(given));
};

export const puback = ack(0x40);
export const pubrec = ack(0x50);
export const pubrel = ack(0x62);
export const pubcomp = ack(0x70);

interface SubscriptionOptions {
  filter: string | Uint8Array;
  qos?: number;
  noLocal?: boolean;
  retainAsPublished?: boolean;
  retainHandling?: number;
  /** Raw: the whole options byte. */
  options?: number;
}

export interface SubscribeOptions {
  version?: Version;
  packetIdentifier?: number;
  subscriptions: (SubscriptionOptions | string)[];
  properties?: PropertyOption;
}

function subscription(given: SubscriptionOptions | string): Buffer {
  const options = typeof given === "string" ? { filter: given } : given;
  const { qos = 0, retainHandling = 0 } = options;
  const bits = qos | (options.noLocal ? 4 : 0) | (options.retainAsPublished ? 8 : 0) | (retainHandling << 4);
  return Buffer.concat([field(options.filter), u8(options.options ?? bits)]);
}

export function subscribe(options: SubscribeOptions): Buffer {
  const { version = 5, packetIdentifier = 1, subscriptions, properties } = options;
  return packet(0x82, u16(packetIdentifier), block(version, properties), ...subscriptions.map(subscription));
}

export interface UnsubscribeOptions {
  version?: Version;
  packetIdentifier?: number;
  filters: (string | Uint8Array)[];
  properties?: PropertyOption;
}

export function unsubscribe(options: UnsubscribeOptions): Buffer {
  const { version = 5, packetIdentifier = 1, filters, properties } = options;
  return packet(0xa2, u16(packetIdentifier), block(version, properties), ...filters.map(field));
}

/** Without options the short form, the only one in 3.x. */
export function disconnect(options: { reasonCode?: number; properties?: PropertyOption } = {}): Buffer {
  return packet(0xe0, reason(options));
}

export function auth(options: { reasonCode?: number; properties?: PropertyOption } = {}): Buffer {
  return packet(0xf0, reason(options));
}

export function pingreq(): Buffer {
  return packet(0xc0);
}
