import { REASON } from "../../codec/reason-codes.ts";
import { burstOf, type ClientLimits } from "../../config/client-limits.ts";
import { PacketError } from "../../errors.ts";
import type { Statistics } from "../../observability/statistics.ts";
import type { ClientInfo } from "../access.ts";
import { addressKey } from "../guard/address-key.ts";
import { BucketTable } from "./bucket-table.ts";
import type { ClientLimitRules } from "./client-limit-rules.ts";
import type { Pace } from "./pace.ts";
import { Paces } from "./paces.ts";
import { Places } from "./places.ts";

/** What a client that is connected has of what it shares with others. */
export interface Share {
  readonly clientIdentifier: string;
  /** Keys of its places. */
  readonly places: readonly string[];
  /** Undefined: it may send as fast as it can. */
  readonly pace: Pace | undefined;
}

/** Which limits hold for which clients, beside those of the broker, and what of them is taken. */
export class ClientLimiter {
  #rules: ClientLimitRules;
  readonly #statistics: Statistics;
  readonly #places = new Places();
  readonly #paces = new Paces();
  readonly #connects = new BucketTable();

  constructor(rules: ClientLimitRules, statistics: Statistics) {
    this.#rules = rules;
    this.#statistics = statistics;
  }

  /** Clients that are connected keep the limits that they came in with. */
  replace(rules: ClientLimitRules): void {
    this.#rules = rules;
  }

  /** Of a client whose identity is known. Undefined: it has none of its own. @param ofListener where no rule is about it */
  of(
    { identity, clientIdentifier, remoteAddress, listener }: ClientInfo,
    ofListener: ClientLimits | undefined,
  ): ClientLimits | undefined {
    const { username, groups = [] } = identity ?? {};
    return this.#rules.for({ username, groups, clientIdentifier, remoteAddress }, listener) ?? ofListener;
  }

  /** @throws {PacketError} 0x9f, 0x97 */
  check(info: ClientInfo, limits: ClientLimits): void {
    if (!this.#isInTime(info, limits)) {
      this.#statistics.connectionsRefusedRate++;
      throw new PacketError(REASON.CONNECTION_RATE_EXCEEDED, "clients of this user connect too often");
    }
    for (const { key, most } of placesOf(info, limits)) {
      if (this.#places.hasRoom(key, info.clientIdentifier, most)) continue;
      throw new PacketError(REASON.QUOTA_EXCEEDED, "as many clients of this user or address are connected as may be");
    }
  }

  /** The client is in. */
  take(info: ClientInfo, limits: ClientLimits): Share {
    const { clientIdentifier } = info;
    const places = placesOf(info, limits).map(({ key }) => key);
    for (const key of places) this.#places.take(key, clientIdentifier);
    return { clientIdentifier, places, pace: this.#paces.take(paceName(info, limits), limits) };
  }

  /** The client is gone. */
  giveBack({ clientIdentifier, places, pace }: Share): void {
    for (const key of places) this.#places.giveBack(key, clientIdentifier);
    if (pace !== undefined) this.#paces.giveBack(pace);
  }

  #isInTime(info: ClientInfo, { connectionRatePerUser: rate, connectionBurstPerUser: burst }: ClientLimits): boolean {
    const user = userKey(info);
    if (rate === undefined || user === undefined) return true;
    return this.#connects.take([user, rate, burst].join("\0"), rate, burstOf(rate, burst));
  }
}

/** Undefined: nobody in particular. */
function userKey({ identity }: ClientInfo): string | undefined {
  return identity?.username === undefined ? undefined : `user\0${identity.username}`;
}

/** Undefined: a Unix socket. */
function hostKey({ remoteAddress }: ClientInfo): string | undefined {
  return remoteAddress === "" ? undefined : `address\0${addressKey(remoteAddress)}`;
}

function paceName(info: ClientInfo, { ratesPer }: ClientLimits): string {
  const user = ratesPer === "user" ? userKey(info) : undefined;
  const shared = user ?? (ratesPer === "user" || ratesPer === "address" ? hostKey(info) : undefined);
  return shared ?? `client\0${info.clientIdentifier}`;
}

function placesOf(
  info: ClientInfo,
  { maximumConnectionsPerUser: perUser, maximumConnectionsPerAddress: perAddress }: ClientLimits,
): { key: string; most: number }[] {
  const user = userKey(info);
  const host = hostKey(info);
  const places: { key: string; most: number }[] = [];
  if (perUser !== undefined && user !== undefined) places.push({ key: user, most: perUser });
  if (perAddress !== undefined && host !== undefined) places.push({ key: host, most: perAddress });
  return places;
}
