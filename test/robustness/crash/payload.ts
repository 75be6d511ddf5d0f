import { crc32 } from "node:zlib";
import type { WireProperties } from "../../support/wire-properties.ts";
import { Random } from "../support/random.ts";

/** A payload is a number, the checksum of topic, number and filler, and the filler; all of it follows from topic and number. */

const HEADER = 8;
const LARGE = 100_000;
const FILLER = new Random(1).bytes(LARGE + 1_000);
const LIFETIME = 3_600;

function fillerLength(number: number): number {
  if (number % 150 === 50) return LARGE;
  return number % 20 === 7 ? 3_000 + number : number % 250;
}

function checksum(topic: string, payload: Uint8Array): number {
  return crc32(payload.subarray(HEADER), crc32(payload.subarray(0, 4), crc32(topic)));
}

export function payloadOf(topic: string, number: number): Buffer {
  const from = number % 1_000;
  const length = fillerLength(number);
  const payload = Buffer.concat([Buffer.alloc(HEADER), FILLER.subarray(from, from + length)]);
  payload.writeUInt32BE(number);
  payload.writeUInt32BE(checksum(topic, payload), 4);
  return payload;
}

/** The number; undefined where a byte of the payload is not what was sent. */
export function numberIn(topic: string, payload: Buffer): number | undefined {
  if (payload.length < HEADER || payload.readUInt32BE(4) !== checksum(topic, payload)) return undefined;
  const number = payload.readUInt32BE();
  return payload.length === HEADER + fillerLength(number) ? number : undefined;
}

export function propertiesOf(number: number): WireProperties {
  return {
    ...(number % 3 === 0 && { messageExpiryInterval: LIFETIME }),
    ...(number % 5 === 0 && { contentType: `type ${number}` }),
    ...(number % 2 === 0 && { userProperties: [["number", String(number)]] as [string, string][] }),
  };
}

/** Whether these are the properties of the message; of its lifetime some may have gone by. */
export function areItsProperties(number: number, properties: WireProperties): boolean {
  const { messageExpiryInterval: expected, ...rest } = propertiesOf(number);
  const { messageExpiryInterval: left, subscriptionIdentifiers: _, ...others } = properties;
  if (JSON.stringify(rest) !== JSON.stringify(sorted(others))) return false;
  return expected === undefined ? left === undefined : left !== undefined && left > 0 && left <= expected;
}

/** In the order in which `propertiesOf` names them: that on the wire says nothing. */
function sorted({ contentType, userProperties, ...others }: WireProperties): WireProperties {
  return { ...(contentType !== undefined && { contentType }), ...(userProperties && { userProperties }), ...others };
}
