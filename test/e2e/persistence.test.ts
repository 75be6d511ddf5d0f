import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lasting } from "../support/durable.ts";
import { publishFrom, subscribeTo, takePayloads } from "../support/flows.ts";
import { CLI, Program, run } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { Ternmq } from "../support/ternmq.ts";

const QUIET = ["--port", "0", "--no-ws"];

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "ternmq-e2e-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function startOn(directory: string, ...args: string[]): Promise<Ternmq> {
  const broker = await Ternmq.start(["--no-ws", "--data-dir", directory, ...args]);
  onTestFinished(() => broker.kill());
  return broker;
}

/** A broker that runs in a directory of its own, with the arguments and nothing else. */
async function startIn(cwd: string, ...args: string[]): Promise<{ program: Program; port: number }> {
  const program = new Program(process.execPath, [CLI, "start", ...QUIET, ...args], { cwd });
  onTestFinished(() => program.kill());
  const port = await program.line("a port", (line) => {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    return msg === "listening" ? port : undefined;
  });
  return { program, port };
}

async function connect(port: number, options = lasting("c")): Promise<RawClient> {
  const client = await RawClient.connect(port, { connect: options });
  onTestFinished(() => client.destroy());
  return client;
}

/** Leaves a session with two messages that wait, and a retained one. */
async function leaveState(port: number): Promise<void> {
  const client = await connect(port);
  await subscribeTo(client, "a", 2);
  await client.close();
  const publisher = await connect(port, { clientIdentifier: "p" });
  await publishFrom(publisher, "a", "1", { qos: 1 });
  await publishFrom(publisher, "a", "2", { qos: 2 });
  await publishFrom(publisher, "r", "retained", { retain: true });
}

async function expectState(port: number): Promise<void> {
  const client = await connect(port);
  expect(client.connack).toMatchObject({ sessionPresent: true });
  const messages = [await client.expect("publish"), await client.expect("publish")];
  expect(messages.map(({ payload, qos }) => `${payload} ${qos}`)).toEqual(["1 1", "2 2"]);
  const other = await connect(port, { clientIdentifier: "o" });
  await subscribeTo(other, "r", 1);
  expect(await takePayloads(other, 1)).toEqual(["retained"]);
}

describe("ternmq start", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("loses nothing over %s and a start", async (signal) => {
    const directory = emptyDirectory();
    const broker = await startOn(directory);
    await leaveState(broker.port);
    broker.signal(signal);
    expect(await broker.exit).toEqual({ code: 0, signal: null });
    await expectState((await startOn(directory)).port);
  });

  it.each(["commit", "fsync"])(
    "loses nothing that was acknowledged over SIGKILL, with --durability %s",
    async (level) => {
      const directory = emptyDirectory();
      const broker = await startOn(directory, "--durability", level);
      await leaveState(broker.port);
      await broker.kill();
      const again = await startOn(directory, "--durability", level);
      await expectState(again.port);
      expect(await again.logged("store opened")).toMatchObject({ directory, sessions: 1, retained: 1 });
    },
  );

  it("loses nothing over SIGTERM with --durability memory, whose acknowledgements do not wait", async () => {
    const directory = emptyDirectory();
    const broker = await startOn(directory, "--durability", "memory");
    await leaveState(broker.port);
    broker.signal("SIGTERM");
    await broker.exit;
    await expectState((await startOn(directory)).port);
  });

  it("keeps its state in ternmq-data below the directory in which it is started", async () => {
    const cwd = emptyDirectory();
    const { program, port } = await startIn(cwd);
    await leaveState(port);
    await program.kill();
    expect(readdirSync(cwd)).toEqual(["ternmq-data"]);
    await expectState((await startIn(cwd)).port);
  });

  it("makes the directory of --data-dir, with those above it", async () => {
    const directory = join(emptyDirectory(), "one", "two");
    await leaveState((await startOn(directory)).port);
    expect(existsSync(directory)).toBe(true);
  });

  it("keeps nothing with --no-persistence, and touches no disk", async () => {
    const cwd = emptyDirectory();
    const { program, port } = await startIn(cwd, "--no-persistence");
    await leaveState(port);
    program.signal("SIGTERM");
    await program.exit;
    expect(readdirSync(cwd)).toEqual([]);
    const again = await startIn(cwd, "--no-persistence");
    expect((await connect(again.port)).connack).toMatchObject({ sessionPresent: false });
  });

  it("ends with 2 for a level of durability that does not exist, and tells those that do", async () => {
    const { code, stdout, stderr } = await run(process.execPath, [CLI, "start", ...QUIET, "--durability", "nonsense"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/--durability.*"nonsense".*memory, commit, fsync/);
  });

  it("ends with 2 for --data-dir without a path", async () => {
    const { code, stderr } = await run(process.execPath, [CLI, "start", ...QUIET, "--data-dir", ""]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--data-dir/);
  });

  it("ends with 1 where another broker has the directory, says so, and leaves that one alone", async () => {
    const directory = emptyDirectory();
    const first = await startOn(directory);
    await leaveState(first.port);
    const { code, stdout, stderr } = await run(process.execPath, [CLI, "start", ...QUIET, "--data-dir", directory]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.trim()).toMatch(new RegExp(`^ternmq: ${directory} is in use by another broker.*${first.pid}.*: `));
    expect(stderr.trim().split("\n")).toHaveLength(1);
    await expectState(first.port);
    await first.kill();
    await expectState((await startOn(directory)).port);
  });

  it("ends with 2 and names the option where the directory cannot be one", async () => {
    const { code, stdout, stderr } = await run(process.execPath, [CLI, "start", ...QUIET, "--data-dir", CLI]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^--data-dir: .*cli\.js is no directory/);
  });
});

it("ends with 1, and says why, when the store's thread has ended", async () => {
  const preload = new URL("../support/store-thread.js", import.meta.url).href;
  const broker = await Ternmq.start(["--no-ws"], [process.execPath, "--import", preload, CLI]);
  onTestFinished(() => broker.kill());
  broker.signal("SIGUSR2");
  expect(await broker.exit).toEqual({ code: 1, signal: null });
  expect(broker.log.filter(({ level }) => Number(level) >= 50)).toMatchObject([
    { level: 60, err: { code: "ERR_STORE_CLOSED" } },
  ]);
});

it("ends in good order on a full disk, with what was acknowledged", async () => {
  const directory = emptyDirectory();
  const broker = await startOn(directory, "--durability", "commit");
  await leaveState(broker.port);
  const { size } = statSync(join(directory, "data.mdb"));
  await run("prlimit", ["--pid", String(broker.pid), `--fsize=${size}:unlimited`]);
  const publisher = await connect(broker.port, { clientIdentifier: "q" });
  await publishFrom(publisher, "elsewhere", "x".repeat(100_000), { qos: 1, retain: true }).catch(() => {});
  broker.signal("SIGTERM");
  expect(await broker.exit).toEqual({ code: 1, signal: null });
  expect(broker.log.at(-1)?.msg).toBe("what happened last could not be written; none of it was acknowledged");
  await expectState((await startOn(directory)).port);
});
