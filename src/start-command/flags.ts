import { type Command, Option } from "commander";
import { configJsonSchema } from "../config/schema/config.ts";
import { LIMITS } from "../config/schema/limits.ts";
import { DEFAULT_LISTENERS, TCP, WEB_SOCKET } from "../config/schema/listeners.ts";
import { isText, schemaAt } from "../config/schema/options.ts";
import { outsideOfFiles } from "../config/source/origin.ts";
import type { Override } from "../config/source/overrides.ts";
import type { Path } from "../config/source/written.ts";

/** An option of `ternmq start` that sets options of the configuration. */
interface Flag {
  readonly flags: string;
  readonly paths: readonly [Path, ...Path[]];
  /** What it sets, where it takes no value. */
  readonly value?: boolean;
  /** Where the schema's does not fit. */
  readonly description?: string;
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
  },
  {
    flags: "--port <port>",
    paths: [["listeners", TCP, "port"]],
    description: "port for MQTT over TCP; 0 takes a free one",
  },
  {
    flags: "--ws-port <port>",
    paths: [["listeners", WEB_SOCKET, "port"]],
    description: "port for MQTT over WebSocket; 0 takes a free one",
  },
  {
    flags: "--no-direct-io",
    paths: [["directIo"]],
    value: false,
    description: "go through Node's stream layer for TCP, which is slower",
  },
  { flags: "--data-dir <path>", paths: [["persistence", "directory"]] },
  { flags: "--durability <level>", paths: [["persistence", "durability"]] },
  { flags: "--repair", paths: [["persistence", "repair"]], value: true },
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
  { flags: "--log-level <level>", paths: [["log", "level"]] },
  { flags: "--pid-file <path>", paths: [["pidFile"]] },
  ...Object.entries(LIMITS).map(([name, { flag, kind }]): Flag => {
    const paths: Flag["paths"] = [["limits", name]];
    return kind === "switch" ? { flags: flag, paths, value: true } : { flags: flag + PLACEHOLDERS[kind], paths };
  }),
];

const schema = configJsonSchema();

/** As options of the command, with what they are by default. */
export function addFlags(command: Command): void {
  for (const { flags, paths, value, description } of FLAGS) {
    const [path] = paths;
    const { description: text = "", default: byDefault } = schemaAt(schema, path) ?? {};
    const shown = value === undefined ? (defaultListenerOption(path) ?? byDefault) : undefined;
    command.addOption(new Option(flags, (description ?? text) + (shown === undefined ? "" : ` (default: ${shown})`)));
  }
}

function defaultListenerOption([section, index, name]: Path): unknown {
  if (section !== "listeners") return undefined;
  return Object.entries(DEFAULT_LISTENERS[Number(index)] ?? {}).find(([key]) => key === name)?.[1];
}

/** What the flags say that were given. */
export function flagOverrides(command: Command): Override[] {
  return FLAGS.flatMap(({ flags, paths, value }) => {
    const option = new Option(flags);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli") return [];
    const origin = outsideOfFiles(option.long ?? flags);
    const given: unknown = value ?? command.getOptionValue(name);
    return paths.map((path) => ({ path, value: value ?? asWritten(path, String(given)), origin }));
  });
}

/** Digits are a number, except where text is asked for. */
function asWritten(path: Path, text: string): string | number {
  const at = schemaAt(schema, path);
  return /^\d+$/.test(text) && at !== undefined && !isText(at) ? Number(text) : text;
}
