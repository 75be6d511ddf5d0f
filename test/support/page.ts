import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build, type InlineConfig, preview } from "vite";

/** Less than a test may take, so that it ends with what it waited for. */
const ACTION_MILLISECONDS = 15_000;

export interface ServedPage {
  /** With a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Builds pages with Vite into a folder of its own, and serves that on a free port of the loopback interface. */
export async function servePage(root: string, pages: readonly string[] = ["index.html"]): Promise<ServedPage> {
  const outDir = mkdtempSync(join(tmpdir(), "ternmq-page-"));
  const input = pages.map((page) => join(root, page));
  const config: InlineConfig = {
    root,
    logLevel: "warn",
    build: { outDir, emptyOutDir: true, rolldownOptions: { input } },
  };
  await build(config);
  const server = await preview({ ...config, preview: { host: "127.0.0.1", port: 0 } });
  const { port } = server.httpServer.address() as AddressInfo;
  const close = async () => {
    await server.close();
    rmSync(outDir, { recursive: true });
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

function findProgram(name: string): string | undefined {
  const paths = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian's Chromium, without a window. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) {
    throw new Error("chromium is not on the PATH: install it (Debian: sudo apt-get install chromium)");
  }
  // Its sandbox refuses to run as root, as most containers do.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args });
}

export interface OpenPage {
  readonly page: Page;
  /** What it and its workers write to the console. */
  readonly logged: string[];
  /** Errors and warnings. */
  readonly complaints: string[];
}

/** A page in a context of its own; the lists grow as long as it is open. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(ACTION_MILLISECONDS);
  const page = await context.newPage();
  const logged: string[] = [];
  const complaints: string[] = [];
  page.on("console", (message) => {
    const isComplaint = message.type() === "error" || message.type() === "warning";
    (isComplaint ? complaints : logged).push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, logged, complaints };
}
