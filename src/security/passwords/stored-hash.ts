import { createHash, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { parseOptions, verify as verifyArgon2 } from "@node-rs/argon2";
import { parseScramVerifier, type ScramVerifier } from "../scram/verifier.ts";

const derive = promisify(pbkdf2);

/** A password as it stands in a password file. */
export interface StoredHash {
  /** The form that it has, as the file names it. */
  readonly form: string;
  /** Whether it is so cheap to check that no thread is needed. */
  readonly isCheap: boolean;
  /** What SCRAM needs, where it has that form. */
  readonly scram: ScramVerifier | undefined;
  /** In the thread pool, unless it is cheap. */
  matches(password: Uint8Array): Promise<boolean>;
}

/** The iterations of PBKDF2 and SCRAM that are taken for a mistake, as one check would take minutes. */
const MOST_ITERATIONS = 10_000_000;

/**
 * Reads a stored hash: argon2 (PHC string), Mosquitto's `$6$` (SHA-512) and `$7$` (PBKDF2 with SHA-512), or a verifier of SCRAM.
 * @throws {Error} that says what is wrong with it, without any of it
 */
export function parseStoredHash(text: string): StoredHash {
  const form = /^\$([^$]*)\$/.exec(text)?.[1] ?? "";
  if (form.startsWith("argon2")) return argon2(form, text);
  if (form === "6") return sha512(text);
  if (form === "7") return pbkdf2Sha512(text);
  if (form.startsWith("scram-")) return scram(form, text);
  throw new Error(
    "not a password hash that is known: $argon2id$, $6$, $7$, $scram-sha-256$ or $scram-sha-512$; set the password by ternmq passwd",
  );
}

/** Mosquitto may leave padding in, which the PHC string has not. */
function argon2(form: string, text: string): StoredHash {
  const phc = text.replace(/=+(?=\$|$)/g, "");
  try {
    parseOptions(phc);
  } catch {
    throw new Error("not a whole argon2 hash: $argon2id$v=19$m=…,t=…,p=…$salt$hash");
  }
  return { form, isCheap: false, scram: undefined, matches: (password) => verifyArgon2(phc, password) };
}

/** `$6$salt$hash`: one round of SHA-512 over the password and the salt. */
function sha512(text: string): StoredHash {
  const [, , salt, hash, ...rest] = text.split("$").map(fromBase64);
  if (salt === undefined || hash?.length !== 64 || rest.length > 0) throw new Error("not a whole hash: $6$salt$hash");
  const matches = async (password: Uint8Array): Promise<boolean> =>
    timingSafeEqual(createHash("sha512").update(password).update(salt).digest(), hash);
  return { form: "6", isCheap: true, scram: undefined, matches };
}

/** `$7$iterations$salt$hash` */
function pbkdf2Sha512(text: string): StoredHash {
  const [, , count = "", saltText = "", hashText = "", ...rest] = text.split("$");
  const [salt, hash] = [fromBase64(saltText), fromBase64(hashText)];
  const iterations = iterationCount(count);
  if (iterations === undefined || salt === undefined || hash?.length !== 64 || rest.length > 0) {
    throw new Error("not a whole hash: $7$iterations$salt$hash");
  }
  const matches = async (password: Uint8Array): Promise<boolean> =>
    timingSafeEqual(await derive(password, salt, iterations, hash.length, "sha512"), hash);
  return { form: "7", isCheap: false, scram: undefined, matches };
}

function scram(form: string, text: string): StoredHash {
  const verifier = parseScramVerifier(text);
  if (verifier === undefined || verifier.iterations > MOST_ITERATIONS) {
    throw new Error("not a whole verifier: $scram-sha-256$iterations$salt$stored key$server key");
  }
  return { form, isCheap: false, scram: verifier, matches: (password) => verifier.matches(password) };
}

function iterationCount(text: string): number | undefined {
  const count = Number(text);
  return /^\d{1,8}$/.test(text) && count >= 1 && count <= MOST_ITERATIONS ? count : undefined;
}

/** Undefined for what is not base64, or nothing. */
function fromBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64");
}
