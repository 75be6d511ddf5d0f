import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { describe, expect, it } from "vitest";
import type { BrokerOptions, TlsOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { messages, publishAcknowledged, subscribeTo } from "../support/exchange.ts";
import { TestLog } from "../support/log.ts";
import { connect, publish, type Version } from "../support/packets.ts";
import { itAt } from "../support/title.ts";
import { openTls, tlsClient } from "../support/tls-client.ts";

const LOCALHOST = "DNS:localhost,IP:127.0.0.1";
const authority = Authority.create();
const server = authority.issue("server", { names: LOCALHOST });
const ca = readFileSync(authority.certificate);

function start(tls: TlsOptions = {}, options: BrokerOptions = {}): Promise<TestBroker> {
  return startBroker({ listeners: [{ protocol: "mqtts", port: 0, tls: { ...server, ...tls } }], ...options });
}

describe.each<Version>([3, 4, 5])("MQTT over TLS in version %i", (version) => {
  const it = itAt(version);

  it.each(["TLSv1.2", "TLSv1.3"] as const)("goes both ways, by %s", async (protocol) => {
    const test = await start();
    const client = await tlsClient(test.port, authority, { minVersion: protocol, maxVersion: protocol });
    await client.handshake({ version, clientIdentifier: "c" });
    await subscribeTo(client, ["t"]);
    for (const payload of ["x".repeat(100_000), "y"]) client.send(publish({ version, topic: "t", payload }));
    expect(await messages(client, 2)).toEqual([`t=${"x".repeat(100_000)}`, "t=y"]);
  });
});

describe("a TLS listener", () => {
  it("reaches clients of others", async () => {
    const listeners = [
      { protocol: "mqtts", port: 0, tls: server },
      { protocol: "mqtt", port: 0 },
    ] as const;
    const test = await startBroker({ listeners });
    const secure = await tlsClient(test.port, authority);
    await secure.handshake();
    await subscribeTo(secure, ["t"]);
    const plainPort = test.broker.addresses[1]?.port ?? 0;
    const socket = connectTcp(plainPort, "127.0.0.1");
    await once(socket, "connect");
    socket.end(Buffer.concat([connect(), publish({ topic: "t", payload: "from tcp" })]));
    expect(await messages(secure, 1)).toEqual(["t=from tcp"]);
  });

  it("tells how the client came", async () => {
    const test = await start();
    const connected = once(test.broker, "connect");
    await (await tlsClient(test.port, authority)).handshake();
    expect((await connected)[0]).toMatchObject({
      transport: "tls",
      listener: "mqtts://127.0.0.1:0",
      remoteAddress: "127.0.0.1",
      remotePort: expect.any(Number),
      certificate: undefined,
      pskIdentity: undefined,
    });
  });

  it("sends a DISCONNECT whole before it closes", async () => {
    const test = await start();
    const client = await tlsClient(test.port, authority);
    await client.handshake();
    client.send(publish({ topic: "#" }));
    expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x90 });
    await client.expectClosed();
  });

  it("delivers to a slow client all that waits for it", async () => {
    const test = await start();
    const reader = await tlsClient(test.port, authority);
    await reader.handshake();
    await subscribeTo(reader, [{ filter: "t", qos: 1 }]);
    reader.stream.pause();
    const writer = await tlsClient(test.port, authority);
    await writer.handshake();
    for (let index = 0; index < 60; index++) await publishAcknowledged(writer, "t", Buffer.alloc(50_000, index));
    reader.stream.resume();
    for (let index = 0; index < 60; index++) {
      expect((await reader.expect("publish")).payload.equals(Buffer.alloc(50_000, index))).toBe(true);
    }
  });

  it("refuses versions of TLS below its minimum, and speaks 1.2 at the least", async () => {
    const strict = await start({ minimumVersion: "1.3" });
    await expect(tlsClient(strict.port, authority, { maxVersion: "TLSv1.2" })).rejects.toThrow("protocol version");
    const usual = await start();
    const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    await expect(tlsClient(usual.port, authority, old)).rejects.toThrow("protocol version");
  });

  it("speaks the chosen ciphers only", async () => {
    const test = await start({ ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" });
    const options = { ca, maxVersion: "TLSv1.2" } as const;
    const socket = await openTls(test.port, options);
    expect(socket.getCipher().name).toBe("ECDHE-ECDSA-AES256-GCM-SHA384");
    const other = { ...options, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
    await expect(openTls(test.port, other)).rejects.toThrow("handshake failure");
  });

  it("agrees on mqtt by ALPN, lets in who offers nothing, and refuses who offers others only", async () => {
    const test = await start();
    const protocolOf = async (offered: string[] | undefined): Promise<unknown> =>
      (await openTls(test.port, { ca, ...(offered && { ALPNProtocols: offered }) })).alpnProtocol;
    expect(await protocolOf(["h2", "mqtt"])).toBe("mqtt");
    expect(await protocolOf(undefined)).toBe(false);
    await expect(protocolOf(["h2", "http/1.1"])).rejects.toThrow("no application protocol");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("resumes sessions, by %s", async (protocol) => {
    const test = await start();
    const options = { ca, minVersion: protocol, maxVersion: protocol };
    const first = await openTls(test.port, options);
    const session = await new Promise<Buffer>((resolve) => {
      const known = protocol === "TLSv1.2" ? first.getSession() : undefined;
      if (known) resolve(known);
      else first.once("session", resolve);
    });
    first.destroy();
    const second = await openTls(test.port, { ...options, session });
    expect(second.isSessionReused()).toBe(true);
  });

  it("shows the certificates between its own and the authority", async () => {
    const middle = authority.intermediate("middle");
    const leaf = middle.issue("leaf", { names: LOCALHOST });
    const chain = middle.bundle("chain.pem", leaf.certificate, middle.certificate);
    const test = await start({ certificate: chain, key: leaf.key });
    expect((await openTls(test.port, { ca })).authorized).toBe(true);
  });

  it("finds them in a file of their own, and shows no others of it", async () => {
    const between = authority.intermediate("found");
    const other = authority.issue("other");
    const { certificate, key } = between.issue("leaf", { names: LOCALHOST });
    const chain = between.bundle("chain.pem", other.certificate, authority.certificate, between.certificate);
    const test = await start({ certificate, key, chain });
    const socket = await openTls(test.port, { ca });
    const { subject, issuerCertificate } = socket.getPeerCertificate(true);
    expect([subject.CN, issuerCertificate.subject.CN]).toEqual(["leaf", "found"]);
    await expect(openTls((await start({ certificate, key })).port, { ca })).rejects.toThrow(/unable to verify/);
  });

  it("does not shake hands anew on a connection", async () => {
    const test = await start();
    const socket = await openTls(test.port, { ca, maxVersion: "TLSv1.2" });
    const failed = once(socket, "error");
    socket.renegotiate({}, () => {});
    expect((await failed)[0].message).toMatch(/no renegotiation/i);
  });

  it("opens an encrypted key", async () => {
    const locked = authority.issue("locked", { names: LOCALHOST, passphrase: "open sesame" });
    const test = await start({ ...locked, passphrase: "open sesame" });
    expect((await openTls(test.port, { ca })).authorized).toBe(true);
  });

  it("shows each host its own certificate, names with a star included, and the usual one to others", async () => {
    const one = authority.issue("one", { names: "DNS:one.test,DNS:ein.test" });
    const star = authority.issue("star", { names: "DNS:*.star.test" });
    const given = authority.issue("given");
    const certificates = [one, star, { ...given, hosts: ["Given.test"] }];
    const test = await start({ certificates });
    const shownTo = async (servername: string): Promise<unknown> => {
      const socket = await openTls(test.port, { ca, servername, checkServerIdentity: () => undefined });
      return socket.getPeerCertificate().subject.CN;
    };
    expect(await shownTo("one.test")).toBe("one");
    expect(await shownTo("EIN.test")).toBe("one");
    expect(await shownTo("a.star.test")).toBe("star");
    expect(await shownTo("given.test")).toBe("given");
    for (const name of ["star.test", "a.b.star.test", "other.test", ""]) expect(await shownTo(name)).toBe("server");
  });

  it("warns of a certificate that has expired, and goes on", async () => {
    const old = authority.issue("old", { days: -1 });
    const log = new TestLog();
    await start(old, { log: log.logger });
    expect(await log.logged("a certificate is of no use")).toMatchObject({
      level: 40,
      listener: "mqtts://127.0.0.1:0",
      detail: expect.stringMatching(/old\.pem has expired on/),
    });
  });
});

describe("a TLS handshake that goes wrong", () => {
  it.each([
    ["MQTT without TLS", connect()],
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["zeros", Buffer.alloc(1_000)],
    ["a record of a length that may not be", Buffer.from("160301ffff", "hex")],
    ["a hello of nonsense", Buffer.from(`1603010040${"ab".repeat(64)}`, "hex")],
  ])("of %s is closed and logged, and others go on", async (_what, bytes) => {
    const log = new TestLog();
    const test = await start({}, { log: log.logger });
    const socket = connectTcp(test.port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    socket.write(bytes);
    await once(socket, "close");
    expect(await log.logged("a TLS handshake failed")).toMatchObject({ address: "127.0.0.1" });
    expect(await (await tlsClient(test.port, authority)).handshake()).toMatchObject({ reasonCode: 0 });
  });

  it("of a client that does not trust the broker is logged", async () => {
    const log = new TestLog();
    const test = await start({}, { log: log.logger });
    await expect(openTls(test.port)).rejects.toThrow("unable to verify the first certificate");
    expect(await log.logged("a TLS handshake failed")).toMatchObject({ address: "127.0.0.1" });
  });

  it("ends with the time to connect, which the CONNECT does not begin anew", async () => {
    const log = new TestLog();
    const test = await start({}, { log: log.logger, limits: { connectTimeout: 400 } });
    const begun = performance.now();
    const silent = connectTcp(test.port, "127.0.0.1");
    silent.on("error", () => {});
    await once(silent, "close");
    expect(await log.logged("a TLS handshake was not done in time")).toMatchObject({ address: "127.0.0.1" });
    const mute = await tlsClient(test.port, authority);
    await mute.expectClosed();
    expect(await log.logged("no CONNECT came in time")).toMatchObject({ transport: "tls" });
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it("does not outlive the broker", async () => {
    const test = await start();
    const silent = connectTcp(test.port, "127.0.0.1");
    silent.on("error", () => {});
    await once(silent, "connect");
    const closed = once(silent, "close");
    const other = await tlsClient(test.port, authority);
    await other.handshake();
    await test.broker.stop();
    await closed;
  });
});

describe("a client that ends TLS without a word", () => {
  it("counts as lost: its will goes out", async () => {
    const test = await start();
    const watcher = await tlsClient(test.port, authority);
    await watcher.handshake();
    await subscribeTo(watcher, ["will"]);
    const lost = await tlsClient(test.port, authority);
    await lost.handshake({ will: { topic: "will", payload: "gone" } });
    lost.destroy();
    expect(await messages(watcher, 1)).toEqual(["will=gone"]);
  });
});
