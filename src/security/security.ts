import type { Logger } from "pino";
import type { Statistics } from "../observability/statistics.ts";
import type { AccessControl, AuthorizeHook } from "./access.ts";
import type { AccessRules } from "./acl/access-rules.ts";
import type { AccessOptions } from "./acl/options.ts";
import { AuthenticationChain } from "./authentication-chain.ts";
import type { WaitBounds } from "./bounded-work.ts";
import { checkAuthentication } from "./check-authentication.ts";
import type { AuthenticationMethod } from "./enhanced.ts";
import { Guard } from "./guard/guard.ts";
import { hookAuthenticator } from "./hook-authenticator.ts";
import { type ListenerRules, ListenerSecurity } from "./listener-security.ts";
import { type AuthenticationOptions, type ListenerAuthenticationOptions, PASSWORD_WORK } from "./options.ts";
import { PasswordChecks } from "./passwords/password-checks.ts";
import { scramMethods } from "./scram/method.ts";
import { type Opened, SecurityFiles } from "./security-files.ts";

/** What a listener may have of its own. */
export interface DoorOptions {
  readonly authentication: ListenerAuthenticationOptions | undefined;
  readonly accessRules: AccessOptions | undefined;
  /** Only programs of this machine reach it. */
  readonly isLocal: boolean;
}

/** What there is to know of a listener to keep its door. */
export interface Door extends DoorOptions {
  readonly name: string;
}

/** What can change while the broker runs. */
export interface ChangeableSecurity {
  readonly authentication?: AuthenticationOptions | undefined;
  readonly accessRules?: AccessOptions | undefined;
}

export interface SecurityOptions extends ChangeableSecurity {
  /** The program's own hooks, asked behind all others. */
  readonly access?: AccessControl;
  readonly authenticationMethods?: readonly AuthenticationMethod[];
}

/** Of listeners that are not there any more, whose clients left something. */
const ELSEWHERE: Door = { name: "", isLocal: false, authentication: undefined, accessRules: undefined };

/** Who may come in to a broker, and who is kept out. */
export class Security {
  readonly guard: Guard;
  readonly #options: SecurityOptions;
  #common: ChangeableSecurity;
  readonly #log: Logger;
  readonly #bounds: WaitBounds;
  readonly #checks: PasswordChecks;
  readonly #doors = new Map<Door, ListenerSecurity>();

  /**
   * @param connectTimeout milliseconds that a client may take to connect
   * @throws {TernmqError} ERR_ARGUMENT
   */
  constructor(options: SecurityOptions, connectTimeout: number, statistics: Statistics, log: Logger) {
    const { authentication } = options;
    this.#options = options;
    this.#common = options;
    this.#log = log;
    this.guard = new Guard(authentication?.guard ?? {}, statistics, log);
    const passwords = { ...PASSWORD_WORK, ...authentication?.passwords };
    this.#bounds = { maximumWaiting: passwords.maximumWaiting, maximumWait: connectTimeout };
    this.#checks = new PasswordChecks(passwords, connectTimeout);
  }

  /** Reads what is needed to keep the doors. @throws {TernmqError} by the promise, for a file that cannot be used */
  async open(doors: readonly Door[]): Promise<void> {
    const files = this.#files();
    const read = await Promise.all(
      [ELSEWHERE, ...doors].map(async (door) => ({ door, rules: await this.#read(door, door, this.#common, files) })),
    );
    for (const { door, rules } of read) {
      this.#doors.set(door, new ListenerSecurity(rules, this.guard));
      if (rules.chain.isShut && door !== ELSEWHERE) this.#tellShut(door);
    }
  }

  /** Of the door by this name; where there is none, what holds for all that have nothing of their own. */
  named(name: string): ListenerSecurity {
    for (const [door, security] of this.#doors) if (door.name === name) return security;
    return this.of(ELSEWHERE);
  }

  /** Of a door that was not opened only the program's own hooks are known. */
  of(door: Door): ListenerSecurity {
    const known = this.#doors.get(door);
    if (known !== undefined) return known;
    const security = new ListenerSecurity(this.#rules(door.isLocal, {}, [], undefined), this.guard);
    this.#doors.set(door, security);
    return security;
  }

  /**
   * Reads all files anew. Nothing changes until the function that comes back is called, which cannot fail.
   * @param common in place of what there was
   * @param ofListener what a listener has of its own, by name, asked once for each in the order in which they were opened; undefined: what it had
   * @throws {TernmqError} by the promise, for a file that cannot be used
   */
  async prepare(common = this.#common, ofListener?: (name: string) => DoorOptions | undefined): Promise<() => void> {
    const files = this.#files();
    const prepared = await Promise.all(
      [...this.#doors].map(async ([door, security]) => {
        // A listener that is not told of stays open, as it is.
        const own = ofListener?.(door.name) ?? door;
        return { security, rules: await this.#read(door, own, common, files) };
      }),
    );
    return () => {
      this.#common = common;
      for (const { security, rules } of prepared) security.replace(rules);
    };
  }

  #tellShut({ name }: Door): void {
    this.#log.warn(
      { listener: name },
      "nobody can connect by this listener: configure an authentication for it, or allow anonymous clients",
    );
  }

  #files(): SecurityFiles {
    return new SecurityFiles(this.#checks, this.#bounds, this.#log);
  }

  async #read(door: Door, own: DoorOptions, common: ChangeableSecurity, files: SecurityFiles): Promise<ListenerRules> {
    checkAuthentication(common.authentication, "authentication");
    checkAuthentication(own.authentication, `authentication of the listener ${door.name}`);
    const options = { ...common.authentication, ...own.authentication };
    const opened = await Promise.all((options.authenticators ?? []).map((each) => files.open(each)));
    const access = own.accessRules ?? common.accessRules;
    // Its address stays while it is open, whatever is written now.
    const isLocal = door.isLocal && own.isLocal;
    return this.#rules(isLocal, options, opened, access && (await files.rules(access)));
  }

  #rules(
    isLocal: boolean,
    { allowAnonymous }: ListenerAuthenticationOptions,
    opened: readonly Opened[],
    accessRules: AccessRules | undefined,
  ): ListenerRules {
    const { access, authenticationMethods = [] } = this.#options;
    const authenticators = opened.flatMap(({ authenticator }) => authenticator ?? []);
    if (access?.authenticate !== undefined)
      authenticators.push(hookAuthenticator("access", access.authenticate, this.#bounds.maximumWait));
    const allows = allowAnonymous ?? (isLocal && authenticators.length === 0);
    const scram = scramMethods(opened.flatMap(({ scramUsers }) => scramUsers ?? []));
    return {
      chain: new AuthenticationChain(authenticators, allows, this.#log),
      methods: new Map([...scram, ...authenticationMethods].map((method) => [method.name, method])),
      accessRules,
      authorize: everyOne([access?.authorize, ...opened.map(({ authorize }) => authorize)]),
    };
  }
}

/** Allows what all of them allow. One that makes a mistake allows nothing. */
function everyOne(hooks: readonly (AuthorizeHook | undefined)[]): AuthorizeHook | undefined {
  const all = hooks.filter((hook) => hook !== undefined);
  if (all.length === 0) return undefined;
  return (client, action, topic) => {
    for (const hook of all) if (!isYes(hook(client, action, topic))) return false;
    return true;
  };
}

/** @throws {TypeError} for what is no answer, as the promise of an `async` function, which would count as a yes */
function isYes(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  if (answer instanceof Promise) answer.catch(() => undefined);
  throw new TypeError("authorize has to answer at once, with true or false");
}
