import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { folderWith } from "../support/config-files.ts";
import { MosquittoSub } from "../support/mosquitto.ts";
import { CLI, Program, run } from "../support/program.ts";

const PAGE = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
const PORTS = ["listeners.0.port=0", "listeners.1.port=0", "listeners.2.port=0"].flatMap((set) => ["--set", set]);

/** The blocks of code of the recipe's steps, in order. */
function blocks(): string[] {
  const [, recipe = ""] = PAGE.split("## A broker on the internet, step by step");
  const [steps = ""] = recipe.split("\n## ");
  return [...steps.matchAll(/```(?:sh|yaml)\n(.*?)```/gs)].map(([, block = ""]) => block);
}

it("the recipe for a broker on the internet does what it says", async () => {
  const [certificates = "", users = "", yaml = "", , checks = ""] = blocks();
  const folder = folderWith({ "ternmq.yaml": yaml });
  const cwd = { cwd: folder };
  expect(await run("sh", ["-e", "-c", certificates], cwd)).toMatchObject({ code: 0 });
  for (const [, user = ""] of users.matchAll(/ternmq passwd users (\S+)/g)) {
    const passwd = new Program(process.execPath, [CLI, "passwd", "--stdin", "users", user], cwd);
    passwd.end(`${user}'s password\n`);
    expect(await passwd.exit).toMatchObject({ code: 0 });
  }
  const config = join(folder, "ternmq.yaml");
  expect(await run(process.execPath, [CLI, "config", "check", config])).toMatchObject({ code: 0, stdout: "ok" });

  const broker = new Program(process.execPath, [CLI, "start", "--config", config, ...PORTS], cwd);
  onTestFinished(() => broker.kill());
  const port = await broker.line("a port", (line) => /"listener":"devices".*"port":(\d+)/.exec(line)?.[1]);
  const tls = ["--cafile", join(folder, "ca.pem"), "-h", "localhost"];
  const watcher = await MosquittoSub.start(Number(port), [
    ...tls,
    "-u",
    "admin",
    "-P",
    "admin's password",
    "-t",
    "devices/#",
  ]);
  onTestFinished(() => watcher.kill());
  const setUp = 'ADMIN_PASSWORD="admin\'s password"; SENSOR_PASSWORD="sensor-1\'s password";';
  const commands = checks.replaceAll("8883", String(port)).split("\n");
  const definitions = commands.filter((line) => /^\w+="/.test(line)).join("\n");
  const answers = [];
  for (const command of commands.filter((line) => /^mosquitto_(pub|sub) .*# /.test(line))) {
    const { stdout, stderr } = await run("sh", ["-c", `${setUp}\n${definitions}\n${command}`], cwd);
    answers.push(`${stdout}${stderr}`.split("\n").find((line) => line !== "") ?? "");
  }
  expect(answers.map((answer) => answer.replace(/\d+/, "1"))).toEqual([
    "",
    "Warning: Publish 1 failed: Not authorized.",
    "All subscription requests were denied.",
    "Connection error: Bad User Name or Password",
    expect.stringMatching(/TLS error|connection was lost/),
  ]);
  expect(await watcher.next()).toMatchObject({ topic: "devices/sensor-1/up/temperature", payload: "21.5" });

  writeFileSync(config, yaml.replace("users: [admin]", "users: [sensor-1]"));
  const reload = await run(process.execPath, [CLI, "reload", "--config", config, ...PORTS], cwd);
  expect(reload).toMatchObject({ code: 0, stdout: "reloaded" });
  expect(watcher.messages).toHaveLength(1);
}, 60_000);
