import type { Logger } from "pino";
import { REASON } from "../../codec/reason-codes.ts";
import type { Statistics } from "../../observability/statistics.ts";
import { AddressList } from "../../transport/proxy/address-list.ts";
import type { ClientInfo } from "../access.ts";
import { type Refusal, refuse } from "../authenticator.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { GUARD, type GuardOptions } from "../options.ts";
import { SecretKeys } from "../secret-keys.ts";
import { addressKey } from "./address-key.ts";
import { Tally } from "./tally.ts";
import { Turns } from "./turns.ts";

/** Attempts of one address that are looked at side by side, so that a burst of them is stopped like a row. */
const ATTEMPTS_AT_ONCE = 4;
/** Attempts of one address that may wait for that; what a client showed is kept until then, even when it has gone. */
const MOST_LATE_ATTEMPTS = 200;
/** How many pairs of user and address are remembered as good, and for how long. */
const MOST_FAMILIAR = 100_000;
const FAMILIAR_FOR = 30 * 24 * 3_600_000;
const SECOND = 1_000;
const EMPTY = new Uint8Array();

/** An attempt to authenticate. */
export interface Attempt<T> {
  readonly client: ClientInfo;
  /** What is shown; the same again is no new guess. Undefined: nothing that could be guessed. */
  readonly evidence: Uint8Array | undefined;
  run(): T | Promise<T>;
  judge(result: T): "success" | "guess" | "neither";
}

/**
 * Slows down and shuts out those who try passwords. An address that fails too often is banned. Failures for one user from everywhere only make
 * answers late, and not at addresses from which that user came in before, so that nobody can lock a user out from elsewhere.
 */
export class Guard {
  readonly #options: GuardOptions;
  readonly #statistics: Statistics;
  readonly #log: Logger;
  readonly #addresses: Tally;
  readonly #users: Tally;
  readonly #connects: Tally;
  readonly #familiar = new ExpiringCache<true>(MOST_FAMILIAR);
  readonly #turns = new Turns(ATTEMPTS_AT_ONCE, MOST_LATE_ATTEMPTS);
  readonly #keys = new SecretKeys();
  readonly #trusted: AddressList;

  /** @throws {TernmqError} ERR_ARGUMENT for a trusted address that is none */
  constructor(given: Partial<GuardOptions>, statistics: Statistics, log: Logger) {
    const options = { ...GUARD, ...given };
    this.#options = options;
    this.#statistics = statistics;
    this.#log = log;
    const { maximumDelay, addressDelayAfter, addressBanAfter, userDelayAfter, userBanAfter, flappingLimit } = options;
    const common = { window: options.window * SECOND, banFor: options.banSeconds * SECOND, maximumDelay };
    this.#addresses = new Tally({ ...common, delayAfter: addressDelayAfter, banAfter: addressBanAfter });
    this.#users = new Tally({ ...common, delayAfter: userDelayAfter, banAfter: userBanAfter });
    this.#connects = new Tally({
      window: options.flappingWindow * SECOND,
      delayAfter: Number.POSITIVE_INFINITY,
      banAfter: flappingLimit === 0 ? 0 : flappingLimit + 1,
      banFor: options.flappingHold * SECOND,
      maximumDelay: 0,
    });
    this.#trusted = new AddressList(options.trusted);
  }

  /** Whether connections from there are closed before anything is read from them. */
  isBanned(address: string): boolean {
    return this.#addresses.isBanned(addressKey(address)) && !this.isTrusted(address);
  }

  /** Whether what comes from there is not watched. A Unix socket has no addresses to tell apart. */
  isTrusted(address: string): boolean {
    return address === "" || this.#trusted.has(address.replace(/%.*$/, ""));
  }

  /** Lets an attempt have its turn. */
  watch<T>(attempt: Attempt<T>): T | Refusal | Promise<T | Refusal> {
    const { client, evidence } = attempt;
    if (evidence === undefined || this.isTrusted(client.remoteAddress)) return attempt.run();
    const key = addressKey(client.remoteAddress);
    if (this.#delay(client) > 0 || !this.#turns.tryTake(key)) return this.#later(attempt, key);
    const result = this.#run(attempt, key);
    return result instanceof Promise ? this.#finish(attempt, key, result) : result;
  }

  /** Whether this client, which may come in otherwise, connects too often. */
  holdsOff({ clientIdentifier, identity, remoteAddress }: ClientInfo): boolean {
    if (this.#options.flappingLimit === 0 || this.isTrusted(remoteAddress)) return false;
    const key = this.#keys.of(identity?.username ?? "", clientIdentifier);
    if (this.#connects.count(key)) {
      this.#log.warn({ client: clientIdentifier, seconds: this.#options.flappingHold }, "a client connects in a loop");
    }
    if (!this.#connects.isBanned(key)) return false;
    this.#statistics.clientsHeldOff++;
    return true;
  }

  async #later<T>(attempt: Attempt<T>, key: string): Promise<T | Refusal> {
    if (!(await this.#turns.take(key, this.#delay(attempt.client)))) return tooMany();
    const refusal = this.#refusal(attempt.client);
    if (refusal === undefined) return this.#finish(attempt, key, this.#run(attempt, key));
    this.#turns.giveBack(key);
    return refusal;
  }

  /** Gives the turn back where the result is there at once. */
  #run<T>(attempt: Attempt<T>, key: string): T | Promise<T> {
    let result: T | Promise<T> | undefined;
    try {
      result = attempt.run();
      if (!(result instanceof Promise)) this.#note(attempt, result);
      return result;
    } finally {
      if (!(result instanceof Promise)) this.#turns.giveBack(key);
    }
  }

  async #finish<T>(attempt: Attempt<T>, key: string, running: T | Promise<T>): Promise<T> {
    if (!(running instanceof Promise)) return running;
    try {
      const result = await running;
      this.#note(attempt, result);
      return result;
    } finally {
      this.#turns.giveBack(key);
    }
  }

  #refusal(client: ClientInfo): Refusal | undefined {
    if (this.isBanned(client.remoteAddress)) return refuse(REASON.BANNED, "too many failed attempts");
    const user = this.#strangersUser(client);
    if (user === undefined || !this.#users.isBanned(user)) return undefined;
    return tooMany();
  }

  /** Milliseconds; at least one where it has to be seen whether the client may try at all. */
  #delay(client: ClientInfo): number {
    const delay = this.#addresses.delay(addressKey(client.remoteAddress));
    const user = this.#strangersUser(client);
    if (user === undefined) return delay;
    return Math.max(delay, this.#users.delay(user), this.#users.isBanned(user) ? 1 : 0);
  }

  /** The key of the user, unless there is none or the user came in from there before. */
  #strangersUser(client: ClientInfo): string | undefined {
    if (client.username === undefined || this.#familiar.get(this.#pair(client)) === true) return undefined;
    return this.#keys.of(client.username);
  }

  #note<T>({ client, evidence = EMPTY, judge }: Attempt<T>, result: T): void {
    const { username = "", remoteAddress } = client;
    const outcome = judge(result);
    if (outcome === "success") this.#familiar.set(this.#pair(client), true, FAMILIAR_FOR);
    if (outcome !== "guess") return;
    const guess = this.#keys.of(username, evidence).slice(0, 12);
    if (username !== "") this.#users.count(this.#keys.of(username), guess);
    if (!this.#addresses.count(addressKey(remoteAddress), guess)) return;
    this.#statistics.addressesBanned++;
    this.#log.warn({ address: addressKey(remoteAddress), seconds: this.#options.banSeconds }, "banned an address");
  }

  #pair({ username = "", remoteAddress }: ClientInfo): string {
    return this.#keys.of(username, addressKey(remoteAddress));
  }
}

function tooMany(): Refusal {
  return refuse(REASON.SERVER_BUSY, "too many failed attempts: try again later");
}
