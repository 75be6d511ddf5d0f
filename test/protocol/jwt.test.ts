import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions, JwtOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { TestLog } from "../support/log.ts";
import type { ConnectOptions } from "../support/packets.ts";
import { temporaryFile } from "../support/temporary.ts";
import { holdTime, pass } from "../support/time.ts";

/** Undefined takes one away that would be there. */
type Claims = Record<string, unknown>;

const SECRET = randomBytes(48);
const RSA = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ED = generateKeyPairSync("ed25519");

const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

function token(alg: string, key: KeyObject | Uint8Array, claims: Claims = {}, kid?: string): Promise<string> {
  const payload = { sub: "alice", exp: Math.floor(Date.now() / 1000) + 600, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) }).sign(key);
}

const hs = (claims: Claims = {}): Promise<string> => token("HS256", SECRET, claims);

function startJwt(options: Omit<JwtOptions, "type">, more: BrokerOptions = {}): Promise<TestBroker> {
  return startBroker({ authentication: { authenticators: [{ type: "jwt", ...options }] }, ...more });
}

const startSecret = (options: Partial<JwtOptions> = {}, more: BrokerOptions = {}): Promise<TestBroker> =>
  startJwt({ algorithms: ["HS256"], secretFile: temporaryFile(SECRET), ...options }, more);

async function answer(test: TestBroker, password: string, options: ConnectOptions = {}): Promise<number | undefined> {
  const client = await test.connect({ clientIdentifier: "c", username: "any", password, ...options });
  await client.close();
  return client.connack?.reasonCode;
}

describe("a token", () => {
  it.each([
    ["HS256", () => ({ secretFile: temporaryFile(SECRET) }), SECRET],
    ["RS256", () => ({ keyFile: temporaryFile(pem(RSA.publicKey)) }), RSA.privateKey],
    ["PS384", () => ({ keyFile: temporaryFile(pem(RSA.publicKey)) }), RSA.privateKey],
    ["ES256", () => ({ keyFile: temporaryFile(pem(EC.publicKey)) }), EC.privateKey],
    ["EdDSA", () => ({ keyFile: temporaryFile(pem(ED.publicKey)) }), ED.privateKey],
  ] as const)("signed with %s lets in, as long as nobody touched it", async (algorithm, key, signer) => {
    const test = await startJwt({ algorithms: [algorithm], ...key() });
    const good = await token(algorithm, signer);
    expect(await answer(test, good)).toBe(0);
    const [header, , signature] = good.split(".");
    const forged = Buffer.from(JSON.stringify({ sub: "root", exp: 4_000_000_000 })).toString("base64url");
    expect(await answer(test, `${header}.${forged}.${signature}`)).toBe(0x86);
  });

  it("is not taken without a signature, nor with a public key for its secret, nor with another algorithm", async () => {
    const publicKey = pem(RSA.publicKey);
    const test = await startJwt({ algorithms: ["RS256"], keyFile: temporaryFile(publicKey) });
    const claims = { sub: "alice", exp: 4_000_000_000 };
    expect(await answer(test, new UnsecuredJWT(claims).encode())).toBe(0x86);
    expect(await answer(test, await token("HS256", createSecretKey(Buffer.from(publicKey)), claims))).toBe(0x86);
    expect(await answer(test, await token("RS512", RSA.privateKey, claims))).toBe(0x86);
    expect(await answer(test, await token("RS256", RSA.privateKey, claims))).toBe(0);
  });

  it.each<[string, Partial<JwtOptions>, Claims, number]>([
    ["that has expired", {}, { exp: 1_000_000_000 }, 0x86],
    ["that does not hold yet", {}, { nbf: 4_000_000_000 }, 0x86],
    ["without an expiry", {}, { exp: undefined }, 0x86],
    ["without an expiry where that may be", { requireExpiry: false }, { exp: undefined }, 0],
    ["of another issuer", { issuer: ["a", "b"] }, { iss: "c" }, 0x86],
    ["of the right issuer", { issuer: ["a", "b"] }, { iss: "b" }, 0],
    ["for others", { audience: "mqtt" }, { aud: ["web"] }, 0x86],
    ["for this broker too", { audience: "mqtt" }, { aud: ["web", "mqtt"] }, 0],
    ["of nobody", {}, { sub: undefined }, 0x86],
    ["of another user", { matchUsername: true }, { sub: "alice" }, 0x86],
    ["of the same user", { matchUsername: true }, { sub: "any" }, 0],
    ["of another client", { clientIdentifierClaim: "client" }, { client: "d" }, 0x86],
    ["of the same client", { clientIdentifierClaim: "client" }, { client: "c" }, 0],
  ])("%s", async (_name, options, claims, code) => {
    const test = await startSecret(options);
    expect(await answer(test, await hs(claims))).toBe(code);
  });

  it("says who the client is, of which groups, and what it may do", async () => {
    const seen: unknown[] = [];
    const access = {
      authorize: ({ identity }: { identity: unknown }) => {
        seen.push(identity);
        return true;
      },
    };
    const test = await startSecret({ usernameClaim: "name", groupsClaim: "roles" }, { access });
    const acl = { publish: ["a"] };
    await answer(test, await hs({ name: "bob", roles: ["x", 7, "y"], acl, exp: 4_000_000_000 }), {
      will: { topic: "a" },
    });
    expect(seen).toEqual([{ username: "bob", groups: ["x", "y"], acl, expiresAt: 4_000_000_005_000 }]);
  });

  it("may come as the user name, and a password that is none is left to others", async () => {
    const test = await startSecret({ tokenIn: "username" });
    expect(await answer(test, "", { username: await hs() })).toBe(0);
    const authenticate = (_client: unknown, password: Uint8Array | undefined): number =>
      Buffer.from(password ?? []).toString() === "plain" ? 0 : 0x86;
    const both = await startSecret({}, { access: { authenticate } });
    expect(await answer(both, "plain")).toBe(0);
    expect(await answer(both, "a.b.c")).toBe(0x86);
  });

  it("is in no line of the log, also where it is refused", async () => {
    const log = new TestLog();
    const test = await startSecret({}, { log: log.logger });
    const old = await hs({ exp: 1_000_000_000 });
    expect(await answer(test, old)).toBe(0x86);
    expect(await log.logged("refused a token")).toMatchObject({ client: "c", reason: expect.stringContaining("exp") });
    for (const part of old.split(".")) expect(JSON.stringify(log.lines)).not.toContain(part);
  });
});

describe("the expiry of a token", () => {
  it.each([4, 5] as const)("ends the connection at its time, at protocol level %i", async (version) => {
    holdTime();
    const test = await startSecret({ clockTolerance: 0 });
    const password = await hs({ exp: Math.floor(Date.now() / 1000) + 100 });
    const client = await test.connect({ version, clientIdentifier: "c", username: "u", password });
    pass(98);
    await client.expectNothing();
    pass(3);
    if (version === 5) expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x87 });
    await client.expectClosed();
  });

  it("may be further away than a timer can wait", async () => {
    const test = await startSecret();
    const client = await test.connect({ username: "u", password: await hs({ exp: 40_000_000_000 }) });
    await client.expectNothing();
  });
});

describe("a set of keys", () => {
  async function keySet(): Promise<string> {
    const keys = [
      { ...(await exportJWK(RSA.publicKey)), kid: "one", alg: "RS256" },
      { ...(await exportJWK(EC.publicKey)), kid: "two", alg: "ES256" },
    ];
    return JSON.stringify({ keys });
  }

  it("in a file has the key by its name", async () => {
    const test = await startJwt({ algorithms: ["RS256", "ES256"], jwksFile: temporaryFile(await keySet()) });
    expect(await answer(test, await token("RS256", RSA.privateKey, {}, "one"))).toBe(0);
    expect(await answer(test, await token("ES256", EC.privateKey, {}, "two"))).toBe(0);
    expect(await answer(test, await token("ES256", EC.privateKey, {}, "three"))).toBe(0x86);
  });

  it("at an address is fetched once, and where it cannot be fetched nobody comes in", async () => {
    const set = await keySet();
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.setHeader("content-type", "application/json").end(set);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const jwksUrl = `http://127.0.0.1:${port}/keys`;
    const test = await startJwt({ algorithms: ["RS256", "ES256"], jwksUrl });
    for (let time = 0; time < 3; time++) {
      expect(await answer(test, await token("RS256", RSA.privateKey, {}, "one"))).toBe(0);
      expect(await answer(test, await token("ES256", EC.privateKey, {}, "unknown"))).toBe(0x86);
    }
    expect(asked).toBe(1);
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
    const closed = await startJwt({ algorithms: ["RS256"], jwksUrl });
    expect(await answer(closed, await token("RS256", RSA.privateKey, {}, "one"))).toBe(0x88);
  });
});

describe("what cannot be used is told at the start", () => {
  const algorithms = ["RS256"];
  it.each<[string, () => Omit<JwtOptions, "type">, string]>([
    ["no key", () => ({ algorithms }), "keyFile, secretFile, jwksFile and jwksUrl"],
    ["two keys", () => ({ algorithms, keyFile: "a", secretFile: "b" }), "keyFile, secretFile, jwksFile and jwksUrl"],
    ["no algorithm", () => ({ algorithms: [], keyFile: "a" }), "algorithms"],
    ["an unknown algorithm", () => ({ algorithms: ["none"], keyFile: "a" }), '"none"'],
    ["no file", () => ({ algorithms, keyFile: "/nowhere/key" }), "/nowhere/key"],
    ["a file of something else", () => ({ algorithms, keyFile: temporaryFile("hunter2") }), "PEM"],
    [
      "a private key",
      () => ({ algorithms, keyFile: temporaryFile(RSA.privateKey.export({ type: "pkcs8", format: "pem" })) }),
      "private key",
    ],
    ["a secret for RS256", () => ({ algorithms, secretFile: temporaryFile(SECRET) }), "RS256"],
    ["a public key for HS256", () => ({ algorithms: ["HS256"], keyFile: temporaryFile(pem(RSA.publicKey)) }), "HS256"],
    ["a key of another kind", () => ({ algorithms: ["ES256"], keyFile: temporaryFile(pem(RSA.publicKey)) }), "ES256"],
    ["a key of another curve", () => ({ algorithms: ["ES384"], keyFile: temporaryFile(pem(EC.publicKey)) }), "ES384"],
    [
      "a JSON Web Key of another curve",
      () => ({
        algorithms: ["ES256", "ES512"],
        keyFile: temporaryFile(JSON.stringify(EC.publicKey.export({ format: "jwk" }))),
      }),
      "ES512",
    ],
    [
      "a short key",
      () => ({
        algorithms,
        keyFile: temporaryFile(pem(generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey)),
      }),
      "2048 bits",
    ],
    [
      "a short secret in a JSON Web Key",
      () => ({ algorithms: ["HS256"], keyFile: temporaryFile('{"kty":"oct","k":"aHVudGVyMg"}') }),
      "too short",
    ],
    ["a secret in a set", () => ({ algorithms: ["HS256"], jwksFile: temporaryFile('{"keys":[]}') }), "HS256"],
    ["a short secret", () => ({ algorithms: ["HS256"], secretFile: temporaryFile("hunter2\n") }), "too short"],
    ["a set that is none", () => ({ algorithms, jwksFile: temporaryFile("{}") }), '"keys"'],
    ["a set that is no JSON", () => ({ algorithms, jwksFile: temporaryFile("hunter2") }), "JSON"],
    ["an address without TLS", () => ({ algorithms, jwksUrl: "http://example.com/keys" }), "https"],
  ])("%s", async (_name, options, words) => {
    const start = startJwt(options());
    await expect(start).rejects.toMatchObject({ code: "ERR_JWT", message: expect.stringContaining(words) });
    await expect(start).rejects.not.toThrow("hunter2");
  });
});
