import { once } from "node:events";
import { createServer } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLI, Program, run } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { Ternmq } from "../support/ternmq.ts";

async function start(...args: string[]): Promise<Ternmq> {
  const broker = await Ternmq.start(args);
  onTestFinished(() => broker.kill());
  return broker;
}

/** A port at which another program listens until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("ternmq start", () => {
  it("takes free ports for 0 and tells them in JSON lines where standard output is no terminal", async () => {
    const broker = await start();
    expect(broker.log).toEqual([
      expect.objectContaining({ level: 30, msg: "store opened", sessions: 0, retained: 0 }),
      expect.objectContaining({ level: 30, msg: "listening", protocol: "mqtt", host: "127.0.0.1", port: broker.port }),
      expect.objectContaining({ level: 30, msg: "listening", protocol: "ws", host: "127.0.0.1", port: broker.wsPort }),
    ]);
    expect(broker.port).toBeGreaterThan(0);
    expect(broker.wsPort).toBeGreaterThan(0);
    const client = await RawClient.connect(broker.port, { connect: {} });
    expect(client.connack?.reasonCode).toBe(0);
    await client.close();
  });

  it("writes for people on a terminal: one line an event, no JSON", async () => {
    const command = `'${process.execPath}' '${CLI}' start --port 0 --ws-port 0 --no-persistence`;
    const program = new Program("script", ["-qec", command, "/dev/null"]);
    onTestFinished(() => program.kill());
    const port = await program.line(
      "a line for WebSocket",
      (line) => /listening.*\bws\b.*?(\d+)\D*$/.exec(stripVTControlCharacters(line))?.[1],
    );
    expect(Number(port)).toBeGreaterThan(0);
    expect(program.lines.map(stripVTControlCharacters)).toEqual([
      expect.stringMatching(/INFO.*listening.*mqtt.*127\.0\.0\.1/),
      expect.stringMatching(/INFO.*listening.*ws.*127\.0\.0\.1/),
    ]);
  });

  it("writes no control character of a client's, to a terminal or not", async () => {
    const clientIdentifier = "a\n\u001b[31m\u009b2J\u202ex\u007f";
    const command = [process.execPath, CLI, "start", "--port", "0", "--no-ws", "--no-persistence"];
    for (const [file, ...args] of [command, ["script", "-qec", command.join(" "), "/dev/null"]]) {
      const program = new Program(file ?? "", args);
      onTestFinished(() => program.kill());
      const port = await program.line("a port", (line) => /"port":(\d+)/.exec(line)?.[1]);
      await RawClient.connect(Number(port), { connect: { clientIdentifier } });
      const line = await program.line("a client", (text) => (text.includes("client connected") ? text : undefined));
      expect(line).toContain('"client":"a\\n\\u001b[31m\\u009b2J\\u202ex\\u007f"');
    }
  });

  it("opens no WebSocket listener with --no-ws", async () => {
    const broker = await start("--no-ws");
    broker.signal("SIGTERM");
    await broker.exit;
    expect(broker.log.filter(({ msg }) => msg === "listening")).toHaveLength(1);
  });

  it.each(["--port", "--ws-port"])(
    "says that the port of %s is in use, ends with 1 and leaves nothing open",
    async (option) => {
      const taken = await takenPort();
      const args = ["--no-persistence", "--port", "0", "--ws-port", "0", option, String(taken)];
      const { code, stdout, stderr } = await run(process.execPath, [CLI, "start", ...args]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^ternmq: cannot listen .*127\\.0\\.0\\.1:${taken}: .* another port`));
      expect(stderr.trim().split("\n")).toHaveLength(1);
    },
  );

  it("writes one line for each client at level info", async () => {
    const broker = await start();
    for (const clientIdentifier of ["one", "two"]) {
      const client = await RawClient.connect(broker.port, { connect: { version: 4, clientIdentifier } });
      await client.close();
    }
    broker.signal("SIGTERM");
    await broker.exit;
    const clientLines = broker.log.filter((line) => "client" in line);
    expect(clientLines).toEqual([
      expect.objectContaining({ level: 30, msg: "client connected", client: "one", version: 4, transport: "tcp" }),
      expect.objectContaining({ level: 30, msg: "client connected", client: "two", version: 4, transport: "tcp" }),
    ]);
    expect(clientLines[0]?.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("tells at level debug when a client is gone as well", async () => {
    const broker = await start("--log-level", "debug");
    const client = await RawClient.connect(broker.port, { connect: { clientIdentifier: "one" } });
    await client.close();
    expect(await broker.logged("client disconnected")).toMatchObject({ level: 20, client: "one" });
  });
});
