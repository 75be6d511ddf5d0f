import { REASON } from "../codec/reason-codes.ts";
import type { AuthenticateAnswer, AuthenticateHook, ClientInfo } from "./access.ts";
import { type Authenticator, allow, isGuess, PASS, type Verdict } from "./authenticator.ts";
import { checkIdentity, identityOf } from "./identity.ts";
import { inTime } from "./in-time.ts";

/** Asks a function of the program that holds the broker, or of a user's module. @param maximumWait milliseconds that its answer may take */
export function hookAuthenticator(name: string, authenticate: AuthenticateHook, maximumWait: number): Authenticator {
  return {
    name,
    authenticate(client, password) {
      const answer = authenticate(client, password);
      if (!(answer instanceof Promise)) return verdict(answer, client);
      return inTime(answer, maximumWait).then((late) => verdict(late, client));
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
