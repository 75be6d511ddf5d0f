import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLI, Program } from "./program.ts";

const FREE_PORTS = ["--port", "0", "--ws-port", "0"];

/** What a line of the log says. */
export type LogLine = Record<string, unknown> & { readonly msg: string };

/** A broker that runs as a program of its own, on free ports and in a directory of its own unless `args` say otherwise. */
export class Ternmq extends Program {
  port = 0;
  wsPort = 0;

  /** Resolves when it listens. */
  static async start(
    args: readonly string[] = [],
    command: readonly string[] = [process.execPath, CLI],
  ): Promise<Ternmq> {
    const [file = "", ...rest] = command;
    const directory = mkdtempSync(join(tmpdir(), "ternmq-test-"));
    const broker = new Ternmq(file, [...rest, "start", ...FREE_PORTS, "--data-dir", directory, ...args]);
    void broker.exit.then(() => rmSync(directory, { recursive: true, force: true }));
    broker.port = await broker.#listening("mqtt");
    if (!args.includes("--no-ws")) broker.wsPort = await broker.#listening("ws");
    return broker;
  }

  /** Lines of the log so far. */
  get log(): LogLine[] {
    return this.lines.map(parse);
  }

  /** The first line of the log with this message for which `accept` holds. */
  logged(msg: string, accept: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return this.line(`a log line "${msg}"`, (text) => {
      const line = parse(text);
      return line.msg === msg && accept(line) ? line : undefined;
    });
  }

  async #listening(protocol: string): Promise<number> {
    const line = await this.logged("listening", (candidate) => candidate.protocol === protocol);
    return Number(line.port);
  }
}

function parse(text: string): LogLine {
  return JSON.parse(text) as LogLine;
}
