import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { allowedCores } from "./proc-stats.ts";

/** A broker may have much to write before it ends. */
const STOP_MILLIS = 60_000;

/** The cores for the broker and for the generator (a list as taskset takes it), or why nothing is pinned. */
export type Pinning = { readonly broker: number; readonly generator: string } | { readonly unpinned: string };

/** @param generators threads of the load generator: each gets a core where there are as many */
export function choosePinning(generators = 1): Pinning {
  if (process.platform !== "linux") return { unpinned: "only Linux has taskset" };
  const [broker, ...others] = allowedCores();
  if (broker === undefined || others.length === 0) return { unpinned: "there is only one core" };
  if (spawnSync("taskset", ["--version"]).status !== 0) return { unpinned: "taskset (util-linux) is not installed" };
  return { broker, generator: others.slice(0, generators).join(",") };
}

/** Ends what is left of a process and of those that it started: it leads a group of its own. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // ESRCH: none of them is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Starts processes pinned to the core of their part, and ends those that still run. */
export class Processes {
  readonly #pinning: Pinning;
  readonly #running = new Set<ChildProcess>();

  constructor(pinning: Pinning) {
    this.#pinning = pinning;
  }

  /**
   * Its stdout is piped and has to be read. The process takes the place of taskset: `pid` is its own. What it starts is pinned with it, and does
   * not outlive it.
   * @param input all of its stdin
   */
  start(part: "broker" | "generator", command: string, args: readonly string[], input = ""): ChildProcess {
    const pin = "unpinned" in this.#pinning ? [] : ["taskset", "-c", String(this.#pinning[part])];
    const [file = command, ...rest] = [...pin, command, ...args];
    const child = spawn(file, rest, { stdio: "pipe", detached: true });
    this.#running.add(child);
    child.once("exit", () => {
      this.#running.delete(child);
      killGroup(child);
    });
    // One that ended without reading tells why by its exit.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    return child;
  }

  /** Runs to the end and returns what was printed; rejects with stderr when it fails or takes longer than `seconds`. */
  async output(
    part: "broker" | "generator",
    command: string,
    args: readonly string[],
    seconds: number,
    input = "",
  ): Promise<string> {
    const child = this.start(part, command, args, input);
    const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
    const { stdout, stderr } = child;
    const [[code], out, err] = await Promise.all([
      once(child, "exit"),
      stdout === null ? "" : text(stdout),
      stderr === null ? "" : text(stderr),
    ]);
    clearTimeout(timer);
    if (code === 0) return out;
    throw new Error(
      err.trim() || (code === null ? `not done within ${Math.round(seconds)} s` : `the ${part} exited with ${code}`),
    );
  }

  /** SIGTERM, and SIGKILL for one that does not heed it. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => killGroup(child), STOP_MILLIS);
    await exited;
    clearTimeout(timer);
  }

  /** For the way out of this process: nothing started here outlives it. */
  killAll(): void {
    for (const child of this.#running) killGroup(child);
  }
}
