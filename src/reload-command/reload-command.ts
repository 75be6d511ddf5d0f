import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig, type Sources } from "../config/load.ts";
import { ConfigError } from "../config/source/problem.ts";
import { TernmqError } from "../errors.ts";
import { DirectoryLock } from "../persistence/disk/directory-lock.ts";
import { type Outcome, readOutcome } from "../reload/outcome.ts";
import type { ReloadOptions } from "./register.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
const ANSWER_MILLISECONDS = 30_000;
const LOOK_MILLISECONDS = 50;

/** The broker that is meant. */
interface Target {
  readonly pid: number;
  /** Where it tells the outcome; undefined: only its log does. */
  readonly directory: string | undefined;
}

/** @returns the exit code */
export async function reloadBroker(options: ReloadOptions, sources: Sources): Promise<number> {
  try {
    return await ask(await targetOf(options, sources));
  } catch (error) {
    if (!(error instanceof TernmqError)) throw error;
    process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `ternmq: ${error.message}\n`);
    return error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

async function ask({ pid, directory }: Target): Promise<number> {
  const askedAt = Date.now();
  signal(pid);
  if (directory === undefined) {
    process.stdout.write(`asked process ${pid} to reload; its log tells what came of it\n`);
    return 0;
  }
  const { isReloaded, messages } = await outcomeSince(directory, askedAt, pid);
  const output = isReloaded ? process.stdout : process.stderr;
  for (const message of messages) output.write(isReloaded ? `this needs a restart: ${message}\n` : `${message}\n`);
  output.write(isReloaded ? "reloaded\n" : "ternmq: the configuration was not reloaded: nothing has changed\n");
  return isReloaded ? 0 : EXIT_FAILURE;
}

/** Of a reload that began before it was asked for, the outcome does not count. */
async function outcomeSince(directory: string, askedAt: number, pid: number): Promise<Outcome> {
  const deadline = performance.now() + ANSWER_MILLISECONDS;
  for (;;) {
    const outcome = readOutcome(directory);
    if (outcome !== undefined && outcome.startedAt >= askedAt) return outcome;
    if (performance.now() > deadline) throw failure(`process ${pid} does not answer: see its log`);
    await sleep(LOOK_MILLISECONDS);
  }
}

async function targetOf(options: ReloadOptions, sources: Sources): Promise<Target> {
  if (options.dataDir !== undefined) return ownerOf(options.dataDir);
  if (options.pidFile !== undefined) return inFile(options.pidFile);
  const { persistence, pidFile } = loadConfig(sources).config;
  if (persistence.enabled) return ownerOf(persistence.directory);
  if (pidFile !== undefined) return inFile(pidFile);
  throw failure("this broker keeps nothing on disk: give it a pidFile, by which it can be found");
}

async function ownerOf(directory: string): Promise<Target> {
  const owner = existsSync(directory) ? await DirectoryLock.owner(directory) : undefined;
  if (owner === undefined) throw failure(`no broker uses ${directory}`);
  if (owner.pid === undefined) throw failure(`the broker that uses ${directory} does not answer`);
  return { pid: Number(owner.pid), directory };
}

function inFile(file: string): Target {
  const text = existsSync(file) ? contentOf(file).trim() : "";
  if (!/^[1-9]\d*$/.test(text)) throw failure(`${file} holds no process id: no broker runs with it`);
  return { pid: Number(text), directory: undefined };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** A process that is no broker would end by the signal. */
function signal(pid: number): void {
  if (process.platform === "win32") throw failure("Windows has no signal for this: start the broker again");
  if (!isBroker(pid)) throw failure(`process ${pid} is no broker, or runs in another container: send it SIGHUP there`);
  try {
    process.kill(pid, "SIGHUP");
  } catch (error) {
    throw failure(`process ${pid} cannot be asked: ${(error as Error).message}`);
  }
}

function isBroker(pid: number): boolean {
  if (process.platform !== "linux") return true;
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, "utf8").split("\0").includes("start");
}

function failure(message: string): TernmqError {
  return new TernmqError("ERR_RELOAD", message);
}
