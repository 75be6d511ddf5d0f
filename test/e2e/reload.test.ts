import { renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { folderWith } from "../support/config-files.ts";
import { pingreq } from "../support/packets.ts";
import { CLI, Program, run } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { Ternmq } from "../support/ternmq.ts";

const ternmq = (...args: string[]) => run(process.execPath, [CLI, ...args]);

async function start(file: string, ...args: string[]): Promise<Ternmq> {
  const broker = await Ternmq.start(["--config", file, ...args]);
  onTestFinished(() => broker.kill());
  return broker;
}

function setPassword(folder: string, user: string, password: string) {
  return ternmq("passwd", "--batch", join(folder, "passwd"), user, password);
}

async function reasonCode(port: number, username: string, password: string): Promise<number | undefined> {
  const client = await RawClient.connect(port, {
    connect: { version: 5, username, password: Buffer.from(password) },
  });
  onTestFinished(() => client.destroy());
  return client.connack?.reasonCode;
}

const USERS = "authentication: {authenticators: [{type: password-file, file: passwd}]}\n";

describe("ternmq reload", () => {
  it("reads users and limits anew, and drops no connection", async () => {
    const folder = folderWith({ "ternmq.yaml": USERS });
    const file = join(folder, "ternmq.yaml");
    const store = join(folder, "store");
    await setPassword(folder, "ann", "one");
    const broker = await start(file, "--data-dir", store);
    const ann = await RawClient.connect(broker.port, {
      connect: { version: 5, username: "ann", password: Buffer.from("one") },
    });
    expect(await reasonCode(broker.port, "bob", "two")).toBe(0x86);

    await setPassword(folder, "bob", "two");
    writeFileSync(file, `${USERS}limits: {receiveMaximum: 33}\n`);
    expect(await ternmq("reload", "--data-dir", store)).toEqual({ code: 0, stdout: "reloaded", stderr: "" });
    const bob = await RawClient.connect(broker.port, {
      connect: { version: 5, username: "bob", password: Buffer.from("two") },
    });
    expect(bob.connack).toMatchObject({ reasonCode: 0, properties: { receiveMaximum: 33 } });
    ann.send(pingreq());
    await ann.expect("pingresp");
    ann.destroy();
    bob.destroy();
  });

  it("changes nothing where the new file cannot be used, and says so with 1", async () => {
    const folder = folderWith({ "ternmq.yaml": USERS });
    const file = join(folder, "ternmq.yaml");
    const store = join(folder, "store");
    await setPassword(folder, "ann", "one");
    const broker = await start(file, "--data-dir", store);
    writeFileSync(file, `${USERS}limits: {receiveMaximum: 0}\n`);
    const { code, stdout, stderr } = await ternmq("reload", "--data-dir", store);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/ternmq.yaml:2:26: limits.receiveMaximum: 0 is not allowed/);
    expect(stderr).toMatch(/was not reloaded: nothing has changed/);
    await broker.logged("the configuration was not reloaded: nothing has changed");

    writeFileSync(file, `${USERS}limits: {receiveMaximum: 5}\n`);
    rmSync(join(folder, "passwd"));
    expect((await ternmq("reload", "--data-dir", store)).code).toBe(1);
    expect(await reasonCode(broker.port, "ann", "one")).toBe(0);
    const ann = await RawClient.connect(broker.port, {
      connect: { version: 5, username: "ann", password: Buffer.from("one") },
    });
    expect(ann.connack?.properties.receiveMaximum).not.toBe(5);
    ann.destroy();
  });

  it("tells of its own reload, not of one that began before the file was changed", async () => {
    const folder = folderWith({ "ternmq.yaml": "", bad: "nonsense: 1\n" });
    const file = join(folder, "ternmq.yaml");
    const store = join(folder, "store");
    const broker = await start(file, "--data-dir", store, "--log-level", "debug");
    rmSync(file);
    await run("mkfifo", [file]);
    broker.signal("SIGHUP");
    const writer = await open(file, "w");
    renameSync(join(folder, "bad"), file);
    const asked = ternmq("reload", "--data-dir", store);
    await broker.line("a second request", () => broker.log.filter(({ msg }) => msg === "asked to reload")[1]);
    await writer.close();
    expect((await asked).stderr).toMatch(/there is no option "nonsense"/);
  });

  it("names what needs a restart", async () => {
    const folder = folderWith({ "ternmq.yaml": "" });
    const file = join(folder, "ternmq.yaml");
    const store = join(folder, "store");
    const broker = await start(file, "--data-dir", store);
    writeFileSync(file, "directIo: false\nlimits: {maximumTopicLevels: 5}\nlog: {level: debug}\n");
    const { code, stdout } = await ternmq("reload", "--data-dir", store);
    expect(code).toBe(0);
    expect(stdout).toMatch(/this needs a restart: limits.maximumTopicLevels stays 128/);
    expect(stdout).toMatch(/this needs a restart: directIo stays as it was/);
    await broker.logged("this needs a restart: directIo stays as it was", ({ level }) => level === 40);
    const client = await RawClient.connect(broker.port, { connect: {} });
    await client.close();
    expect(await broker.logged("client disconnected")).toMatchObject({ level: 20 });
  });

  it("finds a broker that keeps nothing on disk by its pid file", async () => {
    const folder = folderWith({ "ternmq.yaml": "" });
    const pidFile = join(folder, "pid");
    const broker = await start(join(folder, "ternmq.yaml"), "--no-persistence", "--pid-file", pidFile);
    const { code, stdout } = await ternmq("reload", "--pid-file", pidFile);
    expect(code).toBe(0);
    expect(stdout).toMatch(/asked process \d+ to reload/);
    await broker.logged("configuration reloaded");
  });

  it("ends with 1 where no broker is found", async () => {
    const folder = folderWith({ stale: "1\n" });
    const missing = await ternmq("reload", "--data-dir", join(folder, "none"));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/no broker uses .*none/);
    const stale = await ternmq("reload", "--pid-file", join(folder, "stale"));
    expect(stale.code).toBe(1);
    expect(stale.stderr).toMatch(/process 1 is no broker/);
  });
});

describe("SIGHUP", () => {
  it("ends with 1, and the reason, where the pid file is none", async () => {
    expect(await ternmq("reload", "--pid-file", folderWith({}))).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^ternmq: \S+ cannot be read: EISDIR[^\n]*\n$/),
    });
  });

  it("does not mind what a power cut left of an earlier outcome", async () => {
    const folder = folderWith({ "ternmq.yaml": "" });
    const store = join(folder, "store");
    await start(join(folder, "ternmq.yaml"), "--data-dir", store);
    writeFileSync(join(store, "reload.json"), "");
    expect(await ternmq("reload", "--data-dir", store)).toEqual({ code: 0, stdout: "reloaded", stderr: "" });
  });

  it("while the broker reads its configuration lets it read that again", async () => {
    const folder = folderWith({ written: "log: {level: info}\n" });
    const file = join(folder, "ternmq.yaml");
    await run("mkfifo", [file]);
    const ports = ["--port", "0", "--ws-port", "0", "--no-persistence"];
    const broker = new Program(process.execPath, [CLI, "start", "--config", file, ...ports]);
    onTestFinished(() => broker.kill());
    const writer = await open(file, "w");
    broker.signal("SIGHUP");
    renameSync(join(folder, "written"), file);
    await writer.close();
    await broker.line("reload", (line) => line.includes('"configuration reloaded"') || undefined);
  });

  it("does not end a broker that has no configuration file", async () => {
    const broker = await Ternmq.start();
    onTestFinished(() => broker.kill());
    broker.signal("SIGHUP");
    await broker.logged("configuration reloaded");
    const client = await RawClient.connect(broker.port, { connect: {} });
    expect(client.connack?.reasonCode).toBe(0);
    await client.close();
  });
});
