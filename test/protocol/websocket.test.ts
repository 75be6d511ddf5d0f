import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { Authority } from "../support/certificates.ts";
import { join, messages, publishAcknowledged, subscribeTo, text } from "../support/exchange.ts";
import {
  type ConnectOptions,
  connect,
  disconnect,
  pingreq,
  publish,
  subscribe,
  type Version,
} from "../support/packets.ts";
import { RawClient } from "../support/raw-client.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  frame,
  PING,
  PONG,
  RawWebSocket,
  TEXT,
  type WebSocketOptions,
} from "../support/raw-websocket.ts";
import { itAt } from "../support/title.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost" });

describe.each(["ws", "wss"] as const)("over %s", (protocol) => {
  /** A broker with both transports: TCP first, WebSocket second. */
  function startBoth(limits = {}): Promise<TestBroker> {
    const webSocket = protocol === "ws" ? { protocol, port: 0 } : { protocol, port: 0, tls: server };
    return startBroker({ listeners: [{ protocol: "mqtt", port: 0 }, webSocket], limits });
  }

  async function open(test: TestBroker, options: WebSocketOptions = {}): Promise<RawWebSocket> {
    const tls = protocol === "wss" && { tls: { ca: readFileSync(authority.certificate) } };
    const socket = await RawWebSocket.connect(test.broker.addresses[1]?.port ?? 0, { ...options, ...tls });
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  }

  /** A client that got its CONNACK. */
  async function joinByWebSocket(
    test: TestBroker,
    options: ConnectOptions = {},
  ): Promise<{ socket: RawWebSocket; client: RawClient }> {
    const socket = await open(test);
    const client = new RawClient(socket);
    expect(await client.handshake(options)).toMatchObject({ reasonCode: 0 });
    return { socket, client };
  }

  describe("the WebSocket handshake", () => {
    it.each([
      ["mqtt", "mqtt"],
      ["foo, mqtt", "mqtt"],
      ["mqttv3.1", "mqttv3.1"],
      ["mqttv3.1,mqtt", "mqtt"],
    ])(
      "[MQTT-6.0.0-4] [MQTT-6.0.0-4 of 3.1.1] of a client that offers %s chooses %s, on any path",
      async (protocols, chosen) => {
        const test = await startBoth();
        for (const path of ["/", "/mqtt", "/a/b?c=d"]) {
          expect((await open(test, { protocols, path })).protocol).toBe(chosen);
        }
      },
    );

    it.each([undefined, "foo", "mqttx", "MQTT5"])(
      "of a client that offers %s is refused with 400",
      async (protocols) => {
        const test = await startBoth();
        await expect(open(test, { protocols })).rejects.toThrow("400");
        expect(test.broker.gauges).toMatchObject({ connections: 0 });
      },
    );
  });

  describe.each<Version>([4, 5])("MQTT over WebSocket in version %i", (version) => {
    const it = itAt(version);

    it("[MQTT-6.0.0-1] [MQTT-6.0.0-1 of 3.1.1] reaches clients of the other transport, both ways, and answers in binary frames", async () => {
      const test = await startBoth();
      const { socket, client } = await joinByWebSocket(test, { version, clientIdentifier: "ws" });
      const tcp = await join(test, version);
      for (const each of [client, tcp]) await subscribeTo(each, [{ filter: "t", qos: 2 }]);
      await publishAcknowledged(await join(test, version), "t", "from tcp");
      client.send(publish({ version, topic: "t", payload: "from ws" }));
      for (const each of [client, tcp]) expect(await messages(each, 2)).toEqual(["t=from tcp", "t=from ws"]);
      expect(new Set(socket.opcodes)).toEqual(new Set([BINARY]));
    });

    it("[MQTT-6.0.0-2] [MQTT-6.0.0-2 of 3.1.1] takes packets cut anywhere into frames", async () => {
      const test = await startBoth();
      const bytes = Buffer.concat([
        connect({ version, clientIdentifier: "c" }),
        subscribe({ version, subscriptions: ["t"] }),
        publish({ version, topic: "t", payload: "x".repeat(150) }),
        pingreq(),
      ]);
      for (let at = 0; at <= bytes.length; at++) {
        const socket = await open(test);
        const client = new RawClient(socket);
        client.version = version;
        socket.sendRaw(frame(BINARY, bytes.subarray(0, at)), frame(BINARY, bytes.subarray(at)));
        await client.expect("connack");
        await client.expect("suback");
        expect(text(await client.expect("publish"))).toBe(`t=${"x".repeat(150)}`);
        await client.expect("pingresp");
        const gone = once(socket, "close");
        socket.destroy();
        await gone;
      }
    });

    it("[MQTT-6.0.0-2] [MQTT-6.0.0-2 of 3.1.1] takes a frame for each byte, empty frames, and fragments with a ping between", async () => {
      const test = await startBoth();
      const { socket, client } = await joinByWebSocket(test, { version, clientIdentifier: "c" });
      await subscribeTo(client, ["t"]);
      const packet = publish({ version, topic: "t", payload: "x" });
      for (const byte of packet) socket.sendRaw(frame(BINARY, Buffer.from([byte])), frame(BINARY, Buffer.alloc(0)));
      socket.sendRaw(
        frame(BINARY, packet.subarray(0, 3), false),
        frame(PING, Buffer.from("between")),
        frame(CONTINUATION, packet.subarray(3, 5), false),
        frame(CONTINUATION, packet.subarray(5)),
      );
      expect(await messages(client, 2)).toEqual(["t=x", "t=x"]);
      expect(await socket.control()).toMatchObject({ opcode: PONG, payload: Buffer.from("between") });
    });

    it("[MQTT-6.0.0-2] [MQTT-6.0.0-2 of 3.1.1] takes 5,000 packets in one frame", async () => {
      const test = await startBoth();
      const { client } = await joinByWebSocket(test, { version, clientIdentifier: "c" });
      await subscribeTo(client, ["t/+"]);
      const sent = Array.from({ length: 5_000 }, (_, index) => `t/${index % 9}=${index}`);
      client.send(
        ...sent.map((each) => publish({ version, topic: each.split("=")[0] ?? "", payload: each.split("=")[1] ?? "" })),
      );
      expect(await messages(client, 5_000)).toEqual(sent);
    });

    it("takes the largest packet, in one frame and in two", async () => {
      const test = await startBoth({ maximumOutboxBytes: 8_388_608 });
      const { socket, client } = await joinByWebSocket(test, { version, clientIdentifier: "c" });
      await subscribeTo(client, ["t"]);
      const payload = Buffer.alloc(1_048_576 - (version === 5 ? 8 : 7), "x");
      const packet = publish({ version, topic: "t", payload });
      expect(packet.length).toBe(1_048_576);
      socket.sendRaw(frame(BINARY, packet));
      socket.sendRaw(frame(BINARY, packet.subarray(0, 500_000)), frame(BINARY, packet.subarray(500_000)));
      for (let round = 0; round < 2; round++) {
        expect((await client.expect("publish")).payload.equals(payload)).toBe(true);
      }
    });
  });

  it("takes a packet of 20 MB in one frame where packets may be that large", async () => {
    const test = await startBoth({ maximumPacketSize: 33_554_432 });
    const { socket, client } = await joinByWebSocket(test);
    socket.sendRaw(frame(BINARY, publish({ topic: "t", payload: Buffer.alloc(20_000_000), qos: 1 })));
    expect(await client.expect("puback")).toMatchObject({ packetIdentifier: 1 });
  });

  it("gives a client that sends nothing all of a message that leaves in many parts", async () => {
    const test = await startBoth({ maximumPacketSize: 33_554_432 });
    const { client } = await joinByWebSocket(test);
    await subscribeTo(client, ["t"]);
    const payload = Buffer.alloc(16_000_000, "0123456789");
    test.broker.publish("t", payload);
    expect((await client.expect("publish")).payload.equals(payload)).toBe(true);
  });

  describe.each<Version>([4, 5])("a text frame in version %i", (version) => {
    const it = itAt(version);

    it("[MQTT-6.0.0-1] [MQTT-6.0.0-1 of 3.1.1] ends the connection; the will goes out, others go on", async () => {
      const test = await startBoth();
      const watcher = await join(test);
      await subscribeTo(watcher, ["will"]);
      const { socket, client } = await joinByWebSocket(test, { version, will: { topic: "will", payload: "gone" } });
      socket.sendRaw(frame(TEXT, publish({ version, topic: "will", payload: "in a text frame" })));
      const close = await socket.control();
      expect(close.opcode).toBe(CLOSE);
      expect(close.payload.readUInt16BE()).toBe(1003);
      await client.expectClosed();
      expect(text(await watcher.expect("publish"))).toBe("will=gone");
    });
  });

  it("a WebSocket that is closed as its session is taken over leaves the packets of others alone", async () => {
    const test = await startBoth();
    await joinByWebSocket(test, { clientIdentifier: "taken over" });
    const { client: other } = await joinByWebSocket(test, { clientIdentifier: "other" });
    const successor = await test.open();
    await other.expectNothing();
    // Both come in one turn of the event loop, the WebSocket's first.
    other.send(publish({ topic: "of the other", payload: "x", qos: 1, packetIdentifier: 7 }));
    successor.send(
      connect({ clientIdentifier: "taken over" }),
      pingreq(),
      publish({ topic: "of the successor, which is longer", payload: "y", qos: 1, packetIdentifier: 9 }),
    );
    await successor.expect("connack");
    await successor.expect("pingresp");
    expect(await successor.expect("puback")).toMatchObject({ packetIdentifier: 9 });
    expect(await other.expect("puback")).toMatchObject({ packetIdentifier: 7 });
  });

  describe("a WebSocket that breaks the rules", () => {
    it("a frame larger than any packet may be ends the connection", async () => {
      const test = await startBoth({ maximumPacketSize: 1_000 });
      const { client } = await joinByWebSocket(test);
      client.stream.write(Buffer.alloc(200_000));
      await client.expectClosed();
    });

    it("[MQTT-4.13.1-1] a malformed packet is answered by a DISCONNECT, then the connection is closed", async () => {
      const test = await startBoth();
      const { socket, client } = await joinByWebSocket(test);
      client.send(publish({ topic: "#" }));
      expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x90 });
      expect(await socket.control()).toMatchObject({ opcode: CLOSE });
      await client.expectClosed();
    });

    it("a close frame is answered and counts as a lost connection", async () => {
      const test = await startBoth();
      const watcher = await join(test);
      await subscribeTo(watcher, ["will"]);
      const { socket } = await joinByWebSocket(test, { will: { topic: "will", payload: "gone" } });
      socket.sendRaw(frame(CLOSE, Buffer.from([0x03, 0xe8])));
      expect(await socket.control()).toMatchObject({ opcode: CLOSE });
      expect(text(await watcher.expect("publish"))).toBe("will=gone");
    });

    it.each([
      ["a close frame", frame(CLOSE, Buffer.from([0x03, 0xe8])), []],
      ["a text frame", frame(TEXT, Buffer.from("text")), []],
      ["a DISCONNECT and a close frame", frame(CLOSE, Buffer.from([0x03, 0xe8])), [disconnect()]],
    ])("what came right before %s counts", async (_, last, packets) => {
      const test = await startBoth();
      const watcher = await join(test);
      await subscribeTo(watcher, ["#"]);
      const { socket } = await joinByWebSocket(test, { version: 5, will: { topic: "will", payload: "gone" } });
      const sent = ["a", "b", "c"].map((payload) => publish({ version: 5, topic: "t", payload }));
      socket.sendRaw(...[...sent, ...packets].map((packet) => frame(BINARY, packet)), last);
      expect(await messages(watcher, 3)).toEqual(["t=a", "t=b", "t=c"]);
      if (packets.length === 0) expect(text(await watcher.expect("publish"))).toBe("will=gone");
      else await watcher.expectNothing();
    });
  });
});
