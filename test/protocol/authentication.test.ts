import { appendFileSync, writeFileSync } from "node:fs";
import { hash } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import type { AuthenticationOptions, Authenticator, BrokerOptions, ListenerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { TestLog } from "../support/log.ts";
import { type ConnectOptions, connect, type Version } from "../support/packets.ts";
import { SECRET_HASHES } from "../support/passwords.ts";
import { RawClient } from "../support/raw-client.ts";
import { temporaryFile } from "../support/temporary.ts";

const USERS = Object.entries(SECRET_HASHES).map(([form, hash]) => `${form}:${hash}\n`);

function withPasswords(options: BrokerOptions = {}, authentication: AuthenticationOptions = {}): Promise<TestBroker> {
  const file = temporaryFile(USERS.join(""));
  return startBroker({
    authentication: { authenticators: [{ type: "password-file", file }], ...authentication },
    ...options,
  });
}

/** The reason code that a client gets. */
async function answer(test: TestBroker, options: ConnectOptions): Promise<number | undefined> {
  const client = await test.connect({ clientIdentifier: "c", ...options });
  await client.close();
  return client.connack?.reasonCode;
}

const CODES: Record<string, Record<Version, number>> = {
  wrong: { 3: 4, 4: 4, 5: 0x86 },
  unauthorized: { 3: 5, 4: 5, 5: 0x87 },
  busy: { 3: 3, 4: 3, 5: 0x89 },
};

describe.each<Version>([3, 4, 5])("a password file, at protocol level %i", (version) => {
  it.each(Object.keys(SECRET_HASHES))(
    "[MQTT-3.1.4-2] lets in a user with the right password only: %s",
    async (username) => {
      const test = await withPasswords();
      expect(await answer(test, { version, username, password: "secret" })).toBe(0);
      expect(await answer(test, { version, username, password: "wrong" })).toBe(CODES.wrong?.[version]);
      expect(await answer(test, { version, username, password: "" })).toBe(CODES.wrong?.[version]);
      expect(await answer(test, { version, username })).toBe(CODES.wrong?.[version]);
      expect(await answer(test, { version, username, password: "secret" })).toBe(0);
    },
  );

  it("refuses whom it does not know, and those who say nothing", async () => {
    const test = await withPasswords();
    expect(await answer(test, { version, username: "nobody", password: "secret" })).toBe(CODES.wrong?.[version]);
    expect(await answer(test, { version })).toBe(CODES.unauthorized?.[version]);
    expect(test.broker.statistics.authenticationsFailed).toBe(1);
  });

  it("tells those who come while too many wait to come again", async () => {
    const file = temporaryFile(`slow:${await hash("secret")}\n`);
    const authenticators = [{ type: "password-file", file } as const];
    const test = await startBroker({
      authentication: { authenticators, passwords: { concurrency: 1, maximumWaiting: 0 } },
    });
    const clients = await Promise.all(Array.from({ length: 8 }, () => test.open()));
    for (const [index, client] of clients.entries()) {
      client.version = version;
      client.send(connect({ version, clientIdentifier: `c${index}`, username: "slow", password: `wrong ${index}` }));
    }
    const codes = await Promise.all(clients.map(async (client) => (await client.expect("connack")).reasonCode));
    expect(codes[0]).toBe(CODES.wrong?.[version]);
    expect(codes).toContain(CODES.busy?.[version]);
  });
});

it("many clients that show the same at the same time are one check", async () => {
  const test = await withPasswords({}, { passwords: { concurrency: 1, maximumWaiting: 0 } });
  const clients = await Promise.all(Array.from({ length: 50 }, () => test.open()));
  for (const [index, client] of clients.entries()) {
    client.send(connect({ clientIdentifier: `c${index}`, username: "argon2id", password: "secret" }));
  }
  for (const client of clients) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
});

describe("who is asked", () => {
  const knows = (user: string, code: number): Authenticator => ({
    name: user,
    authenticate({ username }) {
      if (username !== user) return { outcome: "pass" };
      if (code !== 0) return { outcome: "deny", reasonCode: code, detail: "no", isGuess: false };
      return { outcome: "allow", identity: { username: `${user}!`, groups: [], expiresAt: undefined, acl: undefined } };
    },
  });

  it("is the first that knows the client, and the program's own hook in the end", async () => {
    const file = temporaryFile(`a:${SECRET_HASHES.sha512}\n`);
    const test = await startBroker({
      authentication: {
        authenticators: [knows("x", 0x8a), { type: "password-file", file }, knows("a", 0), knows("b", 0)],
      },
      access: { authenticate: ({ username }) => (username === "own" ? { groups: ["g"] } : undefined) },
    });
    expect(await answer(test, { username: "x" })).toBe(0x8a);
    expect(await answer(test, { username: "a", password: "secret" })).toBe(0);
    expect(await answer(test, { username: "a", password: "wrong" })).toBe(0x86);
    expect(await answer(test, { username: "b", password: "wrong" })).toBe(0);
    expect(await answer(test, { username: "own" })).toBe(0);
    expect(await answer(test, { username: "else", password: "secret" })).toBe(0x86);
    expect(await answer(test, {})).toBe(0x87);
  });

  it("can differ from listener to listener", async () => {
    const file = temporaryFile(`a:${SECRET_HASHES.sha512}\n`);
    const own = { authenticators: [{ type: "password-file", file } as const] };
    const listeners: ListenerOptions[] = [
      { protocol: "mqtt", port: 0 },
      { protocol: "mqtt", port: 0, name: "strict", authentication: own },
      { protocol: "mqtt", port: 0, name: "shut", authentication: { allowAnonymous: false } },
      { protocol: "mqtt", port: 0, name: "both", authentication: { ...own, allowAnonymous: true } },
    ];
    const test = await startBroker({ listeners });
    const codes = await Promise.all(
      test.broker.addresses.map(async ({ port }) => {
        const anonymous = await RawClient.connect(port, { connect: {} });
        const right = await RawClient.connect(port, { connect: { username: "a", password: "secret" } });
        const wrong = await RawClient.connect(port, { connect: { username: "a", password: "wrong" } });
        return [anonymous, right, wrong].map(({ connack }) => connack?.reasonCode);
      }),
    );
    expect(codes).toEqual([
      [0, 0, 0],
      [0x87, 0, 0x86],
      [0x87, 0x86, 0x86],
      [0, 0, 0x86],
    ]);
  });

  it("a listener that others can reach lets nobody in unless it is told to, and says so", async () => {
    const log = new TestLog();
    const shut = await startBroker({ listeners: [{ protocol: "mqtt", host: "0.0.0.0", port: 0 }], log: log.logger });
    expect(await answer(shut, {})).toBe(0x87);
    expect(await answer(shut, { username: "a", password: "b" })).toBe(0x86);
    expect(
      await log.logged(
        "nobody can connect by this listener: configure an authentication for it, or allow anonymous clients",
      ),
    ).toMatchObject({ listener: expect.stringContaining("0.0.0.0") });
    const open = await startBroker({
      listeners: [{ protocol: "mqtt", host: "0.0.0.0", port: 0 }],
      authentication: { allowAnonymous: true },
    });
    expect(await answer(open, {})).toBe(0);
  });

  it("sees to it that rules and events know a client by the identity that it was given", async () => {
    const seen: unknown[] = [];
    const test = await startBroker({
      authentication: { authenticators: [knows("b", 0)] },
      access: {
        authorize: ({ identity, username }) => {
          seen.push([identity?.username, username]);
          return true;
        },
      },
    });
    await test.connect({ username: "b", will: { topic: "w" } });
    expect(seen).toEqual([["b!", "b"]]);
  });

  it("when it fails, lets nobody in", async () => {
    const broken: Authenticator = {
      name: "broken",
      authenticate() {
        throw new Error("out of order");
      },
    };
    const log = new TestLog();
    const test = await startBroker({
      log: log.logger,
      authentication: { authenticators: [broken], allowAnonymous: true },
    });
    expect(await answer(test, {})).toBe(0x88);
    expect(await log.logged("the authentication failed to answer")).toMatchObject({ authenticator: "broken" });
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a word", "deny"],
    ["an outcome that is none", { outcome: "denied" }],
    ["an outcome that is none, and an identity", { outcome: "ok", identity: { username: "a" } }],
    ["no identity", { outcome: "allow" }],
    ["a word for a list of groups", { outcome: "allow", identity: { username: "a", groups: "not staff" } }],
  ])("when it answers with %s, lets nobody in", async (_name, said) => {
    const authenticators = [() => said, async () => said].map((authenticate) => ({ name: "odd", authenticate }));
    for (const odd of authenticators as unknown as Authenticator[]) {
      const test = await startBroker({ authentication: { authenticators: [odd], allowAnonymous: true } });
      expect(await answer(test, { username: "a" })).toBe(0x88);
      expect(await answer(test, {})).toBe(0x88);
    }
  });
});

describe("reading anew", () => {
  it("takes over what changed in the file, for clients to come", async () => {
    const file = temporaryFile(`a:${SECRET_HASHES.argon2id}\n`);
    const test = await startBroker({ authentication: { authenticators: [{ type: "password-file", file }] } });
    const before = await test.connect({ clientIdentifier: "before", username: "a", password: "secret" });
    writeFileSync(file, `b:${SECRET_HASHES.argon2id}\n`);
    expect(await answer(test, { username: "a", password: "secret" })).toBe(0);
    (await test.broker.prepareSecurity())();
    expect(await answer(test, { username: "a", password: "secret" })).toBe(0x86);
    expect(await answer(test, { username: "b", password: "secret" })).toBe(0);
    await before.expectNothing();
  });

  it("changes nothing where a file is bad, or as long as nobody commits", async () => {
    const file = temporaryFile(`a:${SECRET_HASHES.argon2id}\n`, "users");
    const test = await startBroker({ authentication: { authenticators: [{ type: "password-file", file }] } });
    appendFileSync(file, "b:hunter2\n");
    await expect(test.broker.prepareSecurity()).rejects.toThrow(/users:2:3: /);
    expect(await answer(test, { username: "a", password: "secret" })).toBe(0);
    writeFileSync(file, "");
    await test.broker.prepareSecurity();
    expect(await answer(test, { username: "a", password: "secret" })).toBe(0);
  });

  it("takes other options too, those of a listener by its name", async () => {
    const file = temporaryFile(`a:${SECRET_HASHES.argon2id}\n`);
    const listener: ListenerOptions = { protocol: "mqtt", port: 0, name: "door" };
    const test = await startBroker({ listeners: [listener] });
    const authentication = { authenticators: [{ type: "password-file", file } as const] };
    (await test.broker.prepareSecurity(undefined, [{ ...listener, authentication }]))();
    expect(await answer(test, {})).toBe(0x87);
    (await test.broker.prepareSecurity({ authentication: { allowAnonymous: true } }, [listener]))();
    expect(await answer(test, {})).toBe(0);
  });

  it("gives listeners that have no names each its own, also where they are at the same port 0", async () => {
    const [shut, open] = [false, true].map((allowAnonymous) => ({ allowAnonymous }));
    const listeners: ListenerOptions[] = [shut, open].map((own) => ({
      protocol: "mqtt",
      port: 0,
      ...(own && { authentication: own }),
    }));
    const test = await startBroker({ listeners });
    await test.broker.reload({ listeners });
    const clients = test.broker.addresses.map(({ port }) => RawClient.connect(port, { connect: {} }));
    expect((await Promise.all(clients)).map(({ connack }) => connack?.reasonCode)).toEqual([0x87, 0]);
  });
});

it("a broker does not start with a password file that it cannot use", async () => {
  const start = (file: string) =>
    startBroker({ authentication: { authenticators: [{ type: "password-file", file }] } });
  await expect(start("/nowhere/users")).rejects.toMatchObject({
    code: "ERR_PASSWORD_FILE",
    message: expect.stringContaining("/nowhere/users"),
  });
  await expect(start(temporaryFile("a:b\n"))).rejects.toThrow(/:1:3: /);
});

describe("the guard", () => {
  const guard = { trusted: [], addressDelayAfter: 100, addressBanAfter: 3, banSeconds: 600 };

  it("closes connections from a banned address before a byte of them is read", async () => {
    const test = await withPasswords({}, { guard });
    const inside = await test.connect({ clientIdentifier: "inside", username: "sha512", password: "secret" });
    for (const guess of ["1", "2", "3"]) {
      expect(await answer(test, { username: "sha512", password: guess })).toBe(0x86);
    }
    const next = await test.open();
    await next.expectClosed();
    expect(next.bytes()).toHaveLength(0);
    await inside.expectNothing();
    expect(test.broker.statistics).toMatchObject({
      addressesBanned: 1,
      connectionsBanned: 1,
      authenticationsFailed: 3,
    });
  });

  it("does not watch this machine unless it is told to", async () => {
    const test = await withPasswords({}, { guard: { ...guard, trusted: ["127.0.0.1"] } });
    for (let guess = 0; guess < 10; guess++) await answer(test, { username: "sha512", password: String(guess) });
    expect(await answer(test, { username: "sha512", password: "secret" })).toBe(0);
  });

  it.each<[Version, number]>([
    [4, 3],
    [5, 0x9f],
  ])(
    "refuses a client that connects in a loop, at protocol level %i with %i, and leaves its session alone",
    async (version, code) => {
      const test = await startBroker({ authentication: { guard: { trusted: [], flappingLimit: 3 } } });
      for (let time = 0; time < 3; time++) expect(await answer(test, { version })).toBe(0);
      const last = await test.connect({ version, clientIdentifier: "other" });
      expect(await answer(test, { version })).toBe(code);
      await last.expectNothing();
      expect(test.broker.statistics.clientsHeldOff).toBe(1);
    },
  );
});

it("secrets are in no line of the log", async () => {
  const log = new TestLog();
  log.logger.level = "trace";
  const test = await withPasswords(
    { log: log.logger },
    { guard: { trusted: [], addressBanAfter: 3, addressDelayAfter: 100 } },
  );
  await answer(test, { username: "sha512", password: "secret" });
  for (const guess of [1, 2, 3]) await answer(test, { username: "sha512", password: `hunter${guess}` });
  const text = JSON.stringify(log.lines);
  expect(text).toContain("client connected");
  expect(text).toContain("banned an address");
  expect(text).not.toMatch(/hunter|secret|FiiWhO|8FdiiW/);
});
