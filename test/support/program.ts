import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The command as `npm run build` makes it. */
export const CLI = fileURLToPath(new URL("../../dist/src/cli.js", import.meta.url));
const TIMEOUT = 10_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs beside the test; it shows the lines that it writes and ends with the test at the latest, by `kill`. */
export class Program {
  /** Complete lines of its standard output so far. */
  readonly lines: string[] = [];
  stderr = "";
  /** Once it has ended and everything that it wrote is here. */
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #name: string;
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(command: string, args: readonly string[], options: { cwd?: string } = {}) {
    this.#name = [command, ...args].join(" ");
    this.#child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error(`${this.#name} has no output`);
    createInterface({ input: stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#wake();
    });
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exit = this.#untilExit();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first line, of those to come and those that came, which `pick` makes something of. */
  async line<T>(what: string, pick: (line: string) => T | undefined): Promise<T> {
    const deadline = Date.now() + TIMEOUT;
    for (let at = 0; ; ) {
      for (; at < this.lines.length; at++) {
        const picked = pick(this.lines[at] ?? "");
        if (picked !== undefined) return picked;
      }
      if (this.#hasEnded) throw new Error(`${this.#name} ended without ${what}: ${this.stderr}`);
      await this.#more(what, deadline - Date.now());
    }
  }

  /** Gives it its whole standard input. */
  end(text: string): void {
    this.#child.stdin?.end(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once, however it feels about it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exit;
  }

  async #untilExit(): Promise<Exit> {
    try {
      await once(this.#child, "close");
    } catch (error) {
      this.stderr += String(error);
    }
    this.#hasEnded = true;
    this.#wake();
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  #more(what: string, milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${this.#name}: no ${what} within ${TIMEOUT} ms: ${this.stderr}`));
      const timer = setTimeout(late, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Runs a program to its end. */
export async function run(command: string, args: readonly string[], options: { cwd?: string } = {}) {
  const program = new Program(command, args, options);
  const { code } = await program.exit;
  return { code, stdout: program.lines.join("\n"), stderr: program.stderr };
}
