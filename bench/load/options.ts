import { type Command, InvalidArgumentError, Option } from "commander";
import { BROKERS } from "./brokers/all.ts";
import type { Target } from "./job.ts";
import { SCENARIOS } from "./scenarios.ts";

/** What is asked for on the command line. */
export interface Options {
  readonly only?: readonly string[];
  readonly broker?: readonly string[];
  readonly target?: TargetAddress;
  readonly targetPid?: number;
  readonly username?: string;
  readonly password?: string;
  readonly seconds: number;
  readonly warmup: number;
  readonly scale: number;
  readonly rate?: number;
  readonly payload?: number;
  readonly generators: number;
  /** True: to stdout. */
  readonly json?: string | true;
}

export type TargetAddress = Pick<Target, "transport" | "host" | "port" | "path">;

const DEFAULT_PORTS = { tcp: 1883, ws: 80 } as const;
const TRANSPORTS: Readonly<Record<string, "tcp" | "ws">> = { "mqtt:": "tcp", "tcp:": "tcp", "ws:": "ws" };

function numberBetween(least: number, most: number, isWhole = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isNumber = text.trim() !== "" && (!isWhole || Number.isInteger(value));
    if (isNumber && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a ${isWhole ? "whole " : ""}number from ${least} to ${most}.`);
  };
}

/** `host`, `host:port`, or a URL of mqtt: or ws:. */
export function parseTarget(text: string): TargetAddress {
  const wrong = new InvalidArgumentError("Give host:port, mqtt://host:port or ws://host:port/path.");
  const address = text.includes("://") ? text : `mqtt://${text}`;
  if (!URL.canParse(address)) throw wrong;
  const url = new URL(address);
  const transport = TRANSPORTS[url.protocol];
  if (transport === undefined || url.hostname === "" || url.search !== "" || url.hash !== "") throw wrong;
  if (url.username !== "" || url.password !== "")
    throw new InvalidArgumentError("Give user name and password by --username and --password.");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? DEFAULT_PORTS[transport] : Number(url.port);
  if (port === 0 || (transport === "tcp" && url.pathname.length > 1)) throw wrong;
  return { transport, host, port, path: url.pathname.length > 1 ? url.pathname : "/mqtt" };
}

function scenarioList(): string {
  const width = Math.max(...SCENARIOS.map(({ id }) => id.length)) + 2;
  const lines = SCENARIOS.map(({ id, title }) => `  ${id.padEnd(width)}${title}`);
  return `\nScenarios:\n${lines.join("\n")}\n`;
}

const EXAMPLES = `
Examples:
  ternmq bench --only pairs-qos0 pairs-qos1 --seconds 2
  ternmq bench --target broker.example:1883 --username me --only pairs-1 open-qos0 --json results.json
  ternmq bench --target 127.0.0.1:1883 --target-pid "$(pidof mosquitto)"
`;

/** Ends the process with a hint where options do not go together. */
export function checkOptions(command: Command, options: Options): void {
  const { target, username, only } = options;
  const given = (name: string) => command.getOptionValueSource(name) === "cli";
  if (given("password") && username === undefined) command.error("error: option '--password' goes with --username");
  if (given("username") && target === undefined) command.error("error: option '--username' goes with --target");
  if (given("targetPid") && target === undefined) command.error("error: option '--target-pid' goes with --target");
  const other = SCENARIOS.find(({ id, transport }) => transport !== undefined && only?.includes(id));
  if (target !== undefined && other !== undefined)
    command.error(`error: scenario '${other.id}' is for brokers started here: give --target ws://host:port/path`);
}

/** Puts the options of the benchmark on a command. */
export function addOptions(command: Command): void {
  command
    .addOption(new Option("--only <scenario...>", "run these scenarios").choices(SCENARIOS.map(({ id }) => id)))
    .addOption(
      new Option("--broker <name...>", "start and measure these alone")
        .choices(BROKERS.map(({ name }) => name))
        .conflicts("target"),
    )
    .option(
      "--target <address>",
      "measure a broker that runs: host:port, mqtt://host:port or ws://host:port/path",
      parseTarget,
    )
    .option(
      "--target-pid <number>",
      "its process, if it is on this machine: for CPU and memory",
      numberBetween(1, 2 ** 31, true),
    )
    .option("--username <name>", "user name for the target")
    .addOption(new Option("--password <password>", "password for the target").env("TERNMQ_BENCH_PASSWORD"))
    .option("--seconds <number>", "length of the measured window", numberBetween(0.1, 3_600), 4)
    .option("--warmup <seconds>", "load before the window", numberBetween(0, 3_600), 1)
    .option("--scale <factor>", "multiplies clients, topics, subscriptions and rates", numberBetween(0.0001, 100), 1)
    .option("--rate <number>", "messages a second of the open loops", numberBetween(1, 100_000_000))
    .option("--payload <bytes>", "size of the messages of every load", numberBetween(8, 16_777_216, true))
    .option("--generators <number>", "threads that make the load", numberBetween(1, 256, true), 1)
    .option("--json [file]", "write the results as JSON, to stdout in place of the table or to a file beside it")
    .addHelpText("after", scenarioList() + EXAMPLES);
}
