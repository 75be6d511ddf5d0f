import { BoundedWork } from "../bounded-work.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import type { PasswordWork } from "../options.ts";
import { SecretKeys } from "../secret-keys.ts";
import type { PasswordEntry } from "./password-file.ts";

const MOST_REMEMBERED = 100_000;
/** Wrong ones are remembered for a moment, so that a device which repeats its mistake costs nothing. */
const MOST_WRONG = 10_000;
const WRONG_FOR = 30_000;

/** Checks passwords against hashes that are slow by intention, for all password files of a broker. */
export class PasswordChecks {
  readonly #work: BoundedWork;
  readonly #keys = new SecretKeys();
  readonly #right = new ExpiringCache<true>(MOST_REMEMBERED);
  readonly #wrong = new ExpiringCache<true>(MOST_WRONG);
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #timeToLive: number;

  /** @param maximumWait milliseconds after which nobody waits for the outcome */
  constructor({ concurrency, maximumWaiting, cacheSeconds }: PasswordWork, maximumWait: number) {
    this.#work = new BoundedWork({ concurrency, maximumWaiting, maximumWait });
    this.#timeToLive = cacheSeconds * 1000;
  }

  /** Whether the password was right lately, for this very hash. */
  isKnown(entry: PasswordEntry, password: Uint8Array): boolean {
    return this.#right.get(this.#key(entry, password)) === true;
  }

  /**
   * One check for all who ask the same at the same time.
   * @param isReal false: what comes of it is not remembered
   * @throws {PacketError} 0x89 by the promise, when too many wait
   */
  check(entry: PasswordEntry, password: Uint8Array, isReal: boolean): Promise<boolean> {
    const key = this.#key(entry, password);
    if (this.#wrong.get(key) === true) return Promise.resolve(false);
    const same = this.#underWay.get(key);
    if (same !== undefined) return same;
    const check = this.#check(key, entry, Buffer.from(password), isReal);
    this.#underWay.set(key, check);
    return check;
  }

  /** A number below `count`, the same for the same text as long as the process lives. */
  pick(text: string, count: number): number {
    return count === 0 ? 0 : Buffer.from(this.#keys.of(text), "base64").readUInt32BE() % count;
  }

  async #check(key: string, { hash }: PasswordEntry, password: Buffer, isReal: boolean): Promise<boolean> {
    try {
      const isRight = await (hash.isCheap ? hash.matches(password) : this.#work.run(() => hash.matches(password)));
      if (isRight && isReal) this.#right.set(key, true, this.#timeToLive);
      if (!isRight) this.#wrong.set(key, true, WRONG_FOR);
      return isRight;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #key({ username, text }: PasswordEntry, password: Uint8Array): string {
    return this.#keys.of(username, password, text);
  }
}
