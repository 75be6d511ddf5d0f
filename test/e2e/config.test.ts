import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { Authority } from "../support/certificates.ts";
import { folderWith } from "../support/config-files.ts";
import { CLI, Program, run } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";

const ternmq = (...args: string[]) => run(process.execPath, [CLI, ...args]);

/** A broker that listens where its configuration says; the port of its first listener. */
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const broker = new Program("env", [...assignments, process.execPath, CLI, "start", ...args]);
  onTestFinished(() => broker.kill());
  const port = await broker.line("a port", (line) => /"port":(\d+),"msg":"listening"/.exec(line)?.[1]);
  return { broker, port: Number(port) };
}

describe("ternmq start --config", () => {
  it("listens where the file says, with its limits", async () => {
    const folder = folderWith({
      "ternmq.yaml": `
listeners: [{protocol: mqtt, port: 0, versions: [5]}]
persistence: {directory: store}
limits: {receiveMaximum: "\${RECEIVE_MAXIMUM:-77}"}
`,
    });
    const { port, broker } = await start(["--config", join(folder, "ternmq.yaml")], {
      TERNMQ_LIMITS_TOPIC_ALIAS_MAXIMUM: "5",
    });
    const client = await RawClient.connect(port, { connect: { version: 5 } });
    expect(client.connack?.properties).toMatchObject({ receiveMaximum: 77, topicAliasMaximum: 5 });
    const older = await RawClient.connect(port, { connect: { version: 4 } });
    expect(older.connack?.reasonCode).toBe(1);
    await client.close();
    expect(broker.lines[0]).toContain(join(folder, "store"));
  });

  it("takes flags before the environment, and that before the file", async () => {
    const { stdout } = await run("env", [
      ...["TERNMQ_LOG_LEVEL=error", "TERNMQ_LIMITS_MAXIMUM_SESSIONS=2"],
      ...[process.execPath, CLI, "config", "print", "--set", "log.level=fatal"],
      ...[
        "--config",
        join(
          folderWith({ "t.yaml": "log: {level: warn}\nlimits: {maximumSessions: 1, maximumKeepAlive: 9}" }),
          "t.yaml",
        ),
      ],
    ]);
    expect(parse(stdout)).toMatchObject({
      log: { level: "fatal" },
      limits: { maximumSessions: 2, maximumKeepAlive: 9 },
    });
    expect(stdout).toMatch(/level: fatal # --set log.level/);
    expect(stdout).toMatch(/maximumSessions: 2 # TERNMQ_LIMITS_MAXIMUM_SESSIONS/);
    expect(stdout).toMatch(/maximumKeepAlive: 9 # .*t.yaml:2:48/);
    expect(stdout).toMatch(/maximumPacketSize: 1048576 # default/);
  });

  it("ends with 2 for a file that cannot be used, and tells all that is wrong", async () => {
    const file = join(folderWith({ "ternmq.yaml": "limits: {maximumSessions: no}\nprot: 5\n" }), "ternmq.yaml");
    const { code, stdout, stderr } = await ternmq("start", "--config", file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/ternmq.yaml:1:27: limits.maximumSessions: "no" is not allowed/),
      expect.stringMatching(/ternmq.yaml:2:1: there is no option "prot"/),
    ]);
  });

  it("ends with 2 for a file that it names and cannot use, as ternmq config check does, and leaves the store alone", async () => {
    const folder = folderWith({
      "t.yaml":
        "persistence: {directory: store}\nlisteners:\n  - {protocol: mqtts, port: 0, tls: {certificate: none.pem, key: t.yaml}}\n",
    });
    const file = join(folder, "t.yaml");
    const place = `${file}:3:51: listeners[0].tls.certificate: cannot read ${join(folder, "none.pem")}: there is no such file\n`;
    expect(await ternmq("config", "check", file)).toMatchObject({ code: 2, stdout: "", stderr: place });
    const { code, stderr } = await ternmq("start", "--config", file);
    expect(code).toBe(2);
    expect(stderr).toContain(place);
    expect(readdirSync(folder)).toEqual(["t.yaml"]);
  });

  it("refuses --port beside listeners of a file", async () => {
    const file = join(folderWith({ "t.yaml": "listeners: [{protocol: mqtt, port: 0}]" }), "t.yaml");
    const { code, stderr } = await ternmq("start", "--config", file, "--port", "1884", "--no-ws");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--port: the listeners stand in .*t.yaml:1:12/);
    expect(stderr).toMatch(/--no-ws: the listeners stand in/);
  });

  it("understands --host [::1], and names two listeners of one port", async () => {
    const { code, stderr } = await ternmq("start", "--host", "[::1]", "--port", "5", "--ws-port", "5");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--ws-port: listeners\[1\].port: 5 is not allowed: listeners\[0\] listens there/);
    const { port } = await start(["--host", "[::1]", "--port", "0", "--no-ws", "--no-persistence"]);
    expect(port).toBeGreaterThan(0);
  });

  it("writes its process id while it runs", async () => {
    const file = join(folderWith({}), "pid");
    const { broker } = await start(["--no-persistence", "--port", "0", "--no-ws", "--pid-file", file]);
    broker.signal("SIGHUP");
    await broker.line("a reload", (line) => (line.includes("configuration reloaded") ? line : undefined));
    expect(readFileSync(file, "utf8")).toMatch(/^\d+\n$/);
    broker.signal("SIGTERM");
    await broker.exit;
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

describe("ternmq start --mosquitto-config", () => {
  it("starts from a file with users and access rules, and says what has no effect", async () => {
    const folder = folderWith({ acl: "user ann\ntopic read a/#\n" });
    await run(process.execPath, [CLI, "passwd", "--batch", join(folder, "passwd"), "ann", "secret"]);
    const file = join(
      folderWith({
        "mosquitto.conf": `listener 1883 127.0.0.1\npassword_file ${folder}/passwd\nacl_file ${folder}/acl\nsys_interval 5\n`,
      }),
      "mosquitto.conf",
    );
    const { broker, port } = await start(["--mosquitto-config", file, "--set", "listeners.0.port=0"]);
    expect(broker.lines.join("\n")).toMatch(/mosquitto.conf:4.*sys_interval: no \$SYS topics/);
    const password = Buffer.from("secret");
    const client = await RawClient.connect(port, { connect: { version: 5, username: "ann", password } });
    expect(client.connack?.reasonCode).toBe(0);
    const stranger = await RawClient.connect(port, { connect: { version: 5 } });
    expect(stranger.connack?.reasonCode).toBe(0x87);
  });

  it("lets Mosquitto's clients in by TLS, with a password, to what the access control list allows", async () => {
    const authority = Authority.create();
    const { certificate, key } = authority.issue("server", { names: "DNS:localhost,IP:127.0.0.1" });
    const folder = folderWith({ acl: "user ann\ntopic readwrite a/#\n" });
    await run("mosquitto_passwd", ["-b", "-c", join(folder, "passwd"), "ann", "secret"]);
    const lines = [
      ...[
        "allow_anonymous false",
        `password_file ${folder}/passwd`,
        `acl_file ${folder}/acl`,
        "listener 8883 127.0.0.1",
      ],
      ...[`cafile ${authority.certificate}`, `certfile ${certificate}`, `keyfile ${key}`, "tls_version tlsv1.2"],
    ];
    const file = join(folderWith({ "mosquitto.conf": `${lines.join("\n")}\n` }), "mosquitto.conf");
    const { port } = await start(["--mosquitto-config", file, "--set", "listeners.0.port=0"]);
    const secure = ["-h", "127.0.0.1", "-p", String(port), "--cafile", authority.certificate, "-V", "5"];
    const as = [...secure, "-u", "ann", "-P", "secret"];
    const published = await run("mosquitto_pub", [...as, "-q", "1", "-r", "-t", "a/b", "-m", "hello"]);
    expect(published).toMatchObject({ code: 0, stderr: "" });
    const { stdout } = await run("mosquitto_sub", [...as, "-t", "a/#", "-C", "1", "-W", "5"]);
    expect(stdout).toBe("hello");
    const elsewhere = await run("mosquitto_pub", [...as, "-q", "1", "-t", "b", "-m", "x"]);
    expect(elsewhere.stderr).toMatch(/Not authorized/i);
    const stranger = await run("mosquitto_pub", [...secure, "-t", "a/b", "-m", "x"]);
    expect(stranger).toMatchObject({ stderr: expect.stringMatching(/not authori[sz]ed/i) });
  });

  it("ends with 2 where more would be allowed than with Mosquitto", async () => {
    const file = join(folderWith({ "mosquitto.conf": "listener 0 x.sock\nmount_point a/\n" }), "mosquitto.conf");
    const { code, stderr } = await ternmq("start", "--mosquitto-config", file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/mosquitto.conf:2: mount_point: .*; remove this line to start without it/);
  });
});

describe("ternmq config", () => {
  it("check tells what is wrong with 2, else ok with 0", async () => {
    const folder = folderWith({ "good.yaml": "log: {level: warn}", "bad.yaml": "log: {level: loud}" });
    expect(await ternmq("config", "check", join(folder, "good.yaml"))).toEqual({ code: 0, stdout: "ok", stderr: "" });
    const { code, stdout, stderr } = await ternmq("config", "check", join(folder, "bad.yaml"));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/bad.yaml:1:14: log.level: "loud" is not allowed: give one of trace, /);
  });

  it("print shows permissions as they are written", async () => {
    const variable = "TERNMQ_LISTENERS=[{protocol: unix, path: s, mode: 0o640}]";
    const { stdout } = await run("env", [variable, process.execPath, CLI, "config", "print"]);
    expect(stdout).toMatch(/mode: 0o640 # TERNMQ_LISTENERS/);
  });

  it("print masks secrets", async () => {
    const text = "listeners: [{protocol: mqtts, port: 0, tls: {certificate: c, key: k, passphrase: hunter2}}]";
    const { stdout } = await ternmq("config", "print", "--config", join(folderWith({ "t.yaml": text }), "t.yaml"));
    expect(stdout).toMatch(/passphrase: "\*{8}" #/);
    expect(stdout).not.toContain("hunter2");
  });

  it("convert prints YAML that check takes, with what could not be carried over", async () => {
    const { code, stdout, stderr } = await ternmq("config", "convert", "test/fixtures/mosquitto/public.conf");
    expect(code).toBe(0);
    expect(stderr).toMatch(/public.conf:36: http_dir: no files are served/);
    expect(stdout).toMatch(/^# .*public.conf:36: http_dir: no files are served/m);
    const file = join(folderWith({ "ternmq.yaml": stdout }), "ternmq.yaml");
    expect((await ternmq("config", "check", file)).stderr).toMatch(
      /certificate: cannot read .*server.crt: there is no such/,
    );
    expect(await ternmq("config", "check", "--no-files", file)).toEqual({ code: 0, stdout: "ok", stderr: "" });
  });

  it("convert keeps a name that looks like an environment variable", async () => {
    const file = join(folderWith({ "m.conf": `pid_file /run/\${HOME}/pid\n` }), "m.conf");
    const { stdout } = await ternmq("config", "convert", file);
    const converted = join(folderWith({ "t.yaml": stdout }), "t.yaml");
    expect(parse((await ternmq("config", "print", "--config", converted)).stdout).pidFile).toBe(`/run/\${HOME}/pid`);
  });

  it("convert ends with 1 where more is allowed by what it prints", async () => {
    const file = join(folderWith({ "m.conf": "plugin x.so\n" }), "m.conf");
    const { code, stdout } = await ternmq("config", "convert", file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^# LEFT OUT, MORE IS ALLOWED WITHOUT IT: .*m.conf:1: plugin: /m);
  });

  it("schema prints what the package has as ternmq.schema.json", async () => {
    expect((await ternmq("config", "schema")).stdout).toBe(readFileSync("ternmq.schema.json", "utf8").trimEnd());
  });
});
