import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { BROKERS } from "./brokers/all.ts";
import type { BrokerKind } from "./brokers/broker-kind.ts";
import { share } from "./connection.ts";
import { IdleClient } from "./idle-client.ts";
import type { Target } from "./job.ts";
import type { Options } from "./options.ts";
import { HAS_PROC } from "./proc-stats.ts";
import type { Processes } from "./processes.ts";
import type { Run } from "./report.ts";
import { measureOn, runOf, runScenario, type Times } from "./run.ts";
import type { Scenario } from "./scenarios.ts";

/** A broker that is measured. */
interface Subject {
  readonly name: string;
  run(processes: Processes, scenario: Scenario, times: Times): Promise<Run>;
}

export interface Subjects {
  readonly subjects: readonly Subject[];
  /** The version of each by name, or that it is not there. */
  readonly versions: Readonly<Record<string, string>>;
  /** Whether CPU and memory can be had. */
  readonly hasProcess: boolean;
}

/** What keeps the benchmark from beginning; the message tells what to do. */
export class BenchError extends Error {}

const REACH_MILLIS = 5_000;

/** What the system's errors mean to who gave the address. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "what listens there ended the connection",
  ENOTFOUND: "there is no such host",
};

/** Those that the benchmark starts itself, each anew for each scenario. */
export function startedHere({ broker }: Options): Subjects {
  const versions: Record<string, string> = {};
  const subjects: Subject[] = [];
  for (const kind of BROKERS.filter(({ name }) => broker?.includes(name) ?? true)) {
    const version = kind.version();
    versions[kind.name] = version ?? "(not installed: no figures)";
    if (version !== undefined) subjects.push(started(kind));
  }
  if (subjects.length === 0) throw new BenchError(`not installed: ${Object.keys(versions).join(", ")}`);
  return { subjects, versions, hasProcess: HAS_PROC };
}

function started(kind: BrokerKind): Subject {
  return {
    name: kind.name,
    run: (processes, scenario, times) => runScenario(processes, kind, scenario, times.seconds, times),
  };
}

/** The broker that runs where the options say. @throws {BenchError} where it cannot be used */
export async function running(options: Options, address: NonNullable<Options["target"]>): Promise<Subjects> {
  const { username, password, targetPid } = options;
  // [MQTT-3.1.2-22] of 3.1.1: no password without a user name.
  const secret = password === undefined ? {} : { password };
  const credentials = username === undefined ? {} : { userName: username, ...secret };
  // Clients of another benchmark on the same broker have other names.
  const target: Target = { ...address, ...credentials, clientPrefix: `bench-${randomBytes(4).toString("hex")}` };
  const pid = knownProcess(targetPid);
  await reach(target);
  const runner = { target, pid, cleanUp: true };
  const subject: Subject = {
    name: "target",
    run: (processes, scenario, times) => runOf(scenario, "target", measureOn(processes, runner, scenario, times)),
  };
  const versions = { target: `${addressOf(target)} (${target.transport})` };
  return { subjects: [subject], versions, hasProcess: pid !== undefined };
}

function addressOf({ host, port }: Target): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function knownProcess(pid: number | undefined): number | undefined {
  if (pid === undefined || !HAS_PROC) return undefined;
  if (!existsSync(`/proc/${pid}/stat`))
    throw new BenchError(`there is no process ${pid} on this machine: leave --target-pid out for a broker elsewhere`);
  return pid;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = "", message }: NodeJS.ErrnoException = error;
  const said = SYSTEM_ERRORS[code];
  return said === undefined ? message : `${said} (${code})`;
}

/** Connects and leaves. */
async function reach(target: Target): Promise<void> {
  const client = new IdleClient(share(target, 0));
  const late = setTimeout(() => client.abandon(`no answer within ${REACH_MILLIS / 1000} s`), REACH_MILLIS);
  try {
    await client.open("reach");
  } catch (error) {
    const where = `${target.transport === "ws" ? "ws" : "mqtt"}://${addressOf(target)}`;
    throw new BenchError(`${where} cannot be used: ${reasonOf(error)}`);
  } finally {
    clearTimeout(late);
    client.close();
  }
}
