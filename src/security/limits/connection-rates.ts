import { burstOf, type ListenerLimits } from "../../config/client-limits.ts";
import { addressKey } from "../guard/address-key.ts";
import { BucketTable } from "./bucket-table.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How often connections may be opened by one listener, by all and by each address (IPv6: each /64). */
export class ConnectionRates {
  readonly #limits: ListenerLimits;
  readonly #all: TokenBucket | undefined;
  readonly #addresses = new BucketTable();

  constructor(limits: ListenerLimits = {}) {
    const { connectionRate, connectionBurst } = limits;
    this.#limits = limits;
    this.#all =
      connectionRate === undefined
        ? undefined
        : new TokenBucket(connectionRate, burstOf(connectionRate, connectionBurst), performance.now());
  }

  /** Whether one more connection may be opened from there now; then it counts. What an address is refused takes nothing from the others. */
  take(address: string): boolean {
    if (this.#all !== undefined && this.#all.tokens(performance.now()) < 1) return false;
    if (!this.#takeOfAddress(address)) return false;
    this.#all?.take(1);
    return true;
  }

  /** A Unix socket has no addresses to tell apart. */
  #takeOfAddress(address: string): boolean {
    const { connectionRatePerAddress: rate, connectionBurstPerAddress: burst } = this.#limits;
    if (rate === undefined || address === "") return true;
    return this.#addresses.take(addressKey(address), rate, burstOf(rate, burst));
  }
}
