import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { watch } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLI, run } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** Beyond what a pipe and the sockets of one hold. */
const LONG_LINES = 30;

/** A broker that listens at the socket file `s`. @param stdout where its log goes */
async function started(stdout: number | "pipe", ...args: string[]): Promise<{ child: ChildProcess; socket: string }> {
  const folder = temporaryDirectory();
  const listeners = `listeners=[{protocol: unix, path: ${join(folder, "s")}}]`;
  const own = ["--set", listeners, "--no-persistence", "--pid-file", join(folder, "pid")];
  const stopped = new AbortController();
  const changes = watch(folder, { signal: stopped.signal });
  const child = spawn(process.execPath, [CLI, "start", ...own, ...args], { stdio: ["ignore", stdout, "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.once("exit", () => stopped.abort());
  for await (const { filename } of changes) if (filename === "pid") break;
  return { child, socket: join(folder, "s") };
}

/** Its name stands in the log. */
async function comeAndGo(socket: string): Promise<void> {
  const client = new RawClient(connect(socket));
  await client.handshake({ clientIdentifier: "x".repeat(60_000) });
  await client.close();
}

describe("a broker whose log cannot be written", () => {
  it.each(["info", "warn"])(
    "goes on when the disk of its log is full, and ends with 0 (--log-level %s)",
    async (level) => {
      const full = openSync("/dev/full", "w");
      const { child, socket } = await started(full, "--log-level", level);
      closeSync(full);
      await comeAndGo(socket);
      await comeAndGo(socket);
      child.kill("SIGINT");
      expect(await once(child, "exit")).toEqual([0, null]);
    },
  );

  it.each([1, 2])("ends by %i signals though nobody reads its log", async (signals) => {
    const { child, socket } = await started("pipe");
    for (let i = 0; i < LONG_LINES; i++) await comeAndGo(socket);
    const exit = once(child, "exit");
    for (let i = 0; i < signals; i++) child.kill(i === 0 ? "SIGINT" : "SIGTERM");
    expect(await exit).toEqual([signals - 1, null]);
  });
});

describe("a command whose output cannot be written", () => {
  it.each([
    ["config", "schema"],
    ["config", "print"],
  ])("says so and ends with 1: %s %s", async (...args) => {
    const command = `'${process.execPath}' '${CLI}' ${args.join(" ")}`;
    const { code, stderr } = await run("bash", ["-c", `${command} > /dev/full`]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ternmq: standard output cannot be written: ENOSPC[^\n]*\n$/),
    });
  });
});
