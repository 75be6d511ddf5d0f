import type { ProtocolVersion } from "../codec/version.ts";
import type { ClientInfo } from "../security/access.ts";
import { identityOf } from "../security/identity.ts";
import { TRANSPORTS, type Transport } from "../transport/peer.ts";

/** Whoever left a will, as JSON: what rights go by, beside the names that the session has. Of a certificate or key nothing is kept. */
export interface StoredAuthor {
  readonly listener: string;
  readonly transport: Transport;
  readonly version: ProtocolVersion;
  readonly remoteAddress: string;
  readonly groups?: readonly string[];
  readonly acl?: unknown;
}

export function storedAuthor({ listener, transport, version, remoteAddress, identity }: ClientInfo): StoredAuthor {
  const { groups = [], acl } = identity ?? {};
  return {
    ...{ listener, transport, version, remoteAddress },
    ...(groups.length > 0 && { groups }),
    ...(acl !== undefined && { acl }),
  };
}

/** @throws {RangeError} for what `storedAuthor` never makes */
export function restoredAuthor(value: unknown, clientIdentifier: string, username: string | undefined): ClientInfo {
  if (typeof value !== "object" || value === null) throw new RangeError("the author of the will is no object");
  const author: { readonly [Name in keyof StoredAuthor]?: unknown } = value;
  const { listener, transport, version, remoteAddress, groups = [], acl } = author;
  return {
    clientIdentifier,
    username,
    identity: identityOf({ username, groups: checked("groups", groups, isTexts, "a list of strings"), acl }),
    version: checked("version", version, isVersion, "3, 4 or 5"),
    transport: checked("transport", transport, isTransport, `one of ${TRANSPORTS.join(", ")}`),
    remoteAddress: checked("remoteAddress", remoteAddress, isText, "a string"),
    remotePort: 0,
    listener: checked("listener", listener, isText, "a string"),
    certificate: undefined,
    pskIdentity: undefined,
  };
}

function checked<T>(name: string, value: unknown, isGood: (value: unknown) => value is T, allowed: string): T {
  if (isGood(value)) return value;
  throw new RangeError(`"${name}" of the author of the will cannot be used; allowed: ${allowed}`);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isVersion(value: unknown): value is ProtocolVersion {
  return value === 3 || value === 4 || value === 5;
}

function isTransport(value: unknown): value is Transport {
  return TRANSPORTS.some((known) => known === value);
}
