import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, openPage, type ServedPage, servePage } from "../support/page.ts";
import { run } from "../support/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const INSTALL = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
const INSTALL_MILLISECONDS = 240_000;
const PAGE_MILLISECONDS = 10_000;
/** Their packages bring the program as a file of its own, so that no install script has to run. */
const RUNTIMES = ["bun@1.4.5", "deno@2.9.6"];

/** What a program that embeds the matcher does, on every runtime alike. */
const USE = `import { exec, parseShare, TopicMap, TopicMatcher, validateFilter } from "ternmq/matcher";

const matcher = new TopicMatcher();
matcher.add("sensors/+/temperature", 7);
matcher.add("sensors/#", 4294967295);
const ids = Array.from(matcher.match("sensors/kitchen/temperature")).sort().join();
const copy = await TopicMatcher.create({ maximumMemory: 1 << 20 });
copy.restore(matcher.snapshot());
copy.addTopic("$SYS/x");
const map = new TopicMap();
map.add(parseShare("$share/group/a/+").filter, "a value");
const room = exec("sensors/+room/#rest", "sensors/kitchen/a/b")?.room;
console.log([ids, copy.size, copy.topicsMatching("$SYS/#"), map.match("a/é"), room, validateFilter("a+").reason].join(" "));
matcher.free();
`;
const ANSWER = "4294967295,7 2 $SYS/x a value kitchen misplaced-wildcard";

/** What TypeScript has to see: wrong uses marked as such fail to compile when they are not errors. */
const TYPED = `import wasm from "ternmq/matcher.wasm";
import { exec, type Flaw, MatcherError, type MatcherOptions, TopicMap, TopicMatcher, validateTopic } from "ternmq/matcher";

export function use(options: MatcherOptions = { module: wasm }): number {
  using matcher = new TopicMatcher(options);
  const ids: Uint32Array = matcher.match("a");
  const count: number = matcher.match("a", ids);
  const map = new TopicMap<(topic: string) => void>();
  for (const handler of map.match("a")) handler("a");
  const flaw: Flaw | undefined = validateTopic("a");
  const found = exec("a/+room/#rest", "a/b/c");
  const rest: string[] | undefined = found?.rest;
  const buffer: ArrayBuffer = matcher.snapshot().buffer; // as a Blob, a Response or a digest want it
  // @ts-expect-error there is no such capture
  found?.kitchen;
  // @ts-expect-error ids are numbers
  matcher.add("a", "b");
  if (flaw !== undefined) throw new MatcherError("ERR_INVALID_ARGUMENT", flaw.message);
  return count + (rest?.length ?? 0) + buffer.byteLength;
}
`;

const WORKER = `import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { TopicMatcher } from "ternmq/matcher";

const matcher = new TopicMatcher();
if (isMainThread) {
  for (let id = 0; id < 1000; id++) matcher.add(\`a/\${id % 10}/#\`, id);
  const worker = new Worker(new URL(import.meta.url));
  worker.postMessage(matcher.snapshot());
  worker.once("message", (count) => {
    console.log(count);
    worker.terminate();
  });
} else {
  parentPort.once("message", (snapshot) => {
    matcher.restore(snapshot);
    parentPort.postMessage(matcher.match("a/3/x").length);
  });
}
`;

const LOADED = `import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TopicMatcher } from "ternmq/matcher";

const file = fileURLToPath(import.meta.resolve("ternmq/matcher.wasm"));
const matcher = new TopicMatcher({ module: new WebAssembly.Module(readFileSync(file)) });
matcher.add("a/+", 7);
console.log(matcher.match("a/b")[0]);
`;

/** Pages that do the same, and one that loads the module itself: their files, by path. Vite leaves those in public/ as they are. */
const PAGES: Readonly<Record<string, string>> = {
  "index.html": '<!doctype html><title>main thread</title><script type="module" src="/use.js"></script>',
  "worker.html": '<!doctype html><title>worker</title><script type="module" src="/worker.js"></script>',
  "loaded.html": '<!doctype html><title>loaded</title><script type="module" src="/loaded.js"></script>',
  "use.js": USE,
  "loaded.js": `import url from "ternmq/matcher.wasm?url";
const module = await WebAssembly.compileStreaming(fetch(url));
const worker = new Worker(new URL("./given.js", import.meta.url), { type: "module" });
worker.postMessage(module);
`,
  "given.js": `import { TopicMatcher } from "ternmq/matcher";

addEventListener("message", async ({ data }) => {
  const matcher = await TopicMatcher.create({ module: data });
  matcher.add("a/+", 7);
  const another = new TopicMatcher({ module: data });
  console.log(matcher.match("a/b")[0] + another.size);
});
`,
  "vite.config.js": 'export default { worker: { format: "es" } }; // the only one with await at top level',
  "worker.js": 'new Worker(new URL("./use.js", import.meta.url), { type: "module" });',
  "public/plain.html": `<!doctype html><title>without a bundler</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'">
<script type="module" src="plain.js"></script>`,
  "public/plain.js": USE.replace('"ternmq/matcher"', '"./ternmq-matcher.js"'),
};

let folder = "";

async function npm(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("npm", args, { cwd: folder });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

async function output(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { cwd: folder });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** A program that a platform's package in this scope brought. */
function binary(scope: string, path: string): string {
  const packages = join(folder, "node_modules", scope);
  return join(packages, readdirSync(packages)[0] ?? "", path);
}

describe("ternmq/matcher from the packed package", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ternmq-matcher-"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "scratch", private: true, type: "module" }));
    const [packed] = JSON.parse(await npm("pack", ROOT, "--ignore-scripts", "--json", "--pack-destination", folder));
    await npm(...INSTALL, join(folder, packed.filename), ...RUNTIMES);
    writeFileSync(join(folder, "use.js"), USE);
  }, INSTALL_MILLISECONDS);

  afterAll(() => rmSync(folder, { recursive: true }));

  it("runs in Node.js", async () => {
    expect(await output(process.execPath, "use.js")).toBe(ANSWER);
  });

  it("runs in Bun", async () => {
    expect(await output(binary("@oven", "bin/bun"), "use.js")).toBe(ANSWER);
  });

  it("runs in Deno, which grants it nothing", async () => {
    expect(await output(binary("@deno", "deno"), "run", "--no-prompt", "use.js")).toBe(ANSWER);
  });

  it("runs in a worker, which gets a snapshot", async () => {
    writeFileSync(join(folder, "worker.js"), WORKER);
    expect(await output(process.execPath, "worker.js")).toBe("100");
  });

  it("takes a module that the program loaded itself", async () => {
    writeFileSync(join(folder, "loaded.js"), LOADED);
    expect(await output(process.execPath, "loaded.js")).toBe("7");
  });

  it.each([
    ["nodenext", ["es2022"]],
    ["bundler", ["es2022", "dom"]],
  ])("has types that hold without those of Node.js, resolved as %s", async (moduleResolution, lib) => {
    const module = moduleResolution === "nodenext" ? "nodenext" : "esnext";
    const compilerOptions = { module, moduleResolution, target: "es2022", lib, types: [], strict: true, noEmit: true };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.ts"] }));
    writeFileSync(join(folder, "typed.ts"), TYPED);
    const compiled = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder });
    expect(compiled).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("works as docs/matcher.md says", async () => {
    const page = readFileSync(join(ROOT, "docs/matcher.md"), "utf8");
    const examples = [...page.matchAll(/^```js\n(.*?)```/gms)].map(([, code = ""]) => code);
    expect(examples.length).toBeGreaterThan(2);
    for (const [i, code] of examples.entries()) {
      const file = `example-${i}.js`;
      writeFileSync(join(folder, file), code);
      const expected = [...code.matchAll(/\/\/ → (.*)/g)].map(([, text]) => text);
      expect(await output(process.execPath, file), code).toBe(expected.join("\n"));
    }
  });

  describe("in Chromium", () => {
    let browser: Browser;
    let served: ServedPage;

    beforeAll(async () => {
      browser = await launchChromium();
      const root = join(folder, "page");
      mkdirSync(join(root, "public"), { recursive: true });
      for (const [path, text] of Object.entries(PAGES)) writeFileSync(join(root, path), text);
      copyFileSync(join(folder, "node_modules/ternmq/dist/matcher/index.js"), join(root, "public/ternmq-matcher.js"));
      served = await servePage(root, ["index.html", "worker.html", "loaded.html"]);
      return async () => {
        await browser.close();
        await served.close();
      };
    });

    it.each([
      ["on the main thread of a page that Vite made", "index.html", ANSWER],
      ["in a Web Worker of such a page", "worker.html", ANSWER],
      ["in a page without a bundler, whose policy allows no eval", "plain.html", ANSWER],
      ["in a worker that is given the module, which the page loaded as a file", "loaded.html", "7"],
    ])("runs %s", async (_, path, answer) => {
      const { logged, complaints } = await openPage(browser, served.url + path);
      await expect.poll(() => [...logged, ...complaints], { timeout: PAGE_MILLISECONDS }).toEqual([answer]);
    });
  });
});
