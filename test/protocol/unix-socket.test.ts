import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect as connectSocket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createBroker, type UnixListenerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { messages, subscribeTo } from "../support/exchange.ts";
import { publish, type Version } from "../support/packets.ts";
import { Program } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "ternmq-unix-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function start(path: string, options: Partial<UnixListenerOptions> = {}): Promise<TestBroker> {
  return startBroker({ listeners: [{ ...options, protocol: "unix", path }] });
}

async function open(path: string): Promise<RawClient> {
  const socket = connectSocket(path);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, "connect");
  return new RawClient(socket);
}

describe.each<Version>([3, 4, 5])("MQTT over a Unix socket in version %i", (version) => {
  const it = itAt(version);

  it("goes both ways", async () => {
    const path = join(directory(), "mqtt.sock");
    const test = await start(path);
    const connected = once(test.broker, "connect");
    const client = await open(path);
    await client.handshake({ version, clientIdentifier: "c" });
    expect((await connected)[0]).toMatchObject({ transport: "unix", remoteAddress: "", listener: `unix:${path}` });
    await subscribeTo(client, ["t"]);
    client.send(publish({ version, topic: "t", payload: "x".repeat(500_000) }));
    expect(await messages(client, 1)).toEqual([`t=${"x".repeat(500_000)}`]);
    expect(test.broker.addresses).toMatchObject([{ protocol: "unix", path, host: "", port: 0 }]);
  });
});

describe("the socket file", () => {
  it("has the permissions that were asked for, and goes with the broker", async () => {
    const path = join(directory(), "mqtt.sock");
    const test = await start(path, { mode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await test.broker.stop();
    expect(existsSync(path)).toBe(false);
    await start(path);
    expect(statSync(path).mode & 0o777).toBe(0o660);
  });

  it("of a program that was killed is replaced", async () => {
    const path = join(directory(), "mqtt.sock");
    const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("open"))`;
    const other = new Program(process.execPath, ["-e", code]);
    await other.line("the socket", (line) => line);
    await other.kill();
    expect(lstatSync(path).isSocket()).toBe(true);
    await start(path);
    expect(await (await open(path)).handshake()).toMatchObject({ reasonCode: 0 });
  });

  it("of a program that was killed is replaced by one of two brokers that start at once", async () => {
    const path = join(directory(), "mqtt.sock");
    const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("open"))`;
    for (let round = 0; round < 5; round++) {
      rmSync(path, { force: true });
      const other = new Program(process.execPath, ["-e", code]);
      await other.line("the socket", (line) => line);
      await other.kill();
      const brokers = await Promise.allSettled([start(path), start(path)]);
      const started = brokers.flatMap((broker) => (broker.status === "fulfilled" ? broker.value : []));
      expect(started).toHaveLength(1);
      expect(brokers).toContainEqual({ status: "rejected", reason: expect.objectContaining({ code: "ERR_LISTEN" }) });
      expect(await (await open(path)).handshake()).toMatchObject({ reasonCode: 0 });
      expect(readdirSync(dirname(path))).toEqual(["mqtt.sock"]);
      await started[0]?.broker.stop();
    }
  });

  it("of a program that listens is left alone", async () => {
    const path = join(directory(), "mqtt.sock");
    const other = createServer().listen(path);
    onTestFinished(() => {
      other.close();
    });
    await once(other, "listening");
    await expect(start(path)).rejects.toThrow(`cannot listen for unix on ${path}: another program listens there`);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  it("is never put in the place of another file", async () => {
    const path = join(directory(), "precious");
    writeFileSync(path, "text");
    await expect(start(path)).rejects.toThrow("the file is no socket");
    expect(readFileSync(path, "utf8")).toBe("text");
  });

  it.each([
    ["a directory that is not there", join("/nowhere", "mqtt.sock"), /there is no such directory/],
    ["too long a path", join("/tmp", "x".repeat(120)), /choose a path of no more than 107 bytes/],
  ])("cannot be in %s", async (_what, path, message) => {
    const broker = createBroker({ listeners: [{ protocol: "unix", path }] });
    await expect(broker.start()).rejects.toThrow(message);
  });
});
