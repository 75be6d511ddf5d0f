import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { expect } from "vitest";
import type { TestBroker } from "./broker.ts";
import { auth, type ConnectOptions, connect } from "./packets.ts";
import type { RawClient } from "./raw-client.ts";
import type { Packet } from "./server-packets.ts";

export type Hash = "sha256" | "sha512";
const NONCE = "fyko+d2lbbFgONRv9qkxdawL";
export const METHODS: Record<Hash, string> = { sha256: "SCRAM-SHA-256", sha512: "SCRAM-SHA-512" };

function saltedKeys(hash: Hash, password: string, salt: Buffer, iterations: number) {
  const salted = pbkdf2Sync(password, salt, iterations, hash === "sha256" ? 32 : 64, hash);
  const clientKey = createHmac(hash, salted).update("Client Key").digest();
  return { clientKey, serverKey: createHmac(hash, salted).update("Server Key").digest() };
}

/** What a server keeps, computed by the formulas of RFC 5802 §3. */
export function scramStoredKeys(hash: Hash, password: string, salt: Buffer, iterations: number) {
  const { clientKey, serverKey } = saltedKeys(hash, password, salt, iterations);
  return { storedKey: createHash(hash).update(clientKey).digest(), serverKey };
}

/** The client's side of SCRAM, over the AUTH packets of a raw client. */
export class ScramClient {
  readonly hash: Hash;
  readonly username: string;
  readonly password: string;
  /** Of the last exchange. */
  salt = "";
  iterations = 0;
  #serverSignature = "";

  constructor(hash: Hash, username: string, password: string) {
    this.hash = hash;
    this.username = username;
    this.password = password;
  }

  get method(): string {
    return METHODS[this.hash];
  }

  /** A client that sent its CONNECT and both messages; what came in answer to the last one. */
  async connect(test: TestBroker, options: ConnectOptions = {}): Promise<{ client: RawClient; answer: Packet }> {
    const client = await test.open();
    client.send(
      connect({ clientIdentifier: `scram-${this.username}`, ...options, properties: this.properties(this.first) }),
    );
    return { client, answer: await this.finish(client) };
  }

  /** Another exchange on the same connection; what came in answer to its last message. */
  async again(client: RawClient): Promise<Packet> {
    client.send(auth({ reasonCode: 0x19, properties: this.properties(this.first) }));
    return this.finish(client);
  }

  get first(): string {
    return `n,,${this.#bare}`;
  }

  get #bare(): string {
    return `n=${this.username.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${NONCE}`;
  }

  properties(data: string): { authenticationMethod: string; authenticationData: Buffer } {
    return { authenticationMethod: this.method, authenticationData: Buffer.from(data) };
  }

  /** Answers the server's first message. */
  async finish(client: RawClient): Promise<Packet> {
    const { reasonCode, properties } = await client.expect("auth");
    expect(reasonCode).toBe(0x18);
    const serverFirst = Buffer.from(properties.authenticationData ?? []).toString();
    client.send(auth({ reasonCode: 0x18, properties: this.properties(this.answer(serverFirst)) }));
    return client.next();
  }

  answer(serverFirst: string): string {
    const [, nonce = "", salt = "", iterations = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
    expect(nonce.startsWith(NONCE) && nonce.length > NONCE.length).toBe(true);
    this.salt = salt;
    this.iterations = Number(iterations);
    const withoutProof = `c=${Buffer.from("n,,").toString("base64")},r=${nonce}`;
    const message = `${this.#bare},${serverFirst},${withoutProof}`;
    const { clientKey, serverKey } = saltedKeys(this.hash, this.password, Buffer.from(salt, "base64"), this.iterations);
    const storedKey = createHash(this.hash).update(clientKey).digest();
    const signature = createHmac(this.hash, storedKey).update(message).digest();
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    this.#serverSignature = createHmac(this.hash, serverKey).update(message).digest("base64");
    return `${withoutProof},p=${proof.toString("base64")}`;
  }

  /** The server has proved to know the user too. */
  expectSignature(data: Uint8Array | undefined): void {
    expect(Buffer.from(data ?? []).toString()).toBe(`v=${this.#serverSignature}`);
  }
}
