import type { Logger } from "pino";
import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import type { ClientInfo } from "./access.ts";
import {
  type Authenticator,
  checkVerdict,
  type Refusal,
  refuse,
  type Verdict,
  WRONG_CREDENTIALS,
} from "./authenticator.ts";
import { ANONYMOUS } from "./identity.ts";

/** What a chain says in the end. */
export type Decision = Exclude<Verdict, { readonly outcome: "pass" }>;

/** Those who are asked about the clients of a listener, in order; the first that knows a client decides. */
export class AuthenticationChain {
  readonly #authenticators: readonly Authenticator[];
  readonly #allowsAnonymous: boolean;
  readonly #log: Logger;

  /** @param allowsAnonymous whether clients that show nothing may come in; where there is nobody to ask, any client */
  constructor(authenticators: readonly Authenticator[], allowsAnonymous: boolean, log: Logger) {
    this.#authenticators = authenticators;
    this.#allowsAnonymous = allowsAnonymous;
    this.#log = log;
  }

  /** Whether nobody can come in. */
  get isShut(): boolean {
    return this.#authenticators.length === 0 && !this.#allowsAnonymous;
  }

  /** Answers at once where all who are asked do. */
  authenticate(client: ClientInfo, password: Uint8Array | undefined): Decision | Promise<Decision> {
    for (const [index, authenticator] of this.#authenticators.entries()) {
      const verdict = this.#ask(authenticator, client, password);
      if (verdict instanceof Promise) return this.#continue(verdict, index + 1, client, password);
      if (verdict.outcome !== "pass") return verdict;
    }
    return this.#conclude(client, password);
  }

  async #continue(
    first: Promise<Verdict>,
    next: number,
    client: ClientInfo,
    password: Uint8Array | undefined,
  ): Promise<Decision> {
    const verdict = await first;
    if (verdict.outcome !== "pass") return verdict;
    for (const authenticator of this.#authenticators.slice(next)) {
      const other = await this.#ask(authenticator, client, password);
      if (other.outcome !== "pass") return other;
    }
    return this.#conclude(client, password);
  }

  /** Nobody knew the client. */
  #conclude(client: ClientInfo, password: Uint8Array | undefined): Decision | Promise<Decision> {
    const showsNothing = client.username === undefined && password === undefined;
    if (this.#allowsAnonymous && (showsNothing || this.#authenticators.length === 0)) return allowAnonymous();
    if (showsNothing) return refuse(REASON.NOT_AUTHORIZED, "clients have to authenticate here");
    const pretender = this.#authenticators.find(({ pretend }) => pretend !== undefined);
    if (password === undefined || pretender === undefined) return WRONG_CREDENTIALS;
    return this.#pretend(pretender, client, password);
  }

  /** One check, as for a client that is known. */
  async #pretend(pretender: Authenticator, client: ClientInfo, password: Uint8Array): Promise<Refusal> {
    try {
      await pretender.pretend?.(client, password);
      return WRONG_CREDENTIALS;
    } catch (error) {
      return this.#failure(pretender.name, client, error);
    }
  }

  #ask(authenticator: Authenticator, client: ClientInfo, password: Uint8Array | undefined): Verdict | Promise<Verdict> {
    try {
      const verdict = authenticator.authenticate(client, password);
      if (!(verdict instanceof Promise)) return checkVerdict(verdict);
      return verdict.then(checkVerdict).catch((error) => this.#failure(authenticator.name, client, error));
    } catch (error) {
      return this.#failure(authenticator.name, client, error);
    }
  }

  /** A failure of its own lets nobody in. */
  #failure(authenticator: string, client: ClientInfo, error: unknown): Refusal {
    if (error instanceof PacketError) return refuse(error.reasonCode, error.message);
    this.#log.error(
      { client: client.clientIdentifier, authenticator, err: error },
      "the authentication failed to answer",
    );
    return refuse(REASON.SERVER_UNAVAILABLE, "the authentication failed to answer");
  }
}

function allowAnonymous(): Decision {
  return { outcome: "allow", identity: ANONYMOUS };
}
