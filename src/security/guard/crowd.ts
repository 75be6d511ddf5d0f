import type { Limits } from "../../config/limits.ts";
import type { Statistics } from "../../observability/statistics.ts";
import type { Stranger, Strangers } from "../../transport/strangers.ts";
import { addressKey } from "./address-key.ts";

/** They may change at any time. */
type CrowdLimits = Pick<Limits, "maximumPendingConnections" | "maximumPendingConnectionsPerAddress" | "connectTimeout">;

/** Of `connectTimeout`: whoever is silent for longer has to make room for others. Who means to connect needs less, also where many come at once. */
const PATIENCE = 0.25;

/**
 * Bounds what connections cost that are no clients yet. Where there are too many of them the oldest has to go once it had time enough: so one who opens
 * them and says nothing keeps nobody out. Of one address only so many are let in.
 */
export class Crowd implements Strangers {
  readonly #limits: CrowdLimits;
  readonly #statistics: Statistics;
  readonly #isTrusted: (address: string) => boolean;
  readonly #strangers = new Set<Stranger>();
  readonly #byAddress = new Map<string, number>();

  /** @param isTrusted whether any number may come from an address */
  constructor(limits: CrowdLimits, isTrusted: (address: string) => boolean, statistics: Statistics) {
    this.#limits = limits;
    this.#isTrusted = isTrusted;
    this.#statistics = statistics;
  }

  admits(address: string): boolean {
    const hasRoom = this.#strangers.size < this.#limits.maximumPendingConnections;
    if (this.#hasRoomFor(address) && (hasRoom || this.#makeRoom())) return true;
    this.#statistics.connectionsRefusedPending++;
    return false;
  }

  add(stranger: Stranger): void {
    this.#strangers.add(stranger);
    this.#count(stranger.address, 1);
  }

  remove(stranger: Stranger): void {
    if (this.#strangers.delete(stranger)) this.#count(stranger.address, -1);
  }

  #hasRoomFor(address: string): boolean {
    const count = this.#byAddress.get(addressKey(address)) ?? 0;
    // To look for an address in networks takes microseconds.
    return count < this.#limits.maximumPendingConnectionsPerAddress || this.#isTrusted(address);
  }

  /** False: all of them came lately. */
  #makeRoom(): boolean {
    const [oldest] = this.#strangers;
    const patience = this.#limits.connectTimeout * PATIENCE;
    if (oldest === undefined || performance.now() - oldest.openedAt < patience) return false;
    this.remove(oldest);
    this.#statistics.connectionsRefusedPending++;
    oldest.dismiss();
    return true;
  }

  #count(address: string, change: number): void {
    const key = addressKey(address);
    const count = (this.#byAddress.get(key) ?? 0) + change;
    if (count === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, count);
  }
}
