import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { SCENARIOS } from "../../bench/load/scenarios.ts";
import { CLI, Program, run } from "../support/program.ts";
import { Ternmq } from "../support/ternmq.ts";

const MILLISECONDS = 120_000;
const SMALL = ["--scale", "0.02", "--seconds", "0.2", "--warmup", "0.1"];
const IN_PROC = { skip: process.platform !== "linux" };

interface Result {
  readonly broker: string;
  readonly scenario: { readonly id: string; readonly kind: string };
  readonly figures: Record<string, number>;
  readonly faults: string[];
  readonly error?: string;
}

const bench = (...args: string[]) => run(process.execPath, [CLI, "bench", ...args]);

function resultsIn(json: string): Result[] {
  return JSON.parse(json).results;
}

/** Listens until the test ends; what it does with who comes is up to `serve`. */
async function listener(serve: Parameters<typeof createServer>[1]): Promise<number> {
  const server: Server = createServer(serve).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("ternmq bench", () => {
  let broker: Ternmq;

  beforeAll(async () => {
    broker = await Ternmq.start();
  });

  afterAll(() => broker.kill());

  it("runs every kind of scenario on brokers that it starts, without a fault", { timeout: MILLISECONDS }, async () => {
    const only = ["pairs-qos2", "share", "topics", "standing", "slow-one", "slow-one-qos1", "open-qos1", "ws-fan-out"];
    const others = SCENARIOS.filter(({ kind }) => kind !== "load").map(({ id }) => id);
    const chosen = [...only, ...others];
    const { code, stdout, stderr } = await bench(...SMALL, "--broker", "ternmq", "--only", ...chosen, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const results = resultsIn(stdout);
    expect(results.map(({ scenario }) => scenario.id).sort()).toEqual(chosen.sort());
    for (const { figures, faults, error } of results) {
      expect({ faults, error }).toEqual({ faults: [], error: undefined });
      expect(figures.perSecond).toBeGreaterThan(0);
      expect(figures.count).toBeGreaterThan(0);
      expect(figures.generatorCores).toBeGreaterThan(0);
      if (process.platform === "linux") expect(figures.peakResidentBytes).toBeGreaterThan(10e6);
    }
  });

  it("measures a broker that runs, with its process where that is told", IN_PROC, async () => {
    const target = ["--target", `127.0.0.1:${broker.port}`, "--only", "pairs-qos1", "storm"];
    const [alone, known] = [
      await bench(...SMALL, ...target),
      await bench(...SMALL, ...target, "--target-pid", String(broker.pid)),
    ];
    expect([alone.code, known.code]).toEqual([0, 0]);
    expect(alone.stdout).toMatch(/^1 pair, QoS 1, 64 under way +target +[\d,]+ /m);
    expect(alone.stdout).toMatch(/not known: they come from \/proc/);
    const head = (stdout: string) => /^scenario .*$/m.exec(stdout)?.[0] ?? "";
    expect(head(alone.stdout)).not.toMatch(/CPU s|MB/);
    expect(head(known.stdout)).toMatch(/CPU s.*peak MB/);
  });

  it("measures a broker over a WebSocket, and parts the load between threads", async () => {
    const target = ["--target", `ws://127.0.0.1:${broker.wsPort}`, "--only", "pairs-qos2", "pairs-qos0"];
    const { code, stdout } = await bench("--scale", "0.1", "--seconds", "0.2", "--generators", "2", ...target);
    expect(code).toBe(0);
    expect(stdout.match(/^5 pairs, .*/gm)).toHaveLength(2);
  });

  it("takes back what it had retained in a broker that goes on", async () => {
    const target = ["--target", `127.0.0.1:${broker.port}`, "--only", "retained"];
    const [first, second] = [await bench(...SMALL, ...target), await bench("--scale", "0.0001", ...target)];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.stdout).toMatch(/^1 filter, 100 retained messages +target /m);
  });

  it("writes JSON to a file beside the table", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ternmq-bench-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "results.json");
    const target = ["--target", `127.0.0.1:${broker.port}`, "--only", "open-qos0"];
    const client = ["--username", "me", "--password", "geheim"];
    const { code, stdout } = await bench(...SMALL, ...target, ...client, "--rate", "500", "--json", file);
    expect(code).toBe(0);
    expect(stdout + readFileSync(file, "utf8")).not.toContain("geheim");
    expect(stdout).toMatch(/^1 pair, QoS 0, 500 a second +target /m);
    const [result] = resultsIn(readFileSync(file, "utf8"));
    expect(result?.figures.perSecond).toBeGreaterThan(300);
    expect(result?.figures.p999Micros).toBeGreaterThan(0);
  });

  it("ends with 1 where nobody listens, or not as a broker", async () => {
    const gone = await listener(() => {});
    const odd = await listener((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const closing = await listener((socket) => socket.destroy());
    const refusing = await listener((socket) => socket.on("data", () => socket.write(Buffer.from([0x20, 2, 0, 5]))));
    const babbling = await listener((socket) => socket.write(Buffer.alloc(1_000, 0xff)));
    const told = async (address: string) => {
      const { code, stdout, stderr } = await bench("--target", address);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr.split("\n")).toHaveLength(2);
      return stderr;
    };
    expect(await told("127.0.0.1:1")).toMatch(/^ternmq: mqtt:\/\/127\.0\.0\.1:1 cannot be used: nobody listens there/);
    expect(await told(`127.0.0.1:${closing}`)).toMatch(/closed a connection|ended the connection/);
    expect(await told(`127.0.0.1:${refusing}`)).toMatch(/this client is not authorised/);
    expect(await told(`127.0.0.1:${babbling}`)).toMatch(/cannot be used: the broker sent a malformed/);
    expect(await told("[::1]:1")).toMatch(/^ternmq: mqtt:\/\/\[::1\]:1 cannot be used/);
    expect(await told(`ws://127.0.0.1:${odd}`)).toMatch(/refused the WebSocket: HTTP\/1\.1 400/);
    expect(await told(`127.0.0.1:${gone}`)).toMatch(/no answer within 5 s/);
  });

  it("ends with 1 before it measures where the results cannot be written", async () => {
    const { code, stdout, stderr } = await bench("--json", join(tmpdir(), "no-such-folder", "results.json"));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^ternmq: the results cannot be written: .*no-such-folder/);
  });

  it("ends with 1 and tells what a broker lost", async () => {
    // Takes connections and subscriptions, and delivers nothing.
    const deaf = await listener((socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        const answers: Record<number, number[]> = { 16: [0x20, 2, 0, 0], 130: [0x90, 3, 0, 1, 0] };
        const answer = answers[chunk[0] ?? 0];
        if (answer !== undefined) socket.write(Buffer.from(answer));
      });
    });
    const { code, stdout } = await bench(...SMALL, "--target", `127.0.0.1:${deaf}`, "--only", "one-pair");
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAULT: 1 not delivered$/m);
  });

  it("ends the brokers that it started when it is interrupted", IN_PROC, async () => {
    const program = new Program(process.execPath, [
      CLI,
      "bench",
      "--broker",
      "ternmq",
      "--only",
      "pairs-1",
      "--seconds",
      "60",
    ]);
    onTestFinished(() => program.kill());
    await program.line("the head of the table", (line) => line.startsWith("command") || undefined);
    const children = () => readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, "utf8").trim().split(" ");
    const started = await vi.waitUntil(() => (children().length === 2 ? children() : undefined), { timeout: 10_000 });
    program.signal("SIGINT");
    expect((await program.exit).code).toBe(130);
    const running = () => started.filter((pid) => existsSync(`/proc/${pid}/exe`));
    await expect.poll(running).toEqual([]);
  });

  const wrong: [args: string[], reason: RegExp][] = [
    [["--only", "nonsense"], /'nonsense' is invalid.*pairs-qos0/s],
    [["--broker", "emqx"], /'emqx' is invalid.*mosquitto/s],
    [["--seconds", "soon"], /'soon' is invalid.*from 0\.1/],
    [["--generators", "1.5"], /'1\.5' is invalid.*whole number/],
    [["--target", "http://host"], /'http:\/\/host' is invalid.*host:port/],
    [["--target", "host", "--broker", "ternmq"], /'--broker <name\.\.\.>' cannot be used with option '--target/],
    [["--target", "host", "--only", "ws-pairs-qos0"], /--target ws:/],
    [["--username", "me"], /--username' goes with --target/],
    [["--target", "host", "--password", "x"], /--password' goes with --username/],
    [["--target-pid", "1"], /--target-pid' goes with --target/],
    [["quickly"], /too many arguments/],
  ];
  it.each(wrong)("ends with 2 and the reason for %j", async (args, reason) => {
    const { code, stdout, stderr } = await bench(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/--help/);
  });
});
