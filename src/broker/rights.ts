import { REASON } from "../codec/reason-codes.ts";
import { withoutSharePrefix } from "../delivery/shared-filter.ts";
import { PacketError } from "../errors.ts";
import { AccessRules } from "../security/acl/access-rules.ts";
import type { ClientAccess } from "../security/acl/client-access.ts";
import { rulesOfClaim } from "../security/acl/open-rules.ts";
import type { AccessRule } from "../security/acl/rule.ts";
import type { TopicRange } from "../security/acl/topic-range.ts";
import type { Client } from "./client.ts";

const NO_RULES = new AccessRules([]);
const DOLLAR = 0x24;
const SLASH = 0x2f;
/** The broker's own topics. */
const RESERVED = Buffer.from("$SYS");

/**
 * What the rules allow the client, now that it is known who it is; undefined: there are none.
 * @throws {PacketError} 0x87 for rules of its token that cannot be understood
 */
export function rightsOf({ info, security }: Pick<Client, "info" | "security">): ClientAccess | undefined {
  if (info?.identity === undefined) return undefined;
  const { clientIdentifier, remoteAddress } = info;
  const { username, groups, acl } = info.identity;
  const rules = security.accessRules ?? (acl === undefined ? undefined : NO_RULES);
  return rules?.for({ username, groups, clientIdentifier, remoteAddress }, acl === undefined ? [] : ownRules(acl));
}

function ownRules(claim: unknown): AccessRule[] {
  try {
    return rulesOfClaim(claim);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PacketError(REASON.NOT_AUTHORIZED, `the access rules of the token cannot be understood: ${reason}`);
  }
}

/**
 * Whether the client may publish to the topic. Topics that begin with `$` are the broker's, and others' only where a rule says
 * so (MQTT 5.0 §4.7.2).
 */
export function mayPublish(client: Pick<Client, "rights" | "info" | "security">, topic: TopicRange): boolean {
  const { rights, info, security } = client;
  const { topicBuffer, topicStart, topicEnd } = topic;
  if (topicBuffer[topicStart] === DOLLAR && (rights === undefined || isReserved(topicBuffer, topicStart, topicEnd)))
    return false;
  if (rights !== undefined && !rights.mayPublish(topic)) return false;
  const { authorize } = security;
  if (authorize === undefined || info === undefined) return true;
  return authorize(info, "publish", topicBuffer.toString("utf8", topicStart, topicEnd));
}

/** @param filter as the client wrote it */
export function maySubscribe({ rights, info, security }: Client, filter: Buffer): boolean {
  const { authorize } = security;
  if (rights === undefined && authorize === undefined) return true;
  const plain = withoutSharePrefix(filter);
  const text = plain.toString("utf8");
  if (rights !== undefined && !rights.maySubscribe(text, plain.length < filter.length)) return false;
  return authorize === undefined || info === undefined || authorize(info, "subscribe", text);
}

function isReserved(topic: Buffer, start: number, end: number): boolean {
  const levelEnd = start + RESERVED.length;
  if (end < levelEnd || topic.compare(RESERVED, 0, RESERVED.length, start, levelEnd) !== 0) return false;
  return end === levelEnd || topic[levelEnd] === SLASH;
}
