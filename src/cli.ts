#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, type CommanderError, InvalidArgumentError, Option } from "commander";
import { LIMIT_DEFAULTS, LIMIT_RANGES, type Limits, type NumericLimit } from "./config/limits.ts";
import { LOG_LEVELS, type LogLevel } from "./observability/log.ts";
import { DURABILITY_LEVELS, type Durability } from "./persistence/store.ts";
import { start } from "./start.ts";
import { addStore } from "./store-command/register.ts";

const EXIT_USAGE = 2;

type NumericOption = readonly [limit: NumericLimit, flags: string, description: string];

/** Options of `start` that set a limit. */
const LIMITS: readonly NumericOption[] = [
  ["maximumPacketSize", "--max-packet-size <bytes>", "largest packet that a client may send"],
  ["maximumConnections", "--max-connections <number>", "clients connected at a time"],
  ["maximumSessions", "--max-sessions <number>", "sessions, those of offline clients included"],
  ["maximumSubscriptions", "--max-subscriptions <number>", "subscriptions of one session"],
  ["receiveMaximum", "--receive-maximum <number>", "QoS 1 and 2 messages under way from one client"],
  ["maximumInflightMessages", "--max-inflight <number>", "QoS 1 and 2 messages under way to one client"],
  ["maximumQueuedMessages", "--max-queued <number>", "messages that wait in one session"],
  ["maximumTopicLevels", "--max-topic-levels <number>", "levels of a topic"],
  ["maximumOutboxBytes", "--max-outbox-bytes <bytes>", "bytes that wait for one client"],
  ["maximumRetainedMessages", "--max-retained <number>", "retained messages of all topics"],
  [
    "maximumSessionExpiryInterval",
    "--max-session-expiry <seconds>",
    "life of a session without its client, 4294967295 for ever",
  ],
  ["maximumKeepAlive", "--max-keep-alive <seconds>", "longest keep alive with MQTT 5.0, 0 for any"],
  ["topicAliasMaximum", "--topic-alias-maximum <number>", "topic aliases that a client may use"],
  ["maximumOutgoingTopicAliases", "--max-outgoing-topic-aliases <number>", "topic aliases used towards a client"],
  ["stallTimeout", "--stall-timeout <milliseconds>", "how long a client may take nothing of what waits"],
  [
    "connectTimeout",
    "--connect-timeout <milliseconds>",
    "how long a client may take to connect, authentication included",
  ],
];

interface StartFlags extends Record<string, unknown> {
  readonly host: string;
  readonly port: number;
  readonly wsPort: number;
  readonly ws: boolean;
  readonly directIo: boolean;
  readonly logLevel: LogLevel;
  readonly persistence: boolean;
  readonly dataDir: string;
  readonly durability: Durability;
  readonly repair: boolean;
  readonly queueQos0: boolean;
  readonly validatePayloadFormat: boolean;
}

function addressText(text: string): string {
  if (text.trim() === "")
    throw new InvalidArgumentError("Give an address of this machine; 0.0.0.0 stands for all of them.");
  return text;
}

function directoryText(text: string): string {
  if (text.trim() === "")
    throw new InvalidArgumentError("Give the path of a directory; it is made where there is none.");
  return text;
}

/** A reader of whole numbers in a range. */
function wholeNumber(least: number, most: number, hint = ""): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}${hint}.`);
  };
}

function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function limitsOf(flags: StartFlags): Partial<Limits> {
  const given = LIMITS.map(([limit, text]) => [limit, flags[new Option(text).attributeName()]] as const);
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    queueQos0Messages: flags.queueQos0,
    validatePayloadFormat: flags.validatePayloadFormat,
  };
}

function addStart(program: Command): void {
  const portNumber = wholeNumber(0, 65_535, "; 0 takes a free one");
  const command = program.command("start").description("run the broker");
  command
    .option("--host <address>", "address to listen on; 0.0.0.0 for all of this machine's", addressText, "127.0.0.1")
    .option("--port <port>", "port for MQTT over TCP; 0 takes a free one", portNumber, 1883)
    .option("--ws-port <port>", "port for MQTT over WebSocket; 0 takes a free one", portNumber, 8083)
    .option("--no-ws", "no MQTT over WebSocket")
    .option("--no-direct-io", "go through Node's stream layer for TCP, which is slower")
    .option("--data-dir <path>", "directory for what outlives the process", directoryText, "./ternmq-data")
    .addOption(
      new Option("--durability <level>", "what an acknowledged message survives: nothing, a crash, a power cut")
        .choices(DURABILITY_LEVELS)
        .default("fsync"),
    )
    .option("--repair", "start on what can be read of a damaged store; the damaged file is set aside", false)
    .option("--no-persistence", "keep everything in memory only")
    .addOption(new Option("--log-level <level>", "least severe log lines to write").choices(LOG_LEVELS).default("info"))
    .option("--queue-qos0", "let QoS 0 messages wait for clients that are offline", false)
    .option("--validate-payload-format", "check payloads that say they are UTF-8", false);
  for (const [limit, flags, description] of LIMITS) {
    const text = `${description} (default: ${LIMIT_DEFAULTS[limit]})`;
    command.option(flags, text, wholeNumber(...LIMIT_RANGES[limit]));
  }
  command.action(async (flags: StartFlags) => {
    const { host, port, wsPort, ws, directIo, logLevel, dataDir, durability, repair } = flags;
    const limits = limitsOf(flags);
    const persistence = flags.persistence ? { directory: dataDir, durability, repair } : undefined;
    await start({ host, port, wsPort: ws ? wsPort : undefined, directIo, logLevel, limits, persistence });
  });
}

/** Wrong usage ends with 2; the reason stands on standard error by then, except where no command was given. */
function exit({ code, exitCode }: CommanderError): never {
  if (exitCode === 0) process.exit(0);
  if (code === "commander.help") process.stderr.write("\nerror: no command is given\n");
  process.exit(EXIT_USAGE);
}

const program = new Command("ternmq")
  .description("MQTT 3.1, 3.1.1 and 5.0 broker")
  .version(readVersion())
  .exitOverride(exit)
  .showHelpAfterError("(add --help to see what there is)");
addStart(program);
addStore(program);
await program.parseAsync();
