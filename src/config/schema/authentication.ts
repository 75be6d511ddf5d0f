import { z } from "zod";
import {
  type AuthenticationOptions,
  GUARD,
  type ListenerAuthenticationOptions,
  PASSWORD_WORK,
} from "../../security/options.ts";
import { duration, list, oneOf, path, secret, section, text, trueOrFalse, wholeNumber } from "./types.ts";

const A_YEAR = 31_536_000;
const SECONDS = [0, A_YEAR] as const;
const SOME_SECONDS = [1, A_YEAR] as const;
const ATTEMPTS = [0, 1_000_000] as const;

const PASSWORD_FILE = "users with their passwords in a file, as `ternmq passwd` and mosquitto_passwd write it";
const JWT = "JSON Web Tokens in place of passwords; exactly one of keyFile, secretFile, jwksFile and jwksUrl is given";
const CERTIFICATE = "a verified certificate, or a pre-shared key, in place of a password";
const HTTP = "a service that is asked by HTTP";
const MODULE = "a file of your own: an ES module that exports `authenticate`, `authorize` or both";
const TYPES = `password-file (${PASSWORD_FILE}), jwt, certificate, http or module`;

function type<Name extends string>(name: Name, description: string) {
  return z.literal(name).describe(description);
}

function oneOrMore(what: string) {
  const error = `give ${what}, or a list of them`;
  return z.union([text(what), list(text(what), "them")], { error });
}

const jwtSchema = section({
  type: type("jwt", JWT),
  algorithms: list(text("the name of an algorithm, as RS256"), "algorithms")
    .min(1, { error: "give a list of one algorithm at least" })
    .describe("the only algorithms that are taken: HS256, RS256, PS256, ES256 and so on, EdDSA"),
  keyFile: path().exactOptional().describe("file of a public key or certificate (PEM), or of one JSON Web Key"),
  secretFile: path().exactOptional().describe("file of the secret of HS256, HS384 or HS512"),
  jwksFile: path().exactOptional().describe("file of a JSON Web Key Set"),
  jwksUrl: text("an address as https://example.com/keys")
    .exactOptional()
    .describe("address of a JSON Web Key Set (https, or http to this machine)"),
  issuer: oneOrMore("an issuer").exactOptional().describe("the claim `iss` has to be one of these"),
  audience: oneOrMore("an audience").exactOptional().describe("the claim `aud` has to name one of these"),
  clockTolerance: duration("s", [0, 3_600]).exactOptional().describe("by how much clocks may differ; 5 s by default"),
  requireExpiry: trueOrFalse()
    .exactOptional()
    .describe("whether a token without the claim `exp` is refused; true by default"),
  tokenIn: oneOf(["password", "username"])
    .exactOptional()
    .describe("where clients put the token; the password by default"),
  usernameClaim: text("the name of a claim").exactOptional().describe("claim of the user name; `sub` by default"),
  matchUsername: trueOrFalse()
    .exactOptional()
    .describe("whether the user name of the CONNECT has to be that of the claim; false by default"),
  clientIdentifierClaim: text("the name of a claim")
    .exactOptional()
    .describe("claim that has to be the client identifier; none by default"),
  groupsClaim: text("the name of a claim").exactOptional().describe("claim of the groups; `groups` by default"),
  aclClaim: text("the name of a claim").exactOptional().describe("claim of access rules; `acl` by default"),
});

const httpSchema = section({
  type: type("http", HTTP),
  url: text("an address as https://example.com/mqtt").describe("where the question is posted as JSON"),
  headers: z
    .record(z.string(), secret("the value of a header"), { error: "give headers, each as `name: value`" })
    .exactOptional()
    .meta({ writeOnly: true })
    .describe("headers that are sent along, for the service to know the broker by"),
  timeout: duration("ms", [1, 600_000]).exactOptional().describe("until an answer has to be there; 3 s by default"),
  concurrency: wholeNumber([1, 10_000]).exactOptional().describe("questions under way at a time; 20 by default"),
  cacheSeconds: duration("s", SECONDS).exactOptional().describe("for how long a yes is remembered; 60 s by default"),
});

const authenticatorSchema = z.discriminatedUnion(
  "type",
  [
    section({ type: type("password-file", PASSWORD_FILE), file: path().describe("the file of passwords") }),
    jwtSchema,
    section({
      type: type("certificate", CERTIFICATE),
      username: oneOf(["cn", "subject", "dns", "email", "uri", "fingerprint", "psk-identity"]).describe(
        "what becomes the user name: the CN of the subject, the whole subject, the first Subject Alternative Name of a kind, the fingerprint (SHA-256), or the identity of the pre-shared key",
      ),
    }),
    httpSchema,
    section({ type: type("module", MODULE), file: path().describe("the module") }),
  ],
  { error: `give one of ${TYPES}` },
);

const listenerShape = {
  authenticators: list(authenticatorSchema, "authenticators")
    .exactOptional()
    .describe("who is asked, in this order; the first that knows the client decides"),
  allowAnonymous: trueOrFalse()
    .exactOptional()
    .describe(
      "whether clients that show nothing may come in; by default where nobody is to be asked and only this machine reaches the listener",
    ),
};

export const listenerAuthenticationSchema = section(listenerShape).describe(
  "how its clients show who they are; what the section `authentication` says by default",
) satisfies z.ZodType<ListenerAuthenticationOptions>;

const passwordsSchema = section({
  concurrency: wholeNumber([1, 64])
    .prefault(PASSWORD_WORK.concurrency)
    .describe("checks of hashes under way at a time, each in a thread"),
  maximumWaiting: wholeNumber([0, 1_000_000])
    .prefault(PASSWORD_WORK.maximumWaiting)
    .describe("clients that may wait for one; others are told to try again later"),
  cacheSeconds: duration("s", SECONDS)
    .prefault(PASSWORD_WORK.cacheSeconds)
    .describe("for how long a password that was right needs no check; 0 checks each time"),
});

const guardSchema = section({
  window: duration("s", SOME_SECONDS).prefault(GUARD.window).describe("for how long a failed attempt counts"),
  addressDelayAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.addressDelayAfter)
    .describe("failed attempts of one address (IPv6: of one /64) from which on its answers come late"),
  addressBanAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.addressBanAfter)
    .describe("failed attempts of one address until it is banned; 0 is never"),
  banSeconds: duration("s", SOME_SECONDS).prefault(GUARD.banSeconds).describe("how long a ban lasts"),
  userDelayAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.userDelayAfter)
    .describe("failed attempts for one user from which on answers come late at addresses that are new for this user"),
  userBanAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.userBanAfter)
    .describe("failed attempts for one user until only addresses that this user came from before may try; 0 is never"),
  maximumDelay: duration("ms", [0, 60_000]).prefault(GUARD.maximumDelay).describe("the longest delay"),
  flappingLimit: wholeNumber(ATTEMPTS)
    .prefault(GUARD.flappingLimit)
    .describe("connections of one client in flappingWindow beyond which it is held off; 0 is any number"),
  flappingWindow: duration("s", SOME_SECONDS).prefault(GUARD.flappingWindow).describe("see flappingLimit"),
  flappingHold: duration("s", SOME_SECONDS).prefault(GUARD.flappingHold).describe("how long such a client is held off"),
  trusted: list(text("an address, or a network as 10.0.0.0/8"), "addresses")
    .prefault([...GUARD.trusted])
    .describe("addresses and networks that are not watched"),
});

export const authenticationSchema = section({
  ...listenerShape,
  passwords: passwordsSchema.prefault({}).describe("how the hashes of passwords are checked"),
  guard: guardSchema
    .prefault({})
    .describe("what is done about those who try passwords, and about clients that connect in a loop"),
})
  .prefault({})
  .describe(
    "how clients show who they are, where their listener does not say otherwise",
  ) satisfies z.ZodType<AuthenticationOptions>;
