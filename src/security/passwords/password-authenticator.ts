import type { ClientInfo } from "../access.ts";
import { type Authenticator, allow, PASS, type Verdict, WRONG_CREDENTIALS } from "../authenticator.ts";
import { identityOf } from "../identity.ts";
import type { ScramUsers } from "../scram/method.ts";
import type { ScramHash, ScramVerifier } from "../scram/verifier.ts";
import type { PasswordChecks } from "./password-checks.ts";
import { type PasswordEntry, readPasswordFile, scramVerifierOf, type Users } from "./password-file.ts";

/** The users of a password file. */
export class PasswordAuthenticator implements Authenticator, ScramUsers {
  readonly name: string;
  readonly #checks: PasswordChecks;
  readonly #users: Users;
  /** One hash of each user, for the pretence. */
  readonly #samples: readonly PasswordEntry[];

  constructor(file: string, users: Users, checks: PasswordChecks) {
    this.name = `password file ${file}`;
    this.#users = users;
    this.#samples = [...users.values()].flatMap((entries) => entries.slice(0, 1));
    this.#checks = checks;
  }

  /** @throws {TernmqError} ERR_PASSWORD_FILE by the promise */
  static async open(file: string, checks: PasswordChecks): Promise<PasswordAuthenticator> {
    return new PasswordAuthenticator(file, await readPasswordFile(file), checks);
  }

  authenticate({ username }: ClientInfo, password: Uint8Array | undefined): Verdict | Promise<Verdict> {
    if (username === undefined || password === undefined) return PASS;
    const [entry] = this.#users.get(username) ?? [];
    if (entry === undefined) return PASS;
    if (this.#checks.isKnown(entry, password)) return allow(identityOf({ username }));
    return this.#check(entry, password);
  }

  /** Checks against the hash of somebody else, always the same one for a name, and forgets what came of it. */
  async pretend({ username = "" }: ClientInfo, password: Uint8Array): Promise<void> {
    const entry = this.#samples[this.#checks.pick(username, this.#samples.length)];
    if (entry !== undefined) await this.#checks.check({ ...entry, username }, password, false);
  }

  anyVerifier(hash: ScramHash): ScramVerifier | undefined {
    for (const entries of this.#users.values()) {
      const verifier = scramVerifierOf(entries, hash);
      if (verifier !== undefined) return verifier;
    }
    return undefined;
  }

  verifier(username: string, hash: ScramHash): ScramVerifier | undefined {
    return scramVerifierOf(this.#users.get(username) ?? [], hash);
  }

  async #check(entry: PasswordEntry, password: Uint8Array): Promise<Verdict> {
    const isRight = await this.#checks.check(entry, password, true);
    return isRight ? allow(identityOf({ username: entry.username })) : WRONG_CREDENTIALS;
  }
}
