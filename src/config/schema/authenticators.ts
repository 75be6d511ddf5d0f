import { z } from "zod";
import { duration, list, oneOf, path, secret, section, text, trueOrFalse, wholeNumber } from "./types.ts";

const PASSWORD_FILE = "users with their passwords in a file, as `ternmq passwd` and mosquitto_passwd write it";
const JWT = "JSON Web Tokens in place of passwords; exactly one of keyFile, secretFile, jwksFile and jwksUrl is given";
const CERTIFICATE = "a verified certificate, or a pre-shared key, in place of a password";
const HTTP = "a service that is asked by HTTP";
const MODULE = "a file of your own: an ES module that exports `authenticate`, `authorize` or both";
function type<Name extends string>(name: Name, description: string) {
  return z.literal(name).describe(description);
}

function oneOrMore(what: string) {
  const error = `give ${what}, or a list of them`;
  return z.union([text(what), list(text(what), "them")], { error });
}

export const jwtSchema = section({
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
}).check(({ value, issues }) => {
  const { keyFile, secretFile, jwksFile, jwksUrl } = value;
  if ([keyFile, secretFile, jwksFile, jwksUrl].filter((given) => given !== undefined).length === 1) return;
  issues.push({ code: "custom", message: "give one of keyFile, secretFile, jwksFile and jwksUrl", input: value });
});

export const httpSchema = section({
  type: type("http", HTTP),
  url: text("an address as https://example.com/mqtt").describe("where the question is posted as JSON"),
  headers: z
    .record(z.string(), secret("the value of a header"), { error: "give headers, each as `name: value`" })
    .exactOptional()
    .meta({ writeOnly: true })
    .describe("headers that are sent along, for the service to know the broker by"),
  timeout: duration("ms", [1, 600_000]).exactOptional().describe("until an answer has to be there; 3 s by default"),
  concurrency: wholeNumber([1, 10_000]).exactOptional().describe("questions under way at a time; 20 by default"),
  cacheSeconds: duration("s", [0, 31_536_000])
    .exactOptional()
    .describe("for how long a yes is remembered; 60 s by default"),
});

export const passwordFileSchema = section({
  type: type("password-file", PASSWORD_FILE),
  file: path().describe("the file of passwords"),
});

export const certificateSchema = section({
  type: type("certificate", CERTIFICATE),
  username: oneOf(["cn", "subject", "dns", "email", "uri", "fingerprint", "psk-identity"]).describe(
    "what becomes the user name: the CN of the subject, the whole subject, the first Subject Alternative Name of a kind, the fingerprint (SHA-256), or the identity of the pre-shared key",
  ),
});

export const moduleSchema = section({ type: type("module", MODULE), file: path().describe("the module") });
