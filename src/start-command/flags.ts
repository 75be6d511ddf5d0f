import { type Command, Option } from "commander";
import { DEFAULT_HOST, DEFAULT_LISTENERS, TCP, WEB_SOCKET } from "../config/default-listeners.ts";
import { LIMITS } from "../config/limit-table.ts";
import { LIMIT_DEFAULTS, type Limits } from "../config/limits.ts";
import type { GivenFlag } from "../config/source/overrides.ts";
import type { Path } from "../config/source/written.ts";

/** An option of `ternmq start` that sets options of the configuration. */
interface Flag {
  readonly flags: string;
  readonly paths: readonly [Path, ...Path[]];
  /** What it sets, where it takes no value. */
  readonly value?: boolean;
  readonly description: string;
  readonly byDefault?: string | number;
}

const PLACEHOLDERS = { number: " <number>", bytes: " <bytes>", milliseconds: " <milliseconds>", seconds: " <seconds>" };

export const FLAGS: readonly Flag[] = [
  {
    flags: "--host <address>",
    paths: [
      ["listeners", TCP, "host"],
      ["listeners", WEB_SOCKET, "host"],
    ],
    description: "address to listen on; 0.0.0.0 for all of this machine's",
    byDefault: DEFAULT_HOST,
  },
  {
    flags: "--port <port>",
    paths: [["listeners", TCP, "port"]],
    description: "port for MQTT over TCP; 0 takes a free one",
    byDefault: DEFAULT_LISTENERS[TCP].port,
  },
  {
    flags: "--ws-port <port>",
    paths: [["listeners", WEB_SOCKET, "port"]],
    description: "port for MQTT over WebSocket; 0 takes a free one",
    byDefault: DEFAULT_LISTENERS[WEB_SOCKET].port,
  },
  {
    flags: "--no-direct-io",
    paths: [["directIo"]],
    value: false,
    description: "go through Node's stream layer for TCP, which is slower",
  },
  {
    flags: "--data-dir <path>",
    paths: [["persistence", "directory"]],
    description: "directory for what outlives the process; made where there is none",
    byDefault: "./ternmq-data",
  },
  {
    flags: "--durability <level>",
    paths: [["persistence", "durability"]],
    description: "what an acknowledged message survives: nothing (memory), a crash (commit), a power cut (fsync)",
    byDefault: "fsync",
  },
  {
    flags: "--repair",
    paths: [["persistence", "repair"]],
    value: true,
    description: "start on what can be read of a damaged store; the damaged file is set aside",
  },
  {
    flags: "--no-persistence",
    paths: [["persistence", "enabled"]],
    value: false,
    description: "keep everything in memory only",
  },
  {
    flags: "--allow-anonymous",
    paths: [["authentication", "allowAnonymous"]],
    value: true,
    description: "let in clients that show nothing, wherever they come from",
  },
  {
    flags: "--log-level <level>",
    paths: [["log", "level"]],
    description: "least severe log lines to write",
    byDefault: "info",
  },
  {
    flags: "--pid-file <path>",
    paths: [["pidFile"]],
    description: "file that holds the process's id while the broker runs",
  },
  ...(Object.keys(LIMITS) as (keyof Limits)[]).map(limitFlag),
];

function limitFlag(name: keyof Limits): Flag {
  const { flag, kind, description } = LIMITS[name];
  const paths: Flag["paths"] = [["limits", name]];
  if (kind === "switch") return { flags: flag, paths, value: true, description };
  return { flags: flag + PLACEHOLDERS[kind], paths, description, byDefault: Number(LIMIT_DEFAULTS[name]) };
}

/** As options of the command, with what they are by default. */
export function addFlags(command: Command): void {
  for (const { flags, description, byDefault } of FLAGS)
    command.addOption(new Option(flags, description + (byDefault === undefined ? "" : ` (default: ${byDefault})`)));
}

/** The flags that were given, with what they say. */
export function givenFlags(command: Command): GivenFlag[] {
  return FLAGS.flatMap(({ flags, paths, value }) => {
    const option = new Option(flags);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli") return [];
    const given = String(value ?? command.getOptionValue(name));
    return paths.map((path) => ({ flag: option.long ?? flags, path, value: given }));
  });
}
