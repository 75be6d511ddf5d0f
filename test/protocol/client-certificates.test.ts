import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { BrokerOptions, ClientInfo, TlsOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { TestLog } from "../support/log.ts";
import { connect } from "../support/packets.ts";
import { expectRefused, openTls, shown, tlsClient } from "../support/tls-client.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });
const sensor = authority.issue("sensor", {
  subject: "/C=DE/O=Works, Inc./CN=sensor-1",
  names: "DNS:sensor-1.test,email:s1@works.test,URI:urn:dev:s1,IP:192.0.2.1,IP:2001:db8::1",
});
const stranger = Authority.create("Another Authority").issue("stranger", { subject: "/CN=sensor-1" });

function start(
  clientCertificate: "optional" | "required",
  tls: Partial<TlsOptions> = {},
  options: BrokerOptions = {},
): Promise<TestBroker> {
  const all = { ...server, clientCertificate, ca: authority.certificate, ...tls };
  return startBroker({ listeners: [{ protocol: "mqtts", port: 0, tls: all }], ...options });
}

async function connected(test: TestBroker): Promise<ClientInfo> {
  const [info] = await once(test.broker, "connect");
  return info;
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("client certificates, by %s", (protocol) => {
  const options = { minVersion: protocol, maxVersion: protocol };

  it("tell who the client is", async () => {
    const test = await start("required");
    const info = connected(test);
    await (await tlsClient(test.port, authority, { ...options, ...shown(sensor) })).handshake();
    expect((await info).certificate).toMatchObject({
      commonName: "sensor-1",
      subject: "C=DE, O=Works\\, Inc., CN=sensor-1",
      issuer: "CN=Test Authority",
      dnsNames: ["sensor-1.test"],
      emailAddresses: ["s1@works.test"],
      uris: ["urn:dev:s1"],
      ipAddresses: ["192.0.2.1", "2001:DB8:0:0:0:0:0:1"],
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      serialNumber: expect.stringMatching(/^[0-9A-F]+$/),
      validTo: expect.any(Date),
    });
  });

  it("are known of a client that resumes its session", async () => {
    const test = await start("required");
    const all = { ...options, ca: readFileSync(authority.certificate), ...shown(sensor) };
    const first = await openTls(test.port, all);
    const [session] = protocol === "TLSv1.2" ? [first.getSession()] : await once(first, "session");
    const info = connected(test);
    const second = await openTls(test.port, { ...all, session });
    expect(second.isSessionReused()).toBe(true);
    second.write(connect());
    expect((await info).certificate?.commonName).toBe("sensor-1");
  });

  it.each(["optional", "required"] as const)("of another authority are refused where they are %s", async (mode) => {
    const log = new TestLog();
    const test = await start(mode, {}, { log: log.logger });
    await expectRefused(tlsClient(test.port, authority, { ...options, ...shown(stranger) }));
    expect(await log.logged("refused a TLS client")).toMatchObject({
      address: "127.0.0.1",
      detail: expect.stringContaining("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    });
    expect(test.broker.statistics.connectionsOpened).toBe(0);
  });

  it("that have expired are refused", async () => {
    const test = await start("required");
    const old = authority.issue("old", { days: -1 });
    await expectRefused(tlsClient(test.port, authority, { ...options, ...shown(old) }));
  });

  it("have to be shown where they are required, and need not where they are optional", async () => {
    const log = new TestLog();
    const strict = await start("required", {}, { log: log.logger });
    await expectRefused(tlsClient(strict.port, authority, options));
    expect(await log.logged("refused a TLS client")).toMatchObject({ detail: "the client shows no certificate" });
    const lenient = await start("optional");
    const info = connected(lenient);
    await (await tlsClient(lenient.port, authority, options)).handshake();
    expect((await info).certificate).toBeUndefined();
  });

  it("that were revoked are refused, and the others are not", async () => {
    const other = Authority.create("Revoking Authority");
    const [good, bad] = [other.issue("good"), other.issue("bad")];
    const log = new TestLog();
    const test = await start("required", { ca: other.certificate, crl: other.revoke(bad) }, { log: log.logger });
    await expectRefused(tlsClient(test.port, authority, { ...options, ...shown(bad) }));
    expect(await log.logged("refused a TLS client")).toMatchObject({
      detail: expect.stringContaining("CERT_REVOKED"),
    });
    const client = await tlsClient(test.port, authority, { ...options, ...shown(good) });
    expect(await client.handshake()).toMatchObject({ reasonCode: 0 });
  });
});
