import { createHmac, randomBytes } from "node:crypto";

/** Makes keys for tables of secrets, from which nobody gets the secrets back: the key of the hash is random and never leaves the process. */
export class SecretKeys {
  readonly #key = randomBytes(32);

  /** The same for the same parts only, however they are cut. */
  of(...parts: readonly (string | Uint8Array)[]): string {
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      hmac.update(`${bytes.length}:`).update(bytes);
    }
    return hmac.digest("base64");
  }
}
