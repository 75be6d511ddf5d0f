import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { TestLog } from "../support/log.ts";
import { connect, pingreq } from "../support/packets.ts";
import { proxyHeader1, proxyHeader2 } from "../support/proxy-header.ts";
import { RawClient } from "../support/raw-client.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });
/** Behind a proxy clients need not be of this machine. */
const ANYBODY = { authentication: { allowAnonymous: true } };
const CLIENT = { address: "192.0.2.7", port: 4711 };
const CLIENT_6 = { address: "2001:db8::7", port: 4711 };

function start(options: BrokerOptions = {}, proxyProtocolFrom = ["127.0.0.1"]): Promise<TestBroker> {
  return startBroker({ listeners: [{ protocol: "mqtt", port: 0, proxyProtocolFrom, ...ANYBODY }], ...options });
}

async function open(test: TestBroker): Promise<Socket> {
  const socket = connectTcp(test.port, "127.0.0.1");
  socket.setNoDelay(true).on("error", () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, "connect");
  return socket;
}

/** Who the broker takes the client for, which sends these bytes and then a CONNECT. */
async function seen(test: TestBroker, ...parts: Uint8Array[]): Promise<unknown> {
  const connected = once(test.broker, "connect");
  const socket = await open(test);
  socket.write(Buffer.concat([...parts, connect()]));
  const [info] = await connected;
  return { address: info.remoteAddress, port: info.remotePort };
}

describe("behind a proxy", () => {
  it.each([
    ["version 1", proxyHeader1(CLIENT), CLIENT],
    ["version 1 with IPv6", proxyHeader1(CLIENT_6), CLIENT_6],
    ["version 2", proxyHeader2(CLIENT), CLIENT],
    ["version 2 with IPv6", proxyHeader2(CLIENT_6), CLIENT_6],
    [
      "version 2 with additional values",
      proxyHeader2(CLIENT, { values: Buffer.from("0100046d717474", "hex") }),
      CLIENT,
    ],
  ])("the client's address is that of the header, %s", async (_what, header, client) => {
    expect(await seen(await start(), header)).toEqual(client);
  });

  it.each([
    ["LOCAL", proxyHeader2(CLIENT, { command: 0x20 })],
    ["of an unknown family", proxyHeader2(CLIENT, { family: 0 })],
    ["UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n")],
    ["UNKNOWN with addresses", Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n")],
  ])("the address is the proxy's own where the header is %s", async (_what, header) => {
    expect(await seen(await start(), header)).toMatchObject({ address: "127.0.0.1" });
  });

  it.each([
    ["version 1", proxyHeader1(CLIENT)],
    [
      "version 2",
      proxyHeader2(CLIENT, { values: Buffer.alloc(300).fill(Buffer.from("0401290000".padEnd(600, "0"), "hex")) }),
    ],
  ])("the header may be cut anywhere, %s", async (_what, header) => {
    const test = await start();
    const bytes = Buffer.concat([header, connect(), pingreq()]);
    for (let at = 1; at < bytes.length; at += 7) {
      const socket = await open(test);
      const client = new RawClient(socket);
      client.send(bytes.subarray(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      client.send(bytes.subarray(at));
      await client.expect("connack");
      await client.expect("pingresp");
      client.destroy();
    }
  });

  it.each(["mqtts", "wss"] as const)("TLS begins behind the header, for %s", async (protocol) => {
    const listeners = [{ protocol, port: 0, tls: server, proxyProtocolFrom: ["127.0.0.0/8"], ...ANYBODY }];
    const test = await startBroker({ listeners });
    const socket = await open(test);
    socket.write(proxyHeader2(CLIENT));
    const secure = connectTls({ socket, ca: readFileSync(authority.certificate), servername: "localhost" });
    await once(secure, "secureConnect");
    if (protocol === "wss") {
      secure.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      expect(String((await once(secure, "data"))[0])).toContain("426");
      return;
    }
    const connected = once(test.broker, "connect");
    secure.write(connect());
    expect((await connected)[0]).toMatchObject({ remoteAddress: CLIENT.address, transport: "tls" });
  });

  it("TLS may come in one piece with the header", async () => {
    const listeners = [
      { protocol: "mqtts", port: 0, tls: server, proxyProtocolFrom: ["127.0.0.0/8"], ...ANYBODY },
    ] as const;
    const test = await startBroker({ listeners });
    const socket = await open(test);
    socket.cork();
    socket.write(proxyHeader1(CLIENT));
    const secure = connectTls({ socket, ca: readFileSync(authority.certificate), servername: "localhost" });
    setImmediate(() => socket.uncork());
    const connected = once(test.broker, "connect");
    await once(secure, "secureConnect");
    secure.write(connect());
    expect((await connected)[0]).toMatchObject({ remoteAddress: CLIENT.address, remotePort: CLIENT.port });
  });
});

describe("a connection without a good header", () => {
  it.each([
    ["no header", connect()],
    ["an unfinished address", Buffer.from("PROXY TCP4 192.0.2 127.0.0.1 1 2\r\n")],
    ["a port too large", Buffer.from("PROXY TCP4 192.0.2.1 127.0.0.1 65536 2\r\n")],
    ["an address of the other family", Buffer.from("PROXY TCP6 192.0.2.1 127.0.0.1 1 2\r\n")],
    ["too many words", Buffer.from("PROXY TCP4 192.0.2.1 127.0.0.1 1 2 3\r\n")],
    ["an endless line", Buffer.from(`PROXY TCP4 ${"1".repeat(200)}`)],
    ["version 3", proxyHeader2(CLIENT, { command: 0x31 })],
    ["an unknown command", proxyHeader2(CLIENT, { command: 0x22 })],
    ["addresses cut short", proxyHeader2(CLIENT, { length: 6 })],
    ["an additional value beyond its end", proxyHeader2(CLIENT, { values: Buffer.from("01ffff00", "hex") })],
    ["a length beyond measure", proxyHeader2(CLIENT, { length: 60_000 })],
  ])("with %s, is closed and logged", async (_what, bytes) => {
    const log = new TestLog();
    const test = await start({ log: log.logger });
    const socket = await open(test);
    socket.resume().write(bytes);
    await once(socket, "close");
    expect(await log.logged("closed a connection without a trusted PROXY header")).toMatchObject({
      level: 40,
      address: "127.0.0.1",
    });
    expect(test.broker.statistics.connectionsOpened).toBe(0);
  });

  it("from an address that is not trusted is closed, whatever it says", async () => {
    const log = new TestLog();
    const test = await start({ log: log.logger }, ["10.0.0.0/8"]);
    const socket = await open(test);
    socket.resume().write(proxyHeader1({ address: "10.0.0.1", port: 1 }));
    await once(socket, "close");
    expect(await log.logged("closed a connection without a trusted PROXY header")).toMatchObject({
      detail: "the address is not that of a trusted proxy",
    });
  });

  it("is closed when the header does not come in time, or the client ends before", async () => {
    const log = new TestLog();
    const test = await start({ log: log.logger, limits: { connectTimeout: 200 } });
    const slow = await open(test);
    slow.resume().write("PROXY ");
    await once(slow, "close");
    expect(await log.logged("no PROXY header came in time")).toMatchObject({ address: "127.0.0.1" });
    const brief = await open(test);
    brief.resume().end("PROXY ");
    await once(brief, "close");
  });

  it("is none of ours where no proxy is configured: the header is not understood", async () => {
    const test = await startBroker();
    const socket = await open(test);
    socket.resume().write(Buffer.concat([proxyHeader1(CLIENT), connect(), Buffer.alloc(100)]));
    await once(socket, "end");
    expect(test.broker.gauges.sessions).toBe(0);
  });
});
