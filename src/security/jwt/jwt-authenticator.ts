import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Logger } from "pino";
import type { ClientInfo } from "../access.ts";
import { type Authenticator, allow, PASS, type Verdict, WRONG_CREDENTIALS } from "../authenticator.ts";
import { BoundedWork, type WaitBounds } from "../bounded-work.ts";
import { identityOf } from "../identity.ts";
import type { JwtOptions } from "../options.ts";
import { type FindKey, openKeys } from "./keys.ts";

/** Bytes; a larger one is not looked at. */
const LARGEST_TOKEN = 16_384;
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const CLOCK_TOLERANCE = 5;
/** Signatures that are verified at a time, in the thread pool. */
const CONCURRENCY = 8;

/** What is wrong with a token, as opposed to what is wrong with the keys. */
const TOKEN_ERRORS = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
];

/** Clients that show a JSON Web Token (RFC 7519) in place of a password. */
export class JwtAuthenticator implements Authenticator {
  readonly name = "jwt";
  readonly #options: JwtOptions;
  readonly #findKey: FindKey;
  readonly #verification: JWTVerifyOptions;
  readonly #work: BoundedWork;
  readonly #log: Logger;

  private constructor(options: JwtOptions, findKey: FindKey, bounds: WaitBounds, log: Logger) {
    this.#options = options;
    this.#findKey = findKey;
    this.#verification = verificationOf(options);
    this.#work = new BoundedWork({ ...bounds, concurrency: CONCURRENCY });
    this.#log = log;
  }

  /** @throws {TernmqError} ERR_JWT by the promise */
  static async open(options: JwtOptions, bounds: WaitBounds, log: Logger): Promise<JwtAuthenticator> {
    return new JwtAuthenticator(options, await openKeys(options), bounds, log);
  }

  authenticate(client: ClientInfo, password: Uint8Array | undefined): Verdict | Promise<Verdict> {
    const token = this.#options.tokenIn === "username" ? client.username : textOf(password);
    if (token === undefined || token.length > LARGEST_TOKEN || !SHAPE.test(token)) return PASS;
    return this.#verify(client, token);
  }

  /** @throws what is wrong with the keys, by the promise */
  async #verify(client: ClientInfo, token: string): Promise<Verdict> {
    try {
      const { payload } = await this.#work.run(() => jwtVerify(token, this.#findKey, this.#verification));
      return this.#judge(client, payload);
    } catch (error) {
      if (!TOKEN_ERRORS.some((known) => error instanceof known)) throw error;
      return this.#refuse(client, error instanceof Error ? error.message : "");
    }
  }

  #judge(client: ClientInfo, claims: JWTPayload): Verdict {
    const { usernameClaim = "sub", matchUsername = false, clientIdentifierClaim, tokenIn } = this.#options;
    const username = claims[usernameClaim];
    if (typeof username !== "string" || username === "") return this.#refuse(client, `no claim "${usernameClaim}"`);
    if (matchUsername && tokenIn !== "username" && client.username !== username) {
      return this.#refuse(client, "the user name is another than that of the token");
    }
    if (clientIdentifierClaim !== undefined && claims[clientIdentifierClaim] !== client.clientIdentifier) {
      return this.#refuse(client, "the client identifier is another than that of the token");
    }
    return allow(identityOf({ username, groups: this.#groups(claims), ...this.#rest(claims) }));
  }

  #groups(claims: JWTPayload): string[] {
    const groups = claims[this.#options.groupsClaim ?? "groups"];
    if (typeof groups === "string") return [groups];
    return Array.isArray(groups) ? groups.filter((group) => typeof group === "string") : [];
  }

  #rest(claims: JWTPayload): { expiresAt: number | undefined; acl: unknown } {
    const { aclClaim = "acl", clockTolerance = CLOCK_TOLERANCE } = this.#options;
    const expiresAt = claims.exp === undefined ? undefined : (claims.exp + clockTolerance) * 1000;
    return { expiresAt, acl: claims[aclClaim] };
  }

  /** A signature cannot be guessed: many devices whose tokens have expired are no attack. */
  #refuse({ clientIdentifier }: ClientInfo, reason: string): Verdict {
    this.#log.info({ client: clientIdentifier, reason }, "refused a token");
    return { ...WRONG_CREDENTIALS, isGuess: false };
  }
}

function verificationOf(options: JwtOptions): JWTVerifyOptions {
  const { algorithms, issuer, audience, clockTolerance = CLOCK_TOLERANCE, requireExpiry = true } = options;
  return {
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: requireExpiry ? ["exp"] : [],
    ...(issuer !== undefined && { issuer: listOf(issuer) }),
    ...(audience !== undefined && { audience: listOf(audience) }),
  };
}

function listOf(value: string | readonly string[]): string[] {
  return typeof value === "string" ? [value] : [...value];
}

function textOf(password: Uint8Array | undefined): string | undefined {
  if (password === undefined || password.length > LARGEST_TOKEN) return undefined;
  return Buffer.from(password).toString("latin1");
}
