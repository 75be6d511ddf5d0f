import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { publish, subscribe } from "../support/packets.ts";
import { Program, run } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { Ternmq } from "../support/ternmq.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const INSTALL = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"];
const INSTALL_MILLISECONDS = 120_000;

const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const TSCONFIG = { compilerOptions: { module: "nodenext", target: "es2023", strict: true, types: ["node"] } };

let folder = "";
let tarball = "";
let files: string[] = [];

async function npm(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("npm", args, { cwd: folder });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** The library example of the README, on free ports. */
function readmeExample(): string {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const example = /```js\n(import \{ createBroker \} from "ternmq";\n.*?)```/s.exec(readme)?.[1];
  if (example === undefined) throw new Error("the README has no library example");
  return example.replace(/port: \d+/g, "port: 0");
}

describe("the package", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ternmq-package-"));
    const [packed] = JSON.parse(await npm("pack", ROOT, "--ignore-scripts", "--json", "--pack-destination", folder));
    tarball = join(folder, packed.filename);
    files = packed.files.map(({ path }: { path: string }) => path);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it("holds the built program, its WebAssembly and its papers, and nothing else", () => {
    const others = files.filter(
      (path) => !/^dist\/(src|assembly\/shared|matcher|bench\/load)\/.*\.(js|d\.ts)$/.test(path),
    );
    const wasm = ["dist/wasm/core.wasm", "dist/wasm/matcher.wasm"];
    expect(others.sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      ...wasm,
      "package.json",
      "ternmq.schema.json",
    ]);
    expect(files).toEqual(expect.arrayContaining(["dist/src/cli.js", "dist/src/index.js", "dist/src/index.d.ts"]));
  });

  it("gives a working ternmq command by npm install -g", { timeout: INSTALL_MILLISECONDS }, async () => {
    const prefix = join(folder, "prefix");
    await npm(...INSTALL, "--global", "--prefix", prefix, tarball);
    const command = join(prefix, "bin", "ternmq");
    expect((await run(command, ["--version"])).stdout).toBe(PACKAGE.version);
    const broker = await Ternmq.start([], [command]);
    onTestFinished(() => broker.kill());
    const client = await RawClient.connect(broker.port, { connect: { version: 4 } });
    client.send(subscribe({ version: 4, subscriptions: [{ filter: "a/+" }] }));
    await client.expect("suback");
    client.send(publish({ version: 4, topic: "a/b", payload: "x" }));
    expect(await client.expect("publish")).toMatchObject({ topic: "a/b", payload: Buffer.from("x") });
    broker.signal("SIGTERM");
    expect(await broker.exit).toEqual({ code: 0, signal: null });
  });

  it("is a library with types: the README's example compiles, runs and ends", {
    timeout: INSTALL_MILLISECONDS,
  }, async () => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "scratch", private: true, type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    writeFileSync(join(folder, "example.ts"), readmeExample());
    await npm(...INSTALL, tarball, `@types/node@${PACKAGE.devDependencies["@types/node"]}`);
    const compiled = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder });
    expect(compiled).toEqual({ code: 0, stdout: "", stderr: "" });

    const example = new Program(process.execPath, ["example.js"], { cwd: folder });
    onTestFinished(() => example.kill());
    await example.line("the message", (line) => line === "sensors/kitchen: 21.5" || undefined);
    example.signal("SIGINT");
    expect(await example.exit).toEqual({ code: 0, signal: null });
  });
});
