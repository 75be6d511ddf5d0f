import { isUtf8 } from "node:buffer";
import { REASON } from "../../codec/reason-codes.ts";
import { TernmqError } from "../../errors.ts";
import type { ClientInfo } from "../access.ts";
import { type Authenticator, allow, PASS, refuse, type Verdict, WRONG_CREDENTIALS } from "../authenticator.ts";
import { BoundedWork, type WaitBounds } from "../bounded-work.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { type Identity, identityOf } from "../identity.ts";
import type { HttpOptions } from "../options.ts";
import { SecretKeys } from "../secret-keys.ts";
import { readAnswer } from "./answer.ts";

const TIMEOUT = 3_000;
const CONCURRENCY = 20;
const CACHE_SECONDS = 60;
const MOST_REMEMBERED = 100_000;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** Asks a service by HTTP about each client that shows something; one that does not answer, or not as it should, lets nobody in. */
export class HttpAuthenticator implements Authenticator {
  readonly name: string;
  readonly #options: HttpOptions;
  readonly #work: BoundedWork;
  readonly #keys = new SecretKeys();
  readonly #allowed = new ExpiringCache<Identity>(MOST_REMEMBERED);

  /** @throws {TernmqError} ERR_OPTION */
  constructor(options: HttpOptions, bounds: WaitBounds) {
    const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
    if (url?.protocol !== "http:" && url?.protocol !== "https:") {
      throw new TernmqError("ERR_OPTION", `http: "${options.url}" is no http or https address`);
    }
    if (url.username !== "" || url.password !== "") {
      throw new TernmqError("ERR_OPTION", `http: give the credentials for ${url.host} by headers, not in the address`);
    }
    this.name = `http ${url.host}`;
    this.#options = options;
    this.#work = new BoundedWork({ ...bounds, concurrency: options.concurrency ?? CONCURRENCY });
  }

  authenticate(client: ClientInfo, password: Uint8Array | undefined): Verdict | Promise<Verdict> {
    const { username, certificate, pskIdentity } = client;
    if ([username, password, certificate, pskIdentity].every((each) => each === undefined)) return PASS;
    const question = questionOf(client, password);
    // The port is another one each time.
    const key = this.#keys.of(JSON.stringify({ ...question, remotePort: 0 }));
    const known = this.#allowed.get(key);
    return known === undefined ? this.#work.run(() => this.#ask(client, JSON.stringify(question), key)) : allow(known);
  }

  /** @throws when the service fails */
  async #ask(client: ClientInfo, body: string, key: string): Promise<Verdict> {
    const { url, headers, timeout = TIMEOUT } = this.#options;
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { ...headers, "content-type": "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    if (response.status === UNAUTHORIZED || response.status === FORBIDDEN) {
      await response.body?.cancel();
      return WRONG_CREDENTIALS;
    }
    const { result, identity } = await readAnswer(response);
    if (result === "ignore") return PASS;
    if (result === "deny") return WRONG_CREDENTIALS;
    return this.#allow(key, identityOf({ username: client.username, ...identity }));
  }

  #allow(key: string, identity: Identity): Verdict {
    const { cacheSeconds = CACHE_SECONDS } = this.#options;
    const left = (identity.expiresAt ?? Number.POSITIVE_INFINITY) - Date.now();
    if (left <= 0) return refuse(REASON.NOT_AUTHORIZED, "the authentication has expired");
    this.#allowed.set(key, identity, Math.min(cacheSeconds * 1000, left));
    return allow(identity);
  }
}

/** What the service is told. A password that is not UTF-8 goes as base64 only. */
function questionOf(client: ClientInfo, password: Uint8Array | undefined): object {
  const { clientIdentifier, username, version, transport, remoteAddress, remotePort, listener } = client;
  const { certificate, pskIdentity } = client;
  return {
    clientIdentifier,
    username,
    password: password !== undefined && isUtf8(password) ? Buffer.from(password).toString("utf8") : undefined,
    passwordBase64: password && Buffer.from(password).toString("base64"),
    protocolVersion: version,
    transport,
    remoteAddress,
    remotePort,
    listener,
    certificate: certificate && { subject: certificate.subject, fingerprint: certificate.fingerprint },
    pskIdentity,
  };
}
