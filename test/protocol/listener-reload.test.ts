import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ListenerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { messages, subscribeTo } from "../support/exchange.ts";
import { connect, publish } from "../support/packets.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { expectRefused, openTls, shown, tlsClient } from "../support/tls-client.ts";

const authority = Authority.create();
const ca = readFileSync(authority.certificate);

function start(...listeners: ListenerOptions[]): Promise<TestBroker> {
  return startBroker({ listeners });
}

async function nameShown(port: number, servername = "localhost"): Promise<unknown> {
  const socket = await openTls(port, { ca, servername, checkServerIdentity: () => undefined });
  return socket.getPeerCertificate().subject.CN;
}

describe.each(["mqtts", "wss"] as const)("files that are read anew while %s is open", (protocol) => {
  it("show new certificates to new clients, and leave the others connected", async () => {
    const shownFirst = authority.issue("in use", { subject: "/CN=old" });
    const host = authority.issue("host in use", { subject: "/CN=old host", names: "DNS:host.test" });
    const listener = { protocol, port: 0, tls: { ...shownFirst, certificates: [host] } };
    const test = await start(listener);
    const stream =
      protocol === "wss"
        ? await RawWebSocket.connect(test.port, { tls: { ca, checkServerIdentity: () => undefined } })
        : await openTls(test.port, { ca, checkServerIdentity: () => undefined });
    const client = new RawClient(stream);
    await client.handshake();
    await subscribeTo(client, ["t"]);
    authority.replace(shownFirst, authority.issue("new"));
    authority.replace(host, authority.issue("new host", { names: "DNS:host.test" }));
    const prepared = test.broker.prepareListeners([listener]);
    expect(prepared.needsRestart).toEqual([]);
    expect(await nameShown(test.port)).toBe("old");
    prepared.commit();
    expect(await nameShown(test.port)).toBe("new");
    expect(await nameShown(test.port, "host.test")).toBe("new host");
    client.send(publish({ topic: "t", payload: "still here" }));
    expect(await messages(client, 1)).toEqual(["t=still here"]);
  });

  it("change nothing when one is bad", async () => {
    const files = authority.issue(`good ${protocol}`, { subject: "/CN=good" });
    const listener = { protocol, port: 0, tls: files };
    const test = await start(listener);
    writeFileSync(files.certificate, "nonsense");
    expect(() => test.broker.prepareListeners([listener])).toThrow(/good .*\.pem holds no certificate in PEM format/);
    expect(await nameShown(test.port)).toBe("good");
  });
});

describe("a listener that is told anew", () => {
  it("refuses certificates that were revoked since, also with a session to resume", async () => {
    const own = Authority.create("Own");
    const server = own.issue("server");
    const client = own.issue("client");
    const tls = { ...server, clientCertificate: "required", ca: own.certificate } as const;
    const listener = { protocol: "mqtts", port: 0, tls: { ...tls, crl: own.revoke() } } as const;
    const test = await start(listener);
    const options = { ca: readFileSync(own.certificate), ...shown(client), checkServerIdentity: () => undefined };
    const first = await openTls(test.port, options);
    const [session] = await once(first, "session");
    own.revoke(client);
    test.broker.prepareListeners([listener]).commit();
    await expectRefused(tlsClient(test.port, own, { ...options, session }));
  });

  it("takes new pre-shared keys and forgets old ones", async () => {
    const pskFile = authority.write("keys", "a:00\n");
    const listener = { protocol: "mqtts", port: 0, tls: { pskFile } } as const;
    const test = await start(listener);
    const open = (identity: string) =>
      openTls(test.port, {
        ciphers: "PSK:@SECLEVEL=0",
        checkServerIdentity: () => undefined,
        pskCallback: () => ({ identity, psk: Buffer.from("00", "hex") }),
      });
    await open("a");
    authority.write("keys", "b:00\n");
    test.broker.prepareListeners([listener]).commit();
    await open("b");
    await expect(open("a")).rejects.toThrow();
  });

  it("holds its clients to the versions and the number that are allowed now", async () => {
    const test = await start({ protocol: "mqtt", port: 0 });
    await test.connect();
    test.broker.prepareListeners([{ protocol: "mqtt", port: 0, versions: [5], maximumConnections: 1 }]).commit();
    expect((await test.connect({ version: 4 })).connack).toMatchObject({ reasonCode: 1 });
    expect((await test.connect()).connack).toMatchObject({ reasonCode: 0x97 });
  });

  it("keeps those out of one that is configured no more, and stays open, whom it kept out before", async () => {
    const authentication = { allowAnonymous: false };
    const test = await startBroker({ listeners: [{ protocol: "mqtt", port: 0, name: "shut", authentication }] });
    const others = { listeners: [], authentication: { allowAnonymous: true } };
    expect(await test.broker.reload(others)).toEqual(["the listener shut stays open"]);
    expect((await test.connect()).connack).toMatchObject({ reasonCode: 0x87 });
  });

  it("lets nobody in without a name behind a proxy, also where it had none before, or is not at the address that is written", async () => {
    const listener = { protocol: "mqtt", port: 0, name: "a" } as const;
    const behind = await start(listener);
    expect((await behind.connect()).connack).toMatchObject({ reasonCode: 0 });
    await behind.broker.reload({ listeners: [{ ...listener, proxyProtocolFrom: ["127.0.0.1"] }] });
    const client = await behind.open();
    client.send(Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), connect());
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x87 });
    const open = await start({ ...listener, host: "0.0.0.0" });
    await open.broker.reload({ listeners: [listener] });
    expect((await open.connect()).connack).toMatchObject({ reasonCode: 0x87 });
  });

  it("tells what only a restart can change", async () => {
    const test = await start({ protocol: "mqtt", port: 0, name: "a" }, { protocol: "mqtt", port: 0, name: "b" });
    const { needsRestart } = test.broker.prepareListeners([
      { protocol: "mqtt", port: 0, host: "127.0.0.2", backlog: 5, name: "a" },
      { protocol: "ws", port: 0, name: "c" },
    ]);
    expect(needsRestart).toEqual([
      "host of the listener a stays as it is",
      "backlog of the listener a stays as it is",
      "the listener b stays open",
      "the listener c is not opened",
    ]);
  });
});

it("a frame of wss holds the largest packet that a reload allows", async () => {
  const listeners: ListenerOptions[] = [
    { protocol: "wss", port: 0, tls: authority.issue("frames", { names: "DNS:localhost" }) },
  ];
  const test = await startBroker({ listeners, limits: { maximumPacketSize: 1_000 } });
  await test.broker.reload({ listeners, limits: { maximumPacketSize: 200_000 } });
  const client = new RawClient(await RawWebSocket.connect(test.port, { tls: { ca } }));
  await client.handshake();
  client.send(publish({ topic: "t", qos: 1, packetIdentifier: 1, payload: Buffer.alloc(150_000) }));
  await client.expect("puback");
  await client.close();
});

describe("the connections of one listener", () => {
  it("are no more by clients that come over from another one", async () => {
    const test = await start({ protocol: "mqtt", port: 0, maximumConnections: 1 }, { protocol: "mqtt", port: 0 });
    const there = (clientIdentifier: string) =>
      RawClient.connect(test.broker.addresses[1]?.port ?? 0, { connect: { clientIdentifier } });
    const [first, second] = [await there("first"), await there("second")];
    expect((await test.connect({ clientIdentifier: "first" })).connack).toMatchObject({ reasonCode: 0 });
    expect(await first.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
    expect((await test.connect({ clientIdentifier: "second" })).connack).toMatchObject({ reasonCode: 0x97 });
    await second.expectNothing();
    await second.close();
  });

  it("are as many as it allows, whatever another has", async () => {
    const test = await start({ protocol: "mqtt", port: 0, maximumConnections: 2 }, { protocol: "mqtt", port: 0 });
    const first = await test.connect({ clientIdentifier: "first" });
    await test.connect();
    expect((await test.connect()).connack).toMatchObject({ reasonCode: 0x97 });
    expect((await test.connect({ version: 4 })).connack).toMatchObject({ reasonCode: 3 });
    const other = await RawClient.connect(test.broker.addresses[1]?.port ?? 0, { connect: {} });
    expect(other.connack).toMatchObject({ reasonCode: 0 });
    other.destroy();
    expect((await test.connect({ clientIdentifier: "first" })).connack).toMatchObject({ reasonCode: 0 });
    await first.expect("disconnect");
    const gone = once(test.broker, "disconnect");
    (await test.connect({ clientIdentifier: "first" })).destroy();
    await gone;
  });
});
