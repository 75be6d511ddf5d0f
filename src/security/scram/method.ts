import { randomBytes } from "node:crypto";
import { REASON } from "../../codec/reason-codes.ts";
import type { ClientInfo } from "../access.ts";
import type { AuthenticationExchange, AuthenticationMethod, AuthenticationStep } from "../enhanced.ts";
import { parseClientFinal, parseClientFirst } from "./messages.ts";
import { pretendedVerifier, SCRAM_HASHES, type ScramHash, type ScramMethod, type ScramVerifier } from "./verifier.ts";

/** Where the verifiers of users stand. */
export interface ScramUsers {
  /** Of any user; always the same one. */
  anyVerifier(hash: ScramHash): ScramVerifier | undefined;
  verifier(username: string, hash: ScramHash): ScramVerifier | undefined;
}

type FindVerifier = (username: string) => ScramVerifier;

/** The methods for which there is at least one user. */
export function scramMethods(all: readonly ScramUsers[]): AuthenticationMethod[] {
  const names = Object.keys(SCRAM_HASHES) as ScramMethod[];
  return names.flatMap((name) => {
    const hash = SCRAM_HASHES[name];
    const like = firstOf(all, (users) => users.anyVerifier(hash));
    if (like === undefined) return [];
    const find: FindVerifier = (username) =>
      firstOf(all, (users) => users.verifier(username, hash)) ?? pretendedVerifier(like, username);
    return [{ name, begin: (client: ClientInfo) => new ScramExchange(find, client) }];
  });
}

function firstOf<T, U>(all: readonly T[], find: (each: T) => U | undefined): U | undefined {
  for (const each of all) {
    const found = find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Begun {
  readonly username: string;
  readonly verifier: ScramVerifier;
  readonly nonce: string;
  readonly clientFirstBare: string;
  readonly serverFirst: string;
  /** The GS2 header in base64, as the client's last message has to repeat it. */
  readonly channelBinding: string;
}

/**
 * One exchange of SCRAM (RFC 5802, RFC 7677), without channel binding. A user that does not exist gets as far as one that does, with a salt that
 * stays the same.
 */
class ScramExchange implements AuthenticationExchange {
  readonly #find: FindVerifier;
  readonly #client: ClientInfo;
  #begun: Begun | undefined;
  #isAsked = false;
  #isOver = false;

  constructor(find: FindVerifier, client: ClientInfo) {
    this.#find = find;
    this.#client = client;
  }

  step(data: Uint8Array | undefined): AuthenticationStep {
    if (data === undefined && !this.#isAsked) {
      this.#isAsked = true;
      return { status: "continue" };
    }
    const text = Buffer.from(data ?? []).toString("utf8");
    const step = this.#isOver
      ? wrong()
      : this.#begun === undefined
        ? this.#begin(text)
        : this.#finish(this.#begun, text);
    this.#isOver = step.status !== "continue";
    return step;
  }

  #begin(text: string): AuthenticationStep {
    const first = parseClientFirst(text);
    if (first === undefined) return wrong("not a first message of SCRAM without channel binding");
    const { username } = first;
    if (this.#client.username !== undefined && this.#client.username !== username) {
      return wrong("the user name is not that of the CONNECT");
    }
    const verifier = this.#find(username);
    const nonce = first.nonce + randomBytes(18).toString("base64");
    const serverFirst = `r=${nonce},s=${verifier.salt.toString("base64")},i=${verifier.iterations}`;
    const channelBinding = Buffer.from(first.gs2Header).toString("base64");
    this.#begun = { username, verifier, nonce, clientFirstBare: first.bare, serverFirst, channelBinding };
    return { status: "continue", data: Buffer.from(serverFirst) };
  }

  #finish(
    { username, verifier, nonce, clientFirstBare, serverFirst, channelBinding }: Begun,
    text: string,
  ): AuthenticationStep {
    const last = parseClientFinal(text);
    if (last === undefined || last.nonce !== nonce || last.channelBinding !== channelBinding) return wrong();
    const authMessage = `${clientFirstBare},${serverFirst},${last.withoutProof}`;
    if (!verifier.accepts(last.proof, authMessage)) return wrong();
    const data = Buffer.from(`v=${verifier.serverSignature(authMessage)}`);
    return { status: "success", data, identity: { username } };
  }
}

function wrong(reasonString = "wrong user name or password"): AuthenticationStep {
  return { status: "failure", reasonCode: REASON.NOT_AUTHORIZED, reasonString };
}
