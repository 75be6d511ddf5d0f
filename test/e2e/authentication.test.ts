import { join } from "node:path";
import { SignJWT } from "jose";
import { connect, connectAsync, type IClientOptions, type IConnackPacket } from "mqtt";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { AuthenticationOptions } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";
import { MosquittoSub, mosquittoPub, requireMosquitto } from "../support/mosquitto.ts";
import { connectMqttJs } from "../support/mqtt-js.ts";
import { CLI, Program, run } from "../support/program.ts";
import { ScramClient } from "../support/scram-client.ts";
import { temporaryDirectory, temporaryFile } from "../support/temporary.ts";
import { Ternmq } from "../support/ternmq.ts";

beforeAll(requireMosquitto);

const withFile = (file: string): AuthenticationOptions => ({ authenticators: [{ type: "password-file", file }] });

/** A file by `ternmq passwd` and one by Mosquitto's own program, in both forms that it writes. */
async function passwordFiles(): Promise<{ ours: string; mosquittos: string }> {
  const directory = temporaryDirectory();
  const [ours, mosquittos] = [join(directory, "ours"), join(directory, "mosquittos")];
  const program = new Program(process.execPath, [CLI, "passwd", "--stdin", ours, "alice"]);
  program.end("geheim\n");
  await program.exit;
  await run("mosquitto_passwd", ["-H", "sha512", "-c", "-b", mosquittos, "bob", "pä ss"]);
  await run("mosquitto_passwd", ["-b", mosquittos, "carol", "secret"]);
  return { ours, mosquittos };
}

describe("Mosquitto's clients", () => {
  it("come in by the right password, and are told that theirs is wrong", async () => {
    const { ours, mosquittos } = await passwordFiles();
    const both = { authenticators: [ours, mosquittos].map((file) => ({ type: "password-file", file }) as const) };
    const { port } = await startBroker({ authentication: both });
    const alice = ["-u", "alice", "-P", "geheim"];
    const subscriber = await MosquittoSub.start(port, [...alice, "-V", "311", "-t", "a"]);
    for (const [user, password] of [
      ["alice", "geheim"],
      ["bob", "pä ss"],
      ["carol", "secret"],
    ] as const) {
      for (const version of ["mqttv31", "mqttv311", "mqttv5"]) {
        await mosquittoPub(port, ["-V", version, "-u", user, "-P", password, "-t", "a", "-m", user, "-q", "1"]);
        expect(await subscriber.next()).toMatchObject({ payload: user });
      }
      const wrong = mosquittoPub(port, ["-u", user, "-P", "wrong", "-t", "a", "-m", "x"]);
      await expect(wrong).rejects.toThrow(/not authori[sz]ed|bad user name or password/i);
    }
    await expect(mosquittoPub(port, ["-t", "a", "-m", "x"])).rejects.toThrow(/not authori[sz]ed/i);
    await subscriber.kill();
  });
});

describe("MQTT.js", () => {
  const refusal = (port: number, options: IClientOptions) =>
    connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options }, false).catch((error) => error);

  it("comes in by a password, and is told by its reason code that one is wrong", async () => {
    const { mosquittos } = await passwordFiles();
    const { port } = await startBroker({ authentication: withFile(mosquittos) });
    const { connack } = await connectMqttJs(`mqtt://127.0.0.1:${port}`, {
      protocolVersion: 5,
      username: "carol",
      password: "secret",
    });
    expect(connack.reasonCode).toBe(0);
    const wrong = { username: "carol", password: "wrong" };
    expect(await refusal(port, { protocolVersion: 5, ...wrong })).toMatchObject({ code: 0x86 });
    expect(await refusal(port, { protocolVersion: 4, ...wrong })).toMatchObject({ code: 4 });
    expect(await refusal(port, { protocolVersion: 4 })).toMatchObject({ code: 5 });
  });

  it("comes in by a token", async () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const options = { type: "jwt", algorithms: ["HS256"], secretFile: temporaryFile(`${secret}\n`) } as const;
    const { port } = await startBroker({ authentication: { authenticators: [options] } });
    const password = await new SignJWT({ sub: "alice" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(Buffer.from(secret));
    const { connack } = await connectMqttJs(`mqtt://127.0.0.1:${port}`, { username: "jwt", password });
    expect(connack.returnCode).toBe(0);
    expect(await refusal(port, { username: "jwt", password: `${password}x` })).toMatchObject({ code: 4 });
  });

  it("comes in by SCRAM-SHA-256, with the verifier that ternmq passwd made", async () => {
    const file = join(temporaryDirectory(), "users");
    const program = new Program(process.execPath, [CLI, "passwd", "--scram", "--stdin", file, "alice"]);
    program.end("geheim\n");
    await program.exit;
    const { port } = await startBroker({ authentication: withFile(file) });
    const scram = new ScramClient("sha256", "alice", "geheim");
    const client = connect(`mqtt://127.0.0.1:${port}`, {
      protocolVersion: 5,
      manualConnect: true,
      reconnectPeriod: 0,
      properties: scram.properties(scram.first),
    });
    onTestFinished(() => client.endAsync(true));
    client.handleAuth = ({ properties }, callback) => {
      const answer = scram.answer(String(properties?.authenticationData));
      callback(undefined, { cmd: "auth", reasonCode: 0x18, properties: scram.properties(answer) });
    };
    const connack = new Promise<IConnackPacket>((resolve, reject) => {
      client.once("connect", resolve).once("error", reject);
    });
    client.connect();
    const { properties } = await connack;
    scram.expectSignature(properties?.authenticationData);
  });
});

describe("ternmq start", () => {
  it("takes the authentication from its file, and logs no secret", async () => {
    const { mosquittos } = await passwordFiles();
    const text = `authentication:\n  authenticators:\n    - type: password-file\n      file: ${mosquittos}\n`;
    const broker = await Ternmq.start(["--config", temporaryFile(text, "ternmq.yaml"), "--log-level", "trace"]);
    try {
      await mosquittoPub(broker.port, ["-u", "carol", "-P", "secret", "-t", "a", "-m", "x", "-q", "1"]);
      await expect(mosquittoPub(broker.port, ["-u", "carol", "-P", "hunter2", "-t", "a", "-m", "x"])).rejects.toThrow();
      await broker.logged("client connected", ({ username }) => username === "carol");
      await broker.logged("refused a client");
      expect(broker.lines.join()).not.toMatch(/secret|hunter2/);
    } finally {
      await broker.kill();
    }
  });

  it("does not run with a password file that is wrong, and names the place", async () => {
    const users = temporaryFile("alice:hunter2\n", "users");
    const text = `authentication:\n  authenticators:\n    - type: password-file\n      file: ${users}\n`;
    const config = temporaryFile(text, "ternmq.yaml");
    const { code, stderr } = await run(process.execPath, [
      ...[CLI, "start", "--config", config, "--port", "0", "--ws-port", "0", "--no-persistence"],
    ]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(`${users}:1:7: `);
    expect(stderr).not.toContain("hunter2");
  });
});
