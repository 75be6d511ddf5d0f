import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { saslprep } from "./saslprep.ts";

const derive = promisify(pbkdf2);

/** The hashes that SCRAM is offered with, by the name of the method. */
export const SCRAM_HASHES = { "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512" } as const;
export type ScramMethod = keyof typeof SCRAM_HASHES;
export type ScramHash = (typeof SCRAM_HASHES)[ScramMethod];

const SALT_BYTES = 16;
/** What RFC 7677 §4 advises; devices have to compute it too. */
const ITERATIONS = 15_000;

interface Parts {
  readonly hash: ScramHash;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** What is kept of a password for SCRAM (RFC 5802 §3): enough to check a proof, and not enough to make one. */
export class ScramVerifier implements Parts {
  readonly hash: ScramHash;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;

  constructor({ hash, iterations, salt, storedKey, serverKey }: Parts) {
    this.hash = hash;
    this.iterations = iterations;
    this.salt = salt;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  /** Whether a client that shows the password itself has the right one. */
  async matches(password: Uint8Array): Promise<boolean> {
    const text = saslprep(Buffer.from(password).toString("utf8"));
    const { storedKey } = await keys(this.hash, text ?? password, this.salt, this.iterations);
    return text !== undefined && timingSafeEqual(storedKey, this.storedKey);
  }

  /** ClientProof is ClientKey xor ClientSignature, and StoredKey the hash of ClientKey. */
  accepts(proof: Buffer, authMessage: string): boolean {
    const signature = createHmac(this.hash, this.storedKey).update(authMessage).digest();
    if (proof.length !== signature.length) return false;
    const clientKey = signature.map((byte, index) => byte ^ (proof[index] ?? 0));
    return timingSafeEqual(createHash(this.hash).update(clientKey).digest(), this.storedKey);
  }

  serverSignature(authMessage: string): string {
    return createHmac(this.hash, this.serverKey).update(authMessage).digest("base64");
  }

  /** As it stands in a password file. */
  toString(): string {
    const { iterations, salt, storedKey, serverKey } = this;
    const parts = [iterations, ...[salt, storedKey, serverKey].map((bytes) => bytes.toString("base64"))];
    return `$scram-${this.hash.replace("sha", "sha-")}$${parts.join("$")}`;
  }
}

/** @returns undefined for a password that SASLprep does not allow */
export async function createScramVerifier(hash: ScramHash, password: string): Promise<ScramVerifier | undefined> {
  const text = saslprep(password);
  if (text === undefined) return undefined;
  const salt = randomBytes(SALT_BYTES);
  return new ScramVerifier({ hash, iterations: ITERATIONS, salt, ...(await keys(hash, text, salt, ITERATIONS)) });
}

/**
 * The verifier of a user that does not exist: for nobody's password, and always the same for the same name, as long as the user stays by whose
 * verifier it is made.
 */
export function pretendedVerifier(like: ScramVerifier, username: string): ScramVerifier {
  const { hash, iterations, salt, serverKey } = like;
  const make = (what: string): Buffer => createHmac(hash, serverKey).update(`${what}:${username}`).digest();
  return new ScramVerifier({
    hash,
    iterations,
    salt: make("salt").subarray(0, salt.length),
    storedKey: make("stored key"),
    serverKey: make("server key"),
  });
}

/** @returns undefined for what is not one */
export function parseScramVerifier(text: string): ScramVerifier | undefined {
  const found = /^\$scram-(sha-256|sha-512)\$(\d{1,8})\$([\w+/]+=*)\$([\w+/]+=*)\$([\w+/]+=*)$/.exec(text);
  if (found === null) return undefined;
  const [, name, count, ...texts] = found;
  const [salt, storedKey, serverKey] = texts.map((each) => Buffer.from(each, "base64"));
  if (salt === undefined || storedKey === undefined || serverKey === undefined) return undefined;
  const hash = name === "sha-256" ? "sha256" : "sha512";
  const size = hash === "sha256" ? 32 : 64;
  const iterations = Number(count);
  if (iterations < 1 || salt.length === 0 || storedKey.length !== size || serverKey.length !== size) return undefined;
  return new ScramVerifier({ hash, iterations, salt, storedKey, serverKey });
}

async function keys(
  hash: ScramHash,
  password: string | Uint8Array,
  salt: Buffer,
  iterations: number,
): Promise<{ storedKey: Buffer; serverKey: Buffer }> {
  const size = hash === "sha256" ? 32 : 64;
  const salted = await derive(password, salt, iterations, size, hash);
  const clientKey = createHmac(hash, salted).update("Client Key").digest();
  const storedKey = createHash(hash).update(clientKey).digest();
  return { storedKey, serverKey: createHmac(hash, salted).update("Server Key").digest() };
}
