import { REASON } from "../codec/reason-codes.ts";
import type { ClientInfo } from "./access.ts";
import { checkIdentity, type Identity, identityOf } from "./identity.ts";

/** What one authenticator says of a client. */
export type Verdict =
  | { readonly outcome: "allow"; readonly identity: Identity }
  | Refusal
  /** The client is not one of its own: the next one is asked. */
  | { readonly outcome: "pass" };

export interface Refusal {
  readonly outcome: "deny";
  /** For the CONNACK. */
  readonly reasonCode: number;
  /** For the client and the log; without anything secret, and the same for a user that does not exist. */
  readonly detail: string;
  /** Whether wrong credentials were shown, as somebody does who tries passwords. */
  readonly isGuess: boolean;
}

/** One of those that are asked, in order, whether a client may come in. */
export interface Authenticator {
  /** For log lines. */
  readonly name: string;
  /**
   * @throws {PacketError} with the reason code that the client is told, also by the promise
   * @throws anything else: the authenticator itself has failed, which lets nobody in
   */
  authenticate(client: ClientInfo, password: Uint8Array | undefined): Verdict | Promise<Verdict>;
  /** Takes as long as it takes to refuse somebody whom it knows. Called where nobody knew the client, who is not to find that out. */
  pretend?(client: ClientInfo, password: Uint8Array): Promise<void>;
}

export const PASS: Verdict = Object.freeze({ outcome: "pass" });

/** Wrong credentials, in words that do not tell which part was wrong. */
export const WRONG_CREDENTIALS: Refusal = Object.freeze({
  outcome: "deny",
  reasonCode: REASON.BAD_USER_NAME_OR_PASSWORD,
  detail: "wrong user name or password",
  isGuess: true,
});

export function allow(identity: Identity): Verdict {
  return { outcome: "allow", identity };
}

/** What an authenticator of a program says, whose types nobody has checked: what is no verdict lets nobody in. @throws {TypeError} */
export function checkVerdict(verdict: Verdict): Verdict {
  switch (verdict?.outcome) {
    case "allow":
      return allow(identityOf(checkIdentity(verdict.identity)));
    case "deny":
    case "pass":
      return verdict;
  }
  throw new TypeError('authenticate answered with no verdict: its outcome has to be "allow", "deny" or "pass"');
}

/** Whether the reason code of a refusal says that credentials were wrong. */
export function isGuess(reasonCode: number): boolean {
  return reasonCode === REASON.BAD_USER_NAME_OR_PASSWORD || reasonCode === REASON.NOT_AUTHORIZED;
}

/** A refusal that is no guess. */
export function refuse(reasonCode: number, detail: string): Refusal {
  return { outcome: "deny", reasonCode, detail, isGuess: false };
}
