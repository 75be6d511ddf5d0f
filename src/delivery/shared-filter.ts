import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";

const PREFIX = Buffer.from("$share/");
const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;

/**
 * Splits `$share/{name}/{filter}`; undefined for a filter that is not shared.
 * @throws {PacketError} 0x8f where name or filter are missing or the name holds a wildcard [MQTT-4.8.2-1] [MQTT-4.8.2-2]
 */
export function parseSharedFilter(filter: Buffer): { filter: Buffer } | undefined {
  if (!filter.subarray(0, PREFIX.length).equals(PREFIX)) return undefined;
  const slash = filter.indexOf(SLASH, PREFIX.length);
  const name = filter.subarray(PREFIX.length, slash === -1 ? filter.length : slash);
  if (name.length === 0 || name.includes(PLUS) || name.includes(HASH)) {
    throw new PacketError(REASON.TOPIC_FILTER_INVALID, "a shared subscription needs a name without wildcards");
  }
  if (slash === -1 || slash === filter.length - 1) {
    throw new PacketError(REASON.TOPIC_FILTER_INVALID, "a shared subscription needs a topic filter behind its name");
  }
  return { filter: filter.subarray(slash + 1) };
}

/** The filter that the messages of a subscription match, whether it is shared or not; not checked. */
export function withoutSharePrefix(filter: Buffer): Buffer {
  if (!filter.subarray(0, PREFIX.length).equals(PREFIX)) return filter;
  return filter.subarray(filter.indexOf(SLASH, PREFIX.length) + 1);
}
