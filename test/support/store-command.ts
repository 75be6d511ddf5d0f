import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { CLI, run } from "./program.ts";
import { RawClient } from "./raw-client.ts";
import { Ternmq } from "./ternmq.ts";

/** Runs `ternmq store`. */
export function store(...args: string[]) {
  return run(process.execPath, [CLI, "store", ...args]);
}

/** A folder that is gone when the test ends. */
export function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "ternmq-store-command-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A broker on the directory, which is gone when the test ends at the latest. */
export async function brokerOn(directory: string, ...args: string[]): Promise<Ternmq> {
  const broker = await Ternmq.start(["--no-ws", "--data-dir", directory, ...args]);
  onTestFinished(() => broker.kill());
  return broker;
}

/** Waits until all that happened in the broker so far is on disk. */
export async function kept(broker: Ternmq): Promise<void> {
  const connect = { version: 4, clientIdentifier: "kept", cleanStart: false } as const;
  const client = await RawClient.connect(broker.port, { connect });
  onTestFinished(() => client.destroy());
}

/** What `store export` writes. */
export async function exported(directory: string): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await store("export", "--data-dir", directory);
  if (code !== 0 || stderr !== "") throw new Error(`export ended with ${code}: ${stderr}`);
  return stdout.split("\n").map((line): Record<string, unknown> => JSON.parse(line));
}

/** The first line of an export, a session, and the last line. */
export const HEADER = '{"ternmq-store":1,"format":1,"counters":{"owner":1,"sequence":1,"message":1}}';
export const SESSION = '{"table":"sessions","owner":1,"clientIdentifier":"c","expiryInterval":60}';
export const END = '{"table":"end"}';

/** A store directory of the lines; what import said of them. */
export async function imported(lines: readonly string[]) {
  const place = folder();
  const file = join(place, "lines.jsonl");
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  const directory = join(place, "store");
  return { file, directory, ...(await store("import", file, "--data-dir", directory)) };
}
