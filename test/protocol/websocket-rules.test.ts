import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions, WebSocketListenerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { connect } from "../support/packets.ts";
import { BINARY, CLOSE, frame, PING, PONG, RawWebSocket, type WebSocketOptions } from "../support/raw-websocket.ts";
import { openTls } from "../support/tls-client.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });
const ca = readFileSync(authority.certificate);

/** All of a handshake but what is asked for. */
const HANDSHAKE =
  "Host: x\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

type Rules = Pick<WebSocketListenerOptions, "path" | "origins" | "forwardedFrom" | "limits">;

describe.each(["ws", "wss"] as const)("over %s", (protocol) => {
  function start(rules: Rules = {}, options: BrokerOptions = {}): Promise<TestBroker> {
    const listener = protocol === "ws" ? { protocol, port: 0 } : { protocol, port: 0, tls: server };
    return startBroker({
      listeners: [{ ...listener, authentication: { allowAnonymous: true }, ...rules }],
      ...options,
    });
  }

  async function open(test: TestBroker, options: WebSocketOptions = {}): Promise<RawWebSocket> {
    const socket = await RawWebSocket.connect(test.port, { ...options, ...(protocol === "wss" && { tls: { ca } }) });
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  }

  async function addressSeen(test: TestBroker, headers: Record<string, string>): Promise<unknown> {
    const connected = once(test.broker, "connect");
    (await open(test, { headers })).write(connect());
    return (await connected)[0].remoteAddress;
  }

  /** The status line of the answer to a request. */
  async function ask(test: TestBroker, request: string): Promise<string> {
    const socket = protocol === "wss" ? await openTls(test.port, { ca }) : connectTcp(test.port, "127.0.0.1");
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.write(request);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    await Promise.race([once(socket, "end"), once(socket, "close"), once(socket, "data")]);
    return answer.split("\r\n")[0] ?? "";
  }

  it("serves one path only, where one is given, whatever the query", async () => {
    const test = await start({ path: "/mqtt" });
    for (const path of ["/mqtt", "/mqtt?token=x"]) expect((await open(test, { path })).protocol).toBe("mqtt");
    for (const path of ["/", "/mqtt/", "/mqtts", "/MQTT"]) await expect(open(test, { path })).rejects.toThrow("404");
    expect(test.broker.gauges.connections).toBe(2);
  });

  it("lets pages of the given origins connect, and clients that are no pages", async () => {
    const test = await start({ origins: ["https://good.test", "http://localhost:8080"] });
    const from = (origin: string) => open(test, { headers: { Origin: origin } });
    for (const origin of ["https://good.test", "HTTPS://Good.test", "http://localhost:8080"]) await from(origin);
    await open(test);
    for (const origin of ["https://bad.test", "http://good.test", "https://good.test:444", "null"]) {
      await expect(from(origin)).rejects.toThrow("403");
    }
  });

  it("believes X-Forwarded-For of trusted proxies only, from its end", async () => {
    const trusting = await start({ forwardedFrom: ["127.0.0.0/8", "10.0.0.0/8"] });
    const forwarded = (text: string) => addressSeen(trusting, { "X-Forwarded-For": text });
    expect(await forwarded("192.0.2.7")).toBe("192.0.2.7");
    expect(await forwarded("6.6.6.6, 192.0.2.7, 10.1.2.3")).toBe("192.0.2.7");
    expect(await forwarded("[2001:db8::7]:4711")).toBe("2001:db8::7");
    expect(await forwarded("192.0.2.7:4711")).toBe("192.0.2.7");
    expect(await forwarded("6.6.6.6\r\nX-Forwarded-For: 192.0.2.7")).toBe("192.0.2.7");
    expect(await forwarded("6.6.6.6, unknown")).toBe("127.0.0.1");
    expect(await addressSeen(trusting, {})).toBe("127.0.0.1");
    const wary = await start();
    expect(await addressSeen(wary, { "X-Forwarded-For": "192.0.2.7" })).toBe("127.0.0.1");
  });

  it("counts connections for the client that a trusted proxy names, not for the proxy", async () => {
    const limits = { connectionRatePerAddress: 0.001, connectionBurstPerAddress: 2 };
    const test = await start({ forwardedFrom: ["127.0.0.1"], limits });
    const join = (address: string) => addressSeen(test, { "X-Forwarded-For": address });
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.3"])
      expect(await join(address)).toBe(address);
    const refused = await open(test, { headers: { "X-Forwarded-For": "192.0.2.1" } }).catch((error: Error) => error);
    if (refused instanceof RawWebSocket) await once(refused.resume(), "close");
    else expect(refused.message).toMatch(/429/);
    expect(test.broker.statistics.connectionsRefusedRate).toBe(1);
  });

  it("lets an address that is banned take nothing of the rate that holds for all", async () => {
    const limits = { connectionRate: 0.001, connectionBurst: 3 };
    const options: BrokerOptions = {
      authentication: { guard: { trusted: [], addressBanAfter: 1 } },
      access: { authenticate: ({ username }) => (username === undefined ? 0 : 0x86) },
    };
    const test = await start({ forwardedFrom: ["127.0.0.1"], limits }, options);
    const headers = { "X-Forwarded-For": "192.0.2.1" };
    const guesses = await open(test, { headers });
    guesses.resume().write(connect({ username: "a", password: "b" }));
    await once(guesses, "close");
    for (let time = 0; time < 3; time++) {
      const banned = await open(test, { headers }).catch(() => undefined);
      if (banned !== undefined) await once(banned.resume(), "close");
    }
    expect(test.broker.statistics).toMatchObject({ connectionsBanned: 3, connectionsRefusedRate: 0 });
    expect(await addressSeen(test, { "X-Forwarded-For": "192.0.2.2" })).toBe("192.0.2.2");
  });

  it.each([
    ["no upgrade", "GET /mqtt HTTP/1.1\r\nHost: x\r\n\r\n", /426/],
    ["another method", "POST /mqtt HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", /426/],
    ["no key", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", /4\d\d/],
    ["another protocol", `GET / HTTP/1.1\r\n${HANDSHAKE}Upgrade: h2c\r\n\r\n`, /400/],
    ["an old version of HTTP", `GET / HTTP/1.0\r\n${HANDSHAKE}Upgrade: websocket\r\n\r\n`, /400|505/],
    ["nonsense", "\x16\x03\x01 nonsense\r\n\r\n", /^$|400|505/],
    ["endless headers", `GET / HTTP/1.1\r\n${"X-Long: 0123456789abcdef\r\n".repeat(10_000)}`, /^$|4\d\d/],
  ])("answers a request with %s by a refusal and goes on", async (_what, request, status) => {
    const test = await start();
    expect(await ask(test, request)).toMatch(status);
    await open(test);
    expect(test.broker.gauges.connections).toBe(1);
  });
});

it("over wss a client cannot push out the header of a proxy by headers of its own", async () => {
  const rules = { forwardedFrom: ["127.0.0.1"], authentication: { allowAnonymous: true } };
  const test = await startBroker({ listeners: [{ protocol: "wss", port: 0, tls: server, ...rules }] });
  const own = `6.6.6.6\r\n${"a:\r\n".repeat(2_500)}X-Forwarded-For: 192.0.2.7`;
  const connected = once(test.broker, "connect");
  (await RawWebSocket.connect(test.port, { tls: { ca }, headers: { "X-Forwarded-For": own } })).write(connect());
  expect((await connected)[0].remoteAddress).toBe("192.0.2.7");
});

describe("a secure WebSocket that breaks the rules", () => {
  async function open(test: TestBroker): Promise<RawWebSocket> {
    const socket = await RawWebSocket.connect(test.port, { tls: { ca } });
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  }

  const start = () => startBroker({ listeners: [{ protocol: "wss", port: 0, tls: server }] });

  it.each<[string, Buffer, number]>([
    ["an unmasked frame", Buffer.from([0x82, 0x00]), 1002],
    ["reserved bits", Buffer.from([0xc2, 0x80, 0, 0, 0, 0]), 1002],
    ["an unknown opcode", Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ["an unknown control opcode", Buffer.from([0x8b, 0x80, 0, 0, 0, 0]), 1002],
    ["a fragmented ping", frame(PING, Buffer.alloc(0), false), 1002],
    ["a long ping", frame(PING, Buffer.alloc(126)), 1002],
    ["a continuation of nothing", frame(0, Buffer.alloc(1)), 1002],
    ["a message within a message", Buffer.concat([frame(2, Buffer.alloc(0), false), frame(2, Buffer.alloc(0))]), 1002],
    ["a frame of 2^63 bytes", Buffer.from("82ff7fffffffffffffff00000000", "hex"), 1009],
    ["a text frame", frame(1, Buffer.from("hello")), 1003],
    ["half a close code", frame(CLOSE, Buffer.from([3])), 1002],
    ["a close code that may not be sent", frame(CLOSE, Buffer.from([0x03, 0xed])), 1002],
    ["a close code that is none", frame(CLOSE, Buffer.from([0xff, 0xff])), 1002],
    ["a reason to close that is no text", frame(CLOSE, Buffer.from([0x03, 0xe8, 0xff])), 1007],
  ])("by %s is told and closed", async (_what, bytes, code) => {
    const test = await start();
    const socket = await open(test);
    const closed = once(socket, "end");
    socket.sendRaw(bytes);
    const close = await socket.control();
    expect(close.opcode).toBe(CLOSE);
    expect(close.payload.readUInt16BE()).toBe(code);
    socket.resume();
    await closed;
  });

  it("gets one answer to pings that come at once, to the last of them", async () => {
    const test = await start();
    const socket = await open(test);
    const pings = Array.from({ length: 1_000 }, (_, index) => frame(PING, Buffer.from([index >> 8, index & 255])));
    const last = Buffer.from([999 >> 8, 999 & 255]);
    socket.sendRaw(...pings);
    let answer = await socket.control();
    let answers = 1;
    for (; !answer.payload.equals(last); answers++) answer = await socket.control();
    expect(answer.opcode).toBe(PONG);
    expect(answers).toBeLessThan(10);
  });

  it("by pings that it sends without end and never reads the answers does not make the broker grow", async () => {
    const test = await start();
    const socket = await open(test);
    const connected = once(test.broker, "connect");
    socket.sendRaw(frame(BINARY, connect()));
    await connected;
    const before = process.memoryUsage().rss;
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame(PING, Buffer.alloc(125))));
    socket.stopReading();
    for (let round = 0; round < 300; round++) {
      socket.sendRaw(pings);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(120_000_000);
    const other = await open(test);
    const next = once(test.broker, "connect");
    other.sendRaw(frame(BINARY, connect({ clientIdentifier: "other" })));
    expect((await next)[0].clientIdentifier).toBe("other");
  });
});
