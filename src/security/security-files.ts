import type { Logger } from "pino";
import type { AuthorizeHook } from "./access.ts";
import type { AccessRules } from "./acl/access-rules.ts";
import { openAccessRules } from "./acl/open-rules.ts";
import type { AccessOptions } from "./acl/options.ts";
import type { Authenticator } from "./authenticator.ts";
import type { WaitBounds } from "./bounded-work.ts";
import { CertificateAuthenticator } from "./certificate-authenticator.ts";
import type { AuthenticatorOptions } from "./options.ts";
import type { PasswordChecks } from "./passwords/password-checks.ts";
import type { ScramUsers } from "./scram/method.ts";

/** What comes of the options of an authenticator. */
export interface Opened {
  readonly authenticator: Authenticator | undefined;
  /** Users that can authenticate by SCRAM too. */
  readonly scramUsers: ScramUsers | undefined;
  readonly authorize: AuthorizeHook | undefined;
}

/** Opens authenticators and access rules, once for all listeners that share the options. What each kind needs is loaded only where it is asked for. */
export class SecurityFiles {
  readonly #checks: PasswordChecks;
  readonly #bounds: WaitBounds;
  readonly #log: Logger;
  readonly #opened = new Map<AuthenticatorOptions, Promise<Opened>>();
  readonly #rules = new Map<AccessOptions, Promise<AccessRules>>();

  /** @param bounds of what clients wait for */
  constructor(checks: PasswordChecks, bounds: WaitBounds, log: Logger) {
    this.#checks = checks;
    this.#bounds = bounds;
    this.#log = log;
  }

  /** @throws {TernmqError} by the promise, for a file that cannot be used */
  open(options: AuthenticatorOptions): Promise<Opened> {
    const opened = this.#opened.get(options) ?? this.#open(options);
    this.#opened.set(options, opened);
    return opened;
  }

  /** @throws {TernmqError} by the promise, for what cannot be used */
  rules(options: AccessOptions): Promise<AccessRules> {
    const rules = this.#rules.get(options) ?? openAccessRules(options);
    this.#rules.set(options, rules);
    return rules;
  }

  async #open(options: AuthenticatorOptions): Promise<Opened> {
    if (!("type" in options)) return only(options);
    switch (options.type) {
      case "password-file":
        return this.#openPasswords(options.file);
      case "jwt": {
        const { JwtAuthenticator } = await import("./jwt/jwt-authenticator.ts");
        return only(await JwtAuthenticator.open(options, this.#bounds, this.#log));
      }
      case "certificate":
        return only(new CertificateAuthenticator(options.username));
      case "http": {
        const { HttpAuthenticator } = await import("./http/http-authenticator.ts");
        return only(new HttpAuthenticator(options, this.#bounds));
      }
      case "module": {
        const { openModule } = await import("./module-hooks.ts");
        return openModule(options.file, this.#bounds.maximumWait);
      }
    }
  }

  async #openPasswords(file: string): Promise<Opened> {
    const { PasswordAuthenticator } = await import("./passwords/password-authenticator.ts");
    const authenticator = await PasswordAuthenticator.open(file, this.#checks);
    return { authenticator, scramUsers: authenticator, authorize: undefined };
  }
}

function only(authenticator: Authenticator): Opened {
  return { authenticator, scramUsers: undefined, authorize: undefined };
}
