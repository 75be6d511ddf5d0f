import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { hash } from "@node-rs/argon2";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import type { JwtOptions, ListenerOptions } from "../../../src/index.ts";
import { createScramVerifier } from "../../../src/security/scram/verifier.ts";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { auth, type ConnectOptions, connect } from "../../support/packets.ts";
import { proxyHeader1 } from "../../support/proxy-header.ts";
import { RawClient } from "../../support/raw-client.ts";
import { RawWebSocket } from "../../support/raw-websocket.ts";
import { ScramClient } from "../../support/scram-client.ts";
import { temporaryFile } from "../../support/temporary.ts";

const NO_DELAYS = { trusted: [], addressDelayAfter: 1_000 };

async function answer(test: TestBroker, options: ConnectOptions): Promise<number | undefined> {
  const client = await test.connect({ clientIdentifier: "c", ...options });
  await client.close();
  return client.connack?.reasonCode;
}

/** A server on a free port that counts what it is asked. */
async function serve(answerTo: (body: string) => string) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    asked.push(body);
    response.setHeader("content-type", "application/json").end(answerTo(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { asked, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/` };
}

describe("forged tokens", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const own = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: "admin", exp: Math.floor(Date.now() / 1000) + 600 };

  /** With a signature of the attacker's own, or none. */
  function forge(header: object, payload: object, signature: Buffer = randomBytes(256)): string {
    return `${part(header)}.${part(payload)}.${signature.toString("base64url")}`;
  }

  function hmacForged(header: object, key: string): string {
    const signed = `${part(header)}.${part(claims)}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  }

  async function forgeries(stolen: string): Promise<string[]> {
    const jwk = await exportJWK(own.publicKey);
    const good = (header: object) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(own.privateKey);
    const [head = "", body = "", signature = ""] = stolen.split(".");
    return [
      ...["none", "None", "NONE", ""].flatMap((alg) => [
        forge({ alg }, claims, Buffer.alloc(0)),
        forge({ alg }, claims),
      ]),
      ...[pem, pem.trim(), "", "one"].map((key) => hmacForged({ alg: "HS256", kid: "one" }, key)),
      ...(await Promise.all([good({ jwk }), good({ jku: stolen }), good({ kid: "one" }), good({ x5c: ["a"] })])),
      ...["../../../dev/null", "one' OR '1'='1", "\u0000", "__proto__", "constructor"].map((kid) =>
        hmacForged({ alg: "HS256", kid }, ""),
      ),
      forge({ alg: "RS256", kid: "one", crit: ["exp"] }, claims),
      `${head}.${part({ ...claims, sub: "root" })}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}.`,
      `${stolen}.${stolen}`,
      `${"a".repeat(16_300)}.b.c`,
      `a.b.${"c".repeat(60_000)}`,
    ];
  }

  it.each(["keyFile", "jwksFile", "jwksUrl"] as const)("let nobody in, with a %s", async (kind) => {
    const set = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "RS256" }] });
    const server = await serve(() => set);
    const files = { keyFile: () => temporaryFile(pem), jwksFile: () => temporaryFile(set), jwksUrl: () => server.url };
    const jwt: JwtOptions = { type: "jwt", algorithms: ["RS256"], [kind]: files[kind]() };
    const test = await startBroker({ authentication: { authenticators: [jwt] } });
    const real = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "one" }).sign(privateKey);
    for (const password of await forgeries(real)) {
      expect(await answer(test, { username: "admin", password })).toBe(0x86);
    }
    expect(await answer(test, { username: "any", password: real })).toBe(0);
    expect(server.asked.length).toBeLessThanOrEqual(1);
  });
});

describe("SCRAM", () => {
  const startScram = async (): Promise<TestBroker> => {
    const verifier = await createScramVerifier("sha256", "alice's secret");
    const authenticators = [{ type: "password-file", file: temporaryFile(`alice:${verifier}\n`) } as const];
    return startBroker({ authentication: { authenticators } });
  };

  it.each(["p=tls-unique,,", "y,a=root,", "n,a=root,", "x,,", ",,", ""])(
    "takes no first message with %j",
    async (header) => {
      const test = await startScram();
      const client = await test.open();
      const authenticationData = Buffer.from(`${header}n=alice,r=abc`);
      client.send(connect({ properties: { authenticationMethod: "SCRAM-SHA-256", authenticationData } }));
      expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x87 });
    },
  );

  it("takes no exchange a second time", async () => {
    const test = await startScram();
    const scram = new ScramClient("sha256", "alice", "alice's secret");
    const victim = await test.open();
    victim.send(connect({ clientIdentifier: "v", properties: scram.properties(scram.first) }));
    const { properties } = await victim.expect("auth");
    const final = scram.answer(Buffer.from(properties.authenticationData ?? []).toString());
    const replay = auth({ reasonCode: 0x18, properties: scram.properties(final) });
    victim.send(replay);
    expect(await victim.expect("connack")).toMatchObject({ reasonCode: 0 });
    const attacker = await test.open();
    attacker.send(connect({ clientIdentifier: "a", properties: scram.properties(scram.first) }));
    await attacker.expect("auth");
    attacker.send(replay);
    expect(await attacker.expect("connack")).toMatchObject({ reasonCode: 0x87 });
  });

  it("asks once, and not again and again, one who says nothing", async () => {
    const test = await startScram();
    const properties = { authenticationMethod: "SCRAM-SHA-256" };
    const attacker = await test.open();
    attacker.send(
      connect({ properties }),
      ...Array.from({ length: 100 }, () => auth({ reasonCode: 0x18, properties })),
    );
    await attacker.expect("auth");
    expect(await attacker.expect("connack")).toMatchObject({ reasonCode: 0x87 });
    await attacker.expectClosed();
  });
});

describe("an address that guesses", () => {
  const startGuarded = (listeners: ListenerOptions[]): Promise<TestBroker> => {
    const file = temporaryFile(`alice:$6$AAAA$${Buffer.alloc(64).toString("base64")}\n`);
    const authenticators = [{ type: "password-file", file } as const];
    return startBroker({ listeners, authentication: { authenticators, allowAnonymous: true, guard: NO_DELAYS } });
  };

  async function guessUntilBanned(open: () => Promise<RawClient>): Promise<void> {
    for (let number = 0; number < 20; number++) {
      const client = await open();
      client.send(connect({ username: `user ${number}`, password: `guess ${number}` }));
      expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x86 });
      client.destroy();
    }
  }

  it("is kept out at all doors", async () => {
    const test = await startGuarded([
      { protocol: "mqtt", port: 0 },
      { protocol: "ws", port: 0 },
      { protocol: "mqtt", port: 0 },
    ]);
    const ports = test.broker.addresses.map(({ port = 0 }) => port);
    await guessUntilBanned(() => test.open());
    const [first = 0, web = 0, other = 0] = ports;
    for (const port of [first, other]) await (await RawClient.connect(port)).expectClosed();
    await expect(RawWebSocket.connect(web)).rejects.toThrow("abort");
    expect(test.broker.statistics.addressesBanned).toBe(1);
  });

  it("gets no further by names without a password", async () => {
    const test = await startGuarded([{ protocol: "mqtt", port: 0 }]);
    for (let number = 0; number < 20; number++) {
      expect(await answer(test, { username: `user ${number}` })).toBe(0x86);
    }
    await (await test.open()).expectClosed();
  });

  it("behind a proxy leaves the others behind it alone, and gains nothing by claiming to be one of them", async () => {
    const test = await startGuarded([
      { protocol: "mqtt", port: 0, proxyProtocolFrom: ["127.0.0.1"] },
      { protocol: "mqtt", port: 0 },
    ]);
    const [proxied = 0, plain = 0] = test.broker.addresses.map(({ port }) => port);
    const from = async (port: number, address: string): Promise<RawClient> => {
      const client = await RawClient.connect(port);
      client.send(proxyHeader1({ address, port: 4_000 }));
      return client;
    };
    await guessUntilBanned(() => from(proxied, "203.0.113.9"));
    await (await from(proxied, "203.0.113.9")).expectClosed();
    const neighbour = await from(proxied, "203.0.113.10");
    expect(await neighbour.handshake()).toMatchObject({ reasonCode: 0 });
    // Where no proxy is expected its header is no MQTT.
    const liar = await from(plain, "203.0.113.11");
    liar.send(connect({ clientIdentifier: "x".repeat(100) }));
    await liar.expectClosed();
  });
});

it("a service is not told anything else by a name that looks like JSON, a header or a line, and no answer is another client's", async () => {
  const service = await serve((body) => {
    const { username, password } = JSON.parse(body) as Record<string, string>;
    return JSON.stringify({ result: username === "a" && password === "bc" ? "allow" : "deny" });
  });
  const authenticators = [{ type: "http", url: service.url } as const];
  const test = await startBroker({ authentication: { authenticators } });
  expect(await answer(test, { username: "a", password: "bc" })).toBe(0);
  const names = ["ab", 'a","password":"bc', "a\r\nX-Admin: 1\r\n\r\n", 'a"}', "a\u0001", "\ufeffa", "A", "a "];
  for (const [index, username] of names.entries()) {
    expect(await answer(test, { username, password: index === 0 ? "c" : "bc" })).toBe(0x86);
    expect(JSON.parse(service.asked.at(-1) ?? "")).toMatchObject({ username });
  }
  expect(await answer(test, { username: "a", password: "b", clientIdentifier: "cc" })).toBe(0x86);
});

it("a password that was right is not, once the file says another", async () => {
  const file = temporaryFile(`alice:${await hash("old")}\n`);
  const authenticators = [{ type: "password-file", file } as const];
  const test = await startBroker({ authentication: { authenticators } });
  for (let time = 0; time < 2; time++) expect(await answer(test, { username: "alice", password: "old" })).toBe(0);
  writeFileSync(file, `alice:${await hash("new")}\n`);
  (await test.broker.prepareSecurity())();
  expect(await answer(test, { username: "alice", password: "old" })).toBe(0x86);
  expect(await answer(test, { username: "alice", password: "new" })).toBe(0);
  writeFileSync(file, "");
  (await test.broker.prepareSecurity())();
  expect(await answer(test, { username: "alice", password: "new" })).toBe(0x86);
});
