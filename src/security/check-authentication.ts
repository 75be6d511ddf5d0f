import { checkNames, wrong } from "./option-names.ts";
import type { AuthenticationOptions, AuthenticatorOptions } from "./options.ts";

const OF_AUTHENTICATION = ["authenticators", "allowAnonymous", "passwords", "guard"];

/** What each type has beside `type`. */
const OF_TYPES: Readonly<Record<AuthenticatorType, readonly string[]>> = {
  "password-file": ["file"],
  jwt: [
    ...["algorithms", "keyFile", "secretFile", "jwksFile", "jwksUrl", "issuer", "audience", "clockTolerance"],
    ...[
      "requireExpiry",
      "tokenIn",
      "usernameClaim",
      "matchUsername",
      "clientIdentifierClaim",
      "groupsClaim",
      "aclClaim",
    ],
  ],
  certificate: ["username"],
  http: ["url", "headers", "timeout", "concurrency", "cacheSeconds"],
  module: ["file"],
};
const FLAGS = ["allowAnonymous", "requireExpiry", "matchUsername"];

type AuthenticatorType = Extract<AuthenticatorOptions, { type: string }>["type"];

/** For programs without types: what is left out by a slip may be what keeps others out. @throws {TernmqError} ERR_OPTION */
export function checkAuthentication(options: AuthenticationOptions | undefined, where: string): void {
  if (options === undefined) return;
  checkOptions(options, OF_AUTHENTICATION, where);
  const { authenticators = [] } = options;
  if (!Array.isArray(authenticators)) throw wrong(`${where}.authenticators`, "give a list");
  for (const [index, each] of authenticators.entries()) checkAuthenticator(each, `${where}.authenticators[${index}]`);
}

function checkAuthenticator(options: AuthenticatorOptions, where: string): void {
  if (!("type" in options)) {
    if (typeof options.authenticate !== "function") throw wrong(where, "give a type, or a function authenticate");
    return;
  }
  const { type, ...others } = options;
  if (!Object.hasOwn(OF_TYPES, type))
    throw wrong(where, `type is one of ${Object.keys(OF_TYPES).join(", ")}, not ${type}`);
  checkOptions(others, OF_TYPES[type], where);
}

function checkOptions(options: object, names: readonly string[], where: string): void {
  checkNames(options, names, where);
  for (const [name, value] of Object.entries(options)) {
    const isFlag = FLAGS.includes(name) && value !== undefined;
    if (isFlag && typeof value !== "boolean") throw wrong(`${where}.${name}`, `give true or false, not ${value}`);
  }
}
