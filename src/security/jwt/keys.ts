import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createLocalJWKSet, createRemoteJWKSet, importJWK, type JWTVerifyGetKey } from "jose";
import { TernmqError } from "../../errors.ts";
import { isLocalAddress } from "../http/service-url.ts";
import type { JwtOptions } from "../options.ts";

/** The algorithms that a kind of key can be used with; those of elliptic curves have a curve each. */
const ALGORITHMS: Readonly<Record<string, RegExp>> = {
  secret: /^HS(256|384|512)$/,
  rsa: /^[RP]S(256|384|512)$/,
  "rsa-pss": /^PS(256|384|512)$/,
  prime256v1: /^ES256$/,
  secp384r1: /^ES384$/,
  secp521r1: /^ES512$/,
  ed25519: /^(EdDSA|Ed25519)$/,
};
const KNOWN = /^([RP]S(256|384|512)|HS(256|384|512)|ES(256|384|512)|EdDSA|Ed25519)$/;
/** RFC 7518 §3.2: as long as the hash at least. */
const SHORTEST_SECRET = 32;
/** Bits: RFC 7518 §3.3. */
const SHORTEST_RSA_KEY = 2_048;

/** In milliseconds: how long an answer may take, how often an unknown key is asked for, and how long the keys are good without asking. */
const REMOTE = { timeoutDuration: 3_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 };

/** How the key of a token is found. */
export type FindKey = JWTVerifyGetKey;

/**
 * Reads the key or keys. A key is used with algorithms of its own kind only, so that no token is verified by a public key as if that were a secret.
 * @throws {TernmqError} ERR_JWT by the promise
 */
export async function openKeys(options: JwtOptions): Promise<FindKey> {
  const { algorithms, keyFile, secretFile, jwksFile, jwksUrl } = options;
  const given = [keyFile, secretFile, jwksFile, jwksUrl].filter((each) => each !== undefined);
  if (given.length !== 1) throw wrong("give one of keyFile, secretFile, jwksFile and jwksUrl");
  if (algorithms.length === 0) throw wrong("give the algorithms that are taken, as RS256");
  for (const name of algorithms) {
    if (!KNOWN.test(name))
      throw wrong(`the algorithm "${name}" is not one of HS, RS, PS or ES with 256, 384 or 512, or EdDSA`);
  }
  if (keyFile !== undefined) return openKey(keyFile, algorithms);
  if (secretFile !== undefined) return openSecret(secretFile, algorithms);
  const ofSecret = algorithms.find((name) => ALGORITHMS.secret?.test(name));
  if (ofSecret !== undefined) throw wrong(`a JSON Web Key Set has public keys alone, which are not for ${ofSecret}`);
  if (jwksFile !== undefined) return openSet(jwksFile);
  return remoteSet(jwksUrl ?? "");
}

async function openKey(file: string, algorithms: readonly string[]): Promise<FindKey> {
  const text = await read(file);
  if (text.trimStart().startsWith("{")) return openJwk(file, text, algorithms);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw wrong(`${file} is a private key: give the public one`);
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (cause) {
    throw wrong(`${file} is no public key or certificate in PEM format, and no JSON Web Key`, cause);
  }
  checkPublicKey(file, key, algorithms);
  return async () => key;
}

async function openJwk(file: string, text: string, algorithms: readonly string[]): Promise<FindKey> {
  const jwk = parse(file, text);
  if (jwk.kty === "oct") checkSecret(file, Buffer.from(String(jwk.k ?? ""), "base64url"), algorithms);
  else checkPublicKey(file, asKeyObject(file, jwk), algorithms);
  if ("d" in jwk) throw wrong(`${file} is a private key: give the public one`);
  return ({ alg }) => importJWK(jwk, alg);
}

function asKeyObject(file: string, jwk: Record<string, unknown>): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch (cause) {
    throw wrong(`${file} is no JSON Web Key`, cause);
  }
}

async function openSecret(file: string, algorithms: readonly string[]): Promise<FindKey> {
  const secret = Buffer.from((await read(file, "latin1")).replace(/\r?\n$/, ""), "latin1");
  checkSecret(file, secret, algorithms);
  return async () => secret;
}

async function openSet(file: string): Promise<FindKey> {
  const set = parse(file, await read(file));
  if (!Array.isArray(set.keys)) throw wrong(`${file} is no JSON Web Key Set: it has no list "keys"`);
  try {
    return createLocalJWKSet({ keys: set.keys });
  } catch (cause) {
    throw wrong(`${file} is no JSON Web Key Set`, cause);
  }
}

function remoteSet(address: string): FindKey {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isAllowed = url?.protocol === "https:" || (url?.protocol === "http:" && isLocalAddress(url.hostname));
  if (url === undefined || !isAllowed)
    throw wrong(`jwksUrl: "${address}" is no https address (http is for this machine only)`);
  return createRemoteJWKSet(url, REMOTE);
}

function checkSecret(file: string, { length }: Buffer, algorithms: readonly string[]): void {
  checkAlgorithms(file, "secret", algorithms);
  if (length >= SHORTEST_SECRET) return;
  throw wrong(`the secret in ${file} is too short: it needs ${SHORTEST_SECRET} bytes at least`);
}

function checkPublicKey(file: string, key: KeyObject, algorithms: readonly string[]): void {
  const { namedCurve, modulusLength = SHORTEST_RSA_KEY } = key.asymmetricKeyDetails ?? {};
  checkAlgorithms(file, namedCurve ?? key.asymmetricKeyType ?? "", algorithms);
  if (modulusLength >= SHORTEST_RSA_KEY) return;
  throw wrong(`the key in ${file} is too short: an RSA key needs ${SHORTEST_RSA_KEY} bits at least`);
}

function checkAlgorithms(file: string, kind: string, algorithms: readonly string[]): void {
  const other = algorithms.find((name) => ALGORITHMS[kind]?.test(name) !== true);
  if (other !== undefined) throw wrong(`the key in ${file} cannot be used with ${other}`);
}

async function read(file: string, encoding: "utf8" | "latin1" = "utf8"): Promise<string> {
  try {
    return await readFile(file, encoding);
  } catch (cause) {
    throw wrong(`cannot read ${file}: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

/** The error tells nothing of the content, which may be secret. */
function parse(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(`${file} is not JSON`);
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw wrong(`${file} has no JSON object`);
}

function wrong(message: string, cause?: unknown): TernmqError {
  return new TernmqError("ERR_JWT", `jwt: ${message}`, { cause });
}
