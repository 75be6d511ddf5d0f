import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import type { Client } from "./client.ts";

const SLASH = 0x2f;

/** Whether the topic name or filter at `start` to `end` has more levels than this client may use. The broker's own limit was looked at already. */
export function hasTooManyLevels({ ownLimits }: Client, topic: Uint8Array, start = 0, end = topic.length): boolean {
  const maximumTopicLevels = ownLimits?.maximumTopicLevels;
  if (maximumTopicLevels === undefined) return false;
  let levels = 1;
  for (let at = start; at < end; at++) if (topic[at] === SLASH) levels++;
  return levels > maximumTopicLevels;
}

/** @throws {PacketError} 0x90 */
export function checkLevels(client: Client, topic: Uint8Array, start = 0, end = topic.length): void {
  if (!hasTooManyLevels(client, topic, start, end)) return;
  throw new PacketError(REASON.TOPIC_NAME_INVALID, "a topic has more levels than this client may use");
}
