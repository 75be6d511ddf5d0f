import { Cursor, field, u8, u16, u32, varint } from "./wire.ts";

/** The properties of MQTT 5.0 §2.2.2.2, written apart from src/codec. Values that may repeat are lists. */
export interface WireProperties {
  payloadFormatIndicator?: number;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  subscriptionIdentifiers?: number[];
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: number;
  willDelayInterval?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: number;
  userProperties?: [string, string][];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdentifierAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

type Kind = "byte" | "two" | "four" | "varint" | "text" | "binary" | "pair";

const WIRE_PROPERTIES: Readonly<Record<keyof WireProperties, readonly [identifier: number, kind: Kind]>> = {
  payloadFormatIndicator: [1, "byte"],
  messageExpiryInterval: [2, "four"],
  contentType: [3, "text"],
  responseTopic: [8, "text"],
  correlationData: [9, "binary"],
  subscriptionIdentifiers: [11, "varint"],
  sessionExpiryInterval: [17, "four"],
  assignedClientIdentifier: [18, "text"],
  serverKeepAlive: [19, "two"],
  authenticationMethod: [21, "text"],
  authenticationData: [22, "binary"],
  requestProblemInformation: [23, "byte"],
  willDelayInterval: [24, "four"],
  requestResponseInformation: [25, "byte"],
  responseInformation: [26, "text"],
  serverReference: [28, "text"],
  reasonString: [31, "text"],
  receiveMaximum: [33, "two"],
  topicAliasMaximum: [34, "two"],
  topicAlias: [35, "two"],
  maximumQos: [36, "byte"],
  retainAvailable: [37, "byte"],
  userProperties: [38, "pair"],
  maximumPacketSize: [39, "four"],
  wildcardSubscriptionAvailable: [40, "byte"],
  subscriptionIdentifierAvailable: [41, "byte"],
  sharedSubscriptionAvailable: [42, "byte"],
};

const NAMES = Object.keys(WIRE_PROPERTIES) as (keyof WireProperties)[];

function value(kind: Kind, given: unknown): Buffer {
  if (kind === "pair" && Array.isArray(given)) return Buffer.concat(given.map((each) => field(String(each))));
  if (given instanceof Uint8Array || typeof given === "string") return field(given);
  const number = Number(given);
  return kind === "byte" ? u8(number) : kind === "two" ? u16(number) : kind === "four" ? u32(number) : varint(number);
}

/** Property bytes without the length in front, in the order in which the names stand in `properties`. */
export function propertyBytes(properties: WireProperties): Buffer {
  const parts = Object.entries(properties).flatMap(([name, given]) => {
    const [identifier, kind] = WIRE_PROPERTIES[name as keyof WireProperties];
    const values: unknown[] = kind === "varint" || kind === "pair" ? (given as unknown[]) : [given];
    return values.flatMap((each) => [u8(identifier), value(kind, each)]);
  });
  return Buffer.concat(parts);
}

/** Property length and properties. Bytes are taken as they are, for what no encoder would write. */
export function propertyBlock(properties: WireProperties | Uint8Array = {}): Buffer {
  const bytes = properties instanceof Uint8Array ? properties : propertyBytes(properties);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function read(cursor: Cursor, kind: Kind): unknown {
  switch (kind) {
    case "byte":
      return cursor.u8();
    case "two":
      return cursor.u16();
    case "four":
      return cursor.u32();
    case "varint":
      return cursor.varint();
    case "text":
      return cursor.text();
    case "binary":
      return cursor.field();
    case "pair":
      return [cursor.text(), cursor.text()];
  }
}

function repeated(properties: Record<string, unknown>, name: string): unknown[] {
  properties[name] ??= [];
  return properties[name] as unknown[];
}

/** Reads a property length and the properties behind it. */
export function readPropertyBlock(cursor: Cursor): WireProperties {
  const block = new Cursor(cursor.take(cursor.varint()));
  const properties: Record<string, unknown> = {};
  while (block.length > 0) {
    const identifier = block.u8();
    const name = NAMES.find((each) => WIRE_PROPERTIES[each][0] === identifier);
    if (name === undefined) throw new Error(`the server sent the unknown property ${identifier}`);
    const kind = WIRE_PROPERTIES[name][1];
    const given = read(block, kind);
    if (kind === "varint" || kind === "pair") repeated(properties, name).push(given);
    else if (name in properties) throw new Error(`the server sent ${name} twice`);
    else properties[name] = given;
  }
  return properties;
}
