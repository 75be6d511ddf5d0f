import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { ClientInfo, TlsOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { RawClient } from "../support/raw-client.ts";
import { expectRefused, openTls, tlsClient } from "../support/tls-client.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });
const pskFile = authority.write("psk", "# sensors\nsensor-1:0123456789abcdef\n\nsensor-2:FFEEDDCC\n");
const CIPHERS = "PSK:@SECLEVEL=1";

function start(tls: TlsOptions = {}): Promise<TestBroker> {
  return startBroker({ listeners: [{ protocol: "mqtts", port: 0, tls: { pskFile, ...tls } }] });
}

async function openWithKey(test: TestBroker, identity: string, key: string, ciphers = CIPHERS): Promise<RawClient> {
  const socket = await openTls(test.port, {
    ciphers,
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ identity, psk: Buffer.from(key, "hex") }),
  });
  return new RawClient(socket);
}

async function connected(test: TestBroker): Promise<ClientInfo> {
  const [info] = await once(test.broker, "connect");
  return info;
}

describe("pre-shared keys", () => {
  it.each([
    ["sensor-1", "0123456789abcdef"],
    ["sensor-2", "ffeeddcc"],
  ])("let %s in and tell who it is", async (identity, key) => {
    const test = await start();
    const info = connected(test);
    expect(await (await openWithKey(test, identity, key)).handshake()).toMatchObject({ reasonCode: 0 });
    expect(await info).toMatchObject({ pskIdentity: identity, certificate: undefined, transport: "tls" });
  });

  it.each([
    ["a wrong key", "sensor-1", "00"],
    ["an identity that is not known", "sensor-3", "0123456789abcdef"],
  ])("refuse %s", async (_what, identity, key) => {
    const test = await start();
    await expect(openWithKey(test, identity, key)).rejects.toThrow();
    expect(test.broker.statistics.connectionsOpened).toBe(0);
  });

  it("beside a certificate let in both who has a key and who has none, which then has no identity", async () => {
    const test = await start(server);
    const byKey = connected(test);
    await (await openWithKey(test, "sensor-1", "0123456789abcdef")).handshake();
    expect((await byKey).pskIdentity).toBe("sensor-1");
    const byCertificate = connected(test);
    await (await tlsClient(test.port, authority)).handshake();
    expect((await byCertificate).pskIdentity).toBeUndefined();
  });

  it("give no identity to a client that names one and proves nothing, whatever it offers", async () => {
    const test = await start(server);
    for (const ciphers of ["DEFAULT", `DEFAULT:${CIPHERS}`, "TLS_AES_256_GCM_SHA384:DEFAULT"]) {
      const info = connected(test);
      const client = await openWithKey(test, "sensor-1", "00", ciphers).catch(() => undefined);
      if (client === undefined) continue;
      await client.handshake();
      expect((await info).pskIdentity).toBeUndefined();
    }
  });

  it("suffice where client certificates are required, which others have to show", async () => {
    const test = await start({ ...server, clientCertificate: "required", ca: authority.certificate });
    expect(await (await openWithKey(test, "sensor-2", "ffeeddcc")).handshake()).toMatchObject({ reasonCode: 0 });
    await expectRefused(tlsClient(test.port, authority));
  });
});
