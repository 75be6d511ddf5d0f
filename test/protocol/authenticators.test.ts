import { appendFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions, CertificateField, HttpOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { TestLog } from "../support/log.ts";
import { type ConnectOptions, connect, publish } from "../support/packets.ts";
import { temporaryFile } from "../support/temporary.ts";
import { shown, tlsClient } from "../support/tls-client.ts";

async function answer(test: TestBroker, options: ConnectOptions): Promise<number | undefined> {
  const client = await test.connect({ clientIdentifier: "c", ...options });
  await client.close();
  return client.connack?.reasonCode;
}

/** Keeps who the clients are that leave a will. */
function witness() {
  const seen: unknown[] = [];
  const authorize: NonNullable<NonNullable<BrokerOptions["access"]>["authorize"]> = ({ identity }) => {
    seen.push(identity);
    return true;
  };
  return { seen, access: { authorize } };
}

describe("a service that is asked by HTTP", () => {
  type Handler = (question: Record<string, unknown>, response: ServerResponse, request: IncomingMessage) => void;

  /** A service on a free port; what it was asked so far is in `questions`. */
  async function startService(handle: Handler) {
    const questions: Record<string, unknown>[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const question = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      questions.push(question);
      handle(question, response, request);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/mqtt`, questions };
  }

  const json =
    (body: unknown): Handler =>
    (_question, response) =>
      response.end(JSON.stringify(body));

  function startHttp(options: Omit<HttpOptions, "type">, more: BrokerOptions = {}): Promise<TestBroker> {
    return startBroker({ authentication: { authenticators: [{ type: "http", ...options }] }, ...more });
  }

  it("gets all that is known of the client, and says who it is", async () => {
    const acl = { publish: ["w"] };
    const service = await startService(json({ result: "allow", username: "A", groups: ["g"], expiresAt: 4e9, acl }));
    const { seen, access } = witness();
    const test = await startHttp({ url: service.url, headers: { authorization: "Bearer x" } }, { access });
    expect(await answer(test, { username: "alice", password: "pä", will: { topic: "w" } })).toBe(0);
    expect(service.questions).toEqual([
      expect.objectContaining({
        clientIdentifier: "c",
        username: "alice",
        password: "pä",
        passwordBase64: Buffer.from("pä").toString("base64"),
        protocolVersion: 5,
        transport: "tcp",
        remoteAddress: "127.0.0.1",
      }),
    ]);
    expect(seen).toEqual([{ username: "A", groups: ["g"], acl, expiresAt: 4e12 }]);
  });

  it("decides, or leaves a client to the next", async () => {
    const results: Record<string, unknown> = { a: "allow", d: "deny", i: "ignore" };
    const service = await startService(({ username }, response) => {
      response.end(JSON.stringify({ result: results[String(username)] }));
    });
    const authenticate = ({ username }: { username: string | undefined }): number => (username === "i" ? 0 : 0x8a);
    const test = await startHttp({ url: service.url }, { access: { authenticate } });
    expect(await answer(test, { username: "a", password: "p" })).toBe(0);
    expect(await answer(test, { username: "d", password: "p" })).toBe(0x86);
    expect(await answer(test, { username: "i", password: "p" })).toBe(0);
    expect(await answer(test, {})).toBe(0x8a);
    expect(service.questions).toHaveLength(3);
  });

  it("may answer with the secret that the broker shows, by status too", async () => {
    const service = await startService((_question, response, { headers }) => {
      response.writeHead(headers.authorization === "Bearer x" ? 403 : 500).end();
    });
    const test = await startHttp({ url: service.url, headers: { authorization: "Bearer x" } });
    expect(await answer(test, { username: "a", password: "p" })).toBe(0x86);
  });

  it("is asked again about another password, and not about the same for a while", async () => {
    const service = await startService(({ password }, response) => {
      response.end(JSON.stringify({ result: password === "right" ? "allow" : "deny" }));
    });
    const test = await startHttp({ url: service.url });
    for (const password of ["right", "right", "wrong", "wrong", "right"]) {
      expect(await answer(test, { username: "a", password })).toBe(password === "right" ? 0 : 0x86);
    }
    expect(service.questions).toHaveLength(3);
    const always = await startHttp({ url: service.url, cacheSeconds: 0 });
    for (let time = 0; time < 3; time++) expect(await answer(always, { username: "a", password: "right" })).toBe(0);
    expect(service.questions).toHaveLength(6);
  });

  it.each<[string, Handler]>([
    ["an error", (_question, response) => response.writeHead(500).end(JSON.stringify({ result: "allow" }))],
    ["nothing", (_question, response) => response.end()],
    ["no JSON", (_question, response) => response.end("allow")],
    ["no result", json({ username: "a" })],
    ["a wrong user name", json({ result: "allow", username: 7 })],
    ["wrong groups", json({ result: "allow", groups: "g" })],
    ["too much", (_question, response) => response.end(`"${"a".repeat(100_000)}"`)],
    ["another address", (_question, response) => response.writeHead(302, { location: "/other" }).end()],
    ["a broken connection", (_question, response) => response.destroy()],
    ["silence", () => {}],
  ])("that answers with %s lets nobody in", async (_name, handle) => {
    const log = new TestLog();
    const service = await startService(handle);
    const test = await startHttp({ url: service.url, timeout: 300 }, { log: log.logger });
    expect(await answer(test, { username: "a", password: "hunter2" })).toBe(0x88);
    await log.logged("the authentication failed to answer");
    expect(JSON.stringify(log.lines)).not.toContain("hunter2");
  });

  it("is asked a few things at a time", async () => {
    let underWay = 0;
    let most = 0;
    const service = await startService((_question, response) => {
      most = Math.max(most, ++underWay);
      setImmediate(() => {
        underWay--;
        response.end('{"result":"allow"}');
      });
    });
    const test = await startHttp({ url: service.url, concurrency: 2 });
    const clients = await Promise.all(Array.from({ length: 20 }, () => test.open()));
    for (const [index, client] of clients.entries()) {
      client.send(connect({ clientIdentifier: `c${index}`, username: "a", password: String(index) }));
    }
    for (const client of clients) expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
    expect(most).toBeLessThanOrEqual(2);
  });

  it("has an http address", async () => {
    for (const url of ["ftp://x", "https://user:secret@x"]) {
      const refusal = expect.objectContaining({ code: "ERR_OPTION", message: expect.not.stringContaining("secret") });
      await expect(startHttp({ url })).rejects.toEqual(refusal);
    }
  });
});

describe("a user's own module", () => {
  const startModule = (file: string): Promise<TestBroker> =>
    startBroker({ authentication: { authenticators: [{ type: "module", file }] } });

  it("authenticates and authorizes", async () => {
    const file = temporaryFile(
      `export const authenticate = async ({ username }, password) => (String(password) === "ok" ? { groups: [username] } : 0x86);
       export const authorize = ({ identity }, action, topic) => topic === identity.groups[0] + "/" + action;`,
      "hooks.mjs",
    );
    const test = await startModule(file);
    expect(await answer(test, { username: "a", password: "no" })).toBe(0x86);
    expect(await answer(test, { username: "a", password: "ok", will: { topic: "a/publish" } })).toBe(0);
    expect(await answer(test, { username: "a", password: "ok", will: { topic: "b/publish" } })).toBe(0x87);
  });

  it("may authorize only, beside others", async () => {
    const file = temporaryFile('export const authorize = (client, action, topic) => topic !== "no";', "hooks.mjs");
    const test = await startModule(file);
    expect(await answer(test, { will: { topic: "yes" } })).toBe(0);
    expect(await answer(test, { will: { topic: "no" } })).toBe(0x87);
  });

  it("is read anew when it has changed", async () => {
    const file = temporaryFile("export const authenticate = () => 0x86;", "hooks.mjs");
    const test = await startModule(file);
    expect(await answer(test, {})).toBe(0x86);
    writeFileSync(file, "export const authenticate = () => 0; // changed");
    (await test.broker.prepareSecurity())();
    expect(await answer(test, {})).toBe(0);
    appendFileSync(file, "\nexport default (");
    await expect(test.broker.prepareSecurity()).rejects.toMatchObject({ code: "ERR_HOOK_MODULE" });
    expect(await answer(test, {})).toBe(0);
  });

  it.each([
    ["does not exist", undefined, "hooks.mjs"],
    ["is no JavaScript", "export const = 1;", "hooks.mjs"],
    ["throws", 'throw new Error("out of order");', "out of order"],
    ["exports nothing of use", "export const other = 1;", "neither authenticate nor authorize"],
    ["exports something else", "export const authenticate = 1;", "authenticate is no function"],
  ])("that %s keeps the broker from starting", async (_name, text, words) => {
    const file = text === undefined ? "/nowhere/hooks.mjs" : temporaryFile(text, "hooks.mjs");
    await expect(startModule(file)).rejects.toMatchObject({
      code: "ERR_HOOK_MODULE",
      message: expect.stringContaining(words),
    });
  });

  it.each([
    '"yes"',
    "null",
    "true",
    "[]",
    'new Error("no such user")',
    "{ allowed: false }",
    '{ groups: "staff" }',
    "{ expiresAt: NaN }",
  ])("that answers with %s lets nobody in", async (text) => {
    const test = await startModule(temporaryFile(`export const authenticate = () => (${text});`, "hooks.mjs"));
    expect(await answer(test, { username: "a" })).toBe(0x88);
  });

  it.each(["async () => true", 'async () => { throw new Error("no"); }', "() => 1", "() => undefined"])(
    "that authorizes by %s allows nothing",
    async (text) => {
      const test = await startModule(temporaryFile(`export const authorize = ${text};`, "hooks.mjs"));
      expect(await answer(test, { will: { topic: "a" } })).toBe(0x83);
      const client = await test.connect();
      client.send(publish({ topic: "a", payload: "x", retain: true }));
      expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x83 });
      expect(test.broker.gauges.retainedMessages).toBe(0);
    },
  );
});

describe("a client's certificate", () => {
  it.each<[CertificateField, string]>([
    ["cn", "sensor-1"],
    ["subject", "O=Works, CN=sensor-1"],
    ["dns", "one.example.com"],
    ["email", "one@example.com"],
    ["uri", "urn:dev:1"],
  ])("says who the client is by its %s, whatever the CONNECT says", async (username, expected) => {
    const authority = Authority.create();
    const server = authority.issue("server", { names: "DNS:localhost" });
    const names = "DNS:one.example.com,DNS:two.example.com,email:one@example.com,URI:urn:dev:1";
    const client = authority.issue("client", { subject: "/O=Works/CN=sensor-1", names });
    const { seen, access } = witness();
    const test = await startBroker({
      access,
      listeners: [
        {
          protocol: "mqtts",
          port: 0,
          tls: { ...server, ca: authority.certificate, clientCertificate: "optional" },
          authentication: { authenticators: [{ type: "certificate", username }] },
        },
      ],
    });
    const sensor = await tlsClient(test.port, authority, shown(client));
    await sensor.handshake({ clientIdentifier: "c", username: "root", will: { topic: "w" } });
    expect(sensor.connack).toMatchObject({ reasonCode: 0 });
    expect(seen).toEqual([expect.objectContaining({ username: expected })]);
    const other = await tlsClient(test.port, authority);
    await other.handshake({ clientIdentifier: "d", username: expected });
    expect(other.connack).toMatchObject({ reasonCode: 0x86 });
  });
});
