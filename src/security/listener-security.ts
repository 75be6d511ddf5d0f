import type { AuthorizeHook, ClientInfo } from "./access.ts";
import type { AccessRules } from "./acl/access-rules.ts";
import type { AuthenticationChain, Decision } from "./authentication-chain.ts";
import { isGuess } from "./authenticator.ts";
import type { AuthenticationMethod, AuthenticationStep } from "./enhanced.ts";
import type { Guard } from "./guard/guard.ts";

/** What is read from files and may be read anew. */
export interface ListenerRules {
  readonly chain: AuthenticationChain;
  /** Methods of enhanced authentication by name. */
  readonly methods: ReadonlyMap<string, AuthenticationMethod>;
  /** Undefined: nothing is said about rights. */
  readonly accessRules: AccessRules | undefined;
  /** Undefined: everything is allowed. */
  readonly authorize: AuthorizeHook | undefined;
}

const NOTHING = new Uint8Array();

/** Who may come in by one listener. */
export class ListenerSecurity {
  readonly #guard: Guard;
  #rules: ListenerRules;

  constructor(rules: ListenerRules, guard: Guard) {
    this.#rules = rules;
    this.#guard = guard;
  }

  get accessRules(): AccessRules | undefined {
    return this.#rules.accessRules;
  }

  get authorize(): AuthorizeHook | undefined {
    return this.#rules.authorize;
  }

  /** Takes effect for all that is asked from now on; clients that are connected stay. */
  replace(rules: ListenerRules): void {
    this.#rules = rules;
  }

  method(name: string): AuthenticationMethod | undefined {
    return this.#rules.methods.get(name);
  }

  /** Answers at once where that is possible. Does not reject. */
  authenticate(client: ClientInfo, password: Uint8Array | undefined): Decision | Promise<Decision> {
    return this.#guard.watch<Decision>({
      client,
      // Whoever names a user and shows nothing may be looking for names, and is not to keep a service busy.
      evidence: password ?? (client.username === undefined ? undefined : NOTHING),
      run: () => this.#rules.chain.authenticate(client, password),
      judge: (decision) => {
        if (decision.outcome === "allow") return "success";
        return decision.isGuess ? "guess" : "neither";
      },
    });
  }

  /** A step of an exchange by a method. @throws what the method throws */
  async step(
    client: ClientInfo,
    data: Uint8Array | undefined,
    take: () => AuthenticationStep | Promise<AuthenticationStep>,
  ): Promise<AuthenticationStep> {
    const step = await this.#guard.watch<AuthenticationStep>({
      client,
      evidence: data,
      run: take,
      judge: (step) => {
        if (step.status === "success") return "success";
        return step.status === "failure" && isGuess(step.reasonCode) ? "guess" : "neither";
      },
    });
    if ("status" in step) return step;
    return { status: "failure", reasonCode: step.reasonCode, reasonString: step.detail };
  }
}
