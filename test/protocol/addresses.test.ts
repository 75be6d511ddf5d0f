import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { createBroker, type ListenerOptions, type TernmqBroker } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { TestLog } from "../support/log.ts";
import { connect } from "../support/packets.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";

const ANYBODY = { authentication: { allowAnonymous: true } };

/** Over WebSocket as well, which has its own way of telling addresses. */
async function seenOverWebSocket(port: number, broker: TernmqBroker): Promise<unknown> {
  const connected = once(broker, "connect");
  const socket = await RawWebSocket.connect(port);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(connect());
  return (await connected)[0].remoteAddress;
}

describe("a listener at ::", () => {
  it("tells the address of IPv4 over WebSocket too", async () => {
    const test = await startBroker({ listeners: [{ protocol: "ws", host: "::", port: 0, ...ANYBODY }] });
    expect(await seenOverWebSocket(test.port, test.broker)).toBe("127.0.0.1");
  });

  it("takes clients of IPv4 and IPv6, and tells their addresses", async () => {
    const log = new TestLog();
    const listeners = [{ protocol: "mqtt", host: "::", port: 0, ...ANYBODY }] as const;
    const test = await startBroker({ listeners, log: log.logger });
    for (const [host, address] of [
      ["127.0.0.1", "127.0.0.1"],
      ["::1", "::1"],
    ] as const) {
      const connected = once(test.broker, "connect");
      const client = await RawClient.connect(test.port, { host, connect: { clientIdentifier: host } });
      expect((await connected)[0].remoteAddress).toBe(address);
      client.destroy();
    }
    expect(log.lines.map((line) => line.address)).toContainEqual(expect.stringMatching(/^\[::1\]:\d+$/));
  });

  it("takes none of IPv4 with ipv6Only", async () => {
    const test = await startBroker({
      listeners: [{ protocol: "mqtt", host: "::", port: 0, ipv6Only: true, ...ANYBODY }],
    });
    await expect(RawClient.connect(test.port, { host: "127.0.0.1" })).rejects.toThrow("ECONNREFUSED");
    const client = await RawClient.connect(test.port, { host: "::1", connect: {} });
    expect(client.connack).toMatchObject({ reasonCode: 0 });
    client.destroy();
  });
});

describe("several listeners", () => {
  it("are all open or none is: an address that is taken is named", async () => {
    const test = await startBroker();
    const taken = test.port;
    const broker = createBroker({
      listeners: [
        { protocol: "mqtt", port: 0 },
        { protocol: "mqtt", port: taken },
      ],
    });
    await expect(broker.start()).rejects.toThrow(`cannot listen for mqtt on 127.0.0.1:${taken}: another program`);
    expect(broker.addresses).toEqual([]);
  });

  it("have names of their own, or those of their addresses", async () => {
    const server = Authority.create().issue("server");
    const test = await startBroker({
      listeners: [
        { protocol: "mqtt", port: 0, host: "::1" },
        { protocol: "mqtts", port: 0, name: "devices", tls: server },
      ],
    });
    expect(test.broker.addresses.map(({ name, protocol }) => [name, protocol])).toEqual([
      ["mqtt://[::1]:0", "mqtt"],
      ["devices", "mqtts"],
    ]);
  });
});

describe("a program without types", () => {
  it.each<[string, object[], RegExp]>([
    [
      "a name twice",
      [
        { protocol: "mqtt", port: 0, name: "a" },
        { protocol: "ws", port: 0, name: "a" },
      ],
      /"a" is the name of two listeners/,
    ],
    ["versions that are none", [{ protocol: "mqtt", port: 0, versions: [6] }], /versions are some of 3, 4, 5, not 6/],
    ["no versions", [{ protocol: "mqtt", port: 0, versions: [] }], /versions are some of 3, 4, 5/],
    ["TLS without options", [{ protocol: "mqtts", port: 0 }], /needs tls: certificate and key, or pskFile/],
    ["TLS where there is none", [{ protocol: "mqtt", port: 0, tls: {} }], /a listener for mqtt has no option tls/],
    ["a backlog for ws", [{ protocol: "ws", port: 0, backlog: 5 }], /a listener for ws has no option backlog/],
    ["a socket without path", [{ protocol: "unix" }], /needs the path of a socket file/],
    [
      "a network that is none",
      [{ protocol: "mqtt", port: 0, proxyProtocolFrom: ["x"] }],
      /"x" is no address or network/,
    ],
  ])("hears of %s", async (_what, listeners, message) => {
    const start = async () => {
      const broker = createBroker({ listeners: listeners as ListenerOptions[] });
      await broker.start();
    };
    await expect(start()).rejects.toThrow(message);
  });
});
