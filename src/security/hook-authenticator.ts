import { REASON } from "../codec/reason-codes.ts";
import type { AuthenticateAnswer, AuthenticateHook, ClientInfo } from "./access.ts";
import { type Authenticator, allow, isGuess, PASS, type Verdict } from "./authenticator.ts";
import { checkIdentity, identityOf } from "./identity.ts";

/** Asks a function of the program that holds the broker, or of a user's module. */
export function hookAuthenticator(name: string, authenticate: AuthenticateHook): Authenticator {
  return {
    name,
    authenticate(client, password) {
      const answer = authenticate(client, password);
      return answer instanceof Promise ? answer.then((late) => verdict(late, client)) : verdict(answer, client);
    },
  };
}

function verdict(answer: AuthenticateAnswer, { username }: ClientInfo): Verdict {
  if (answer === undefined) return PASS;
  if (answer === REASON.SUCCESS) return allow(identityOf({ username }));
  if (typeof answer === "object") return allow(identityOf({ username, ...checkIdentity(answer) }));
  if (typeof answer !== "number")
    throw new TypeError(`authenticate answered with ${typeof answer}: give a reason code, an identity or undefined`);
  return { outcome: "deny", reasonCode: answer, detail: "the client may not connect", isGuess: isGuess(answer) };
}
