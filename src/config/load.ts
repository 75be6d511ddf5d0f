import { DEFAULT_LISTENERS, WEB_SOCKET } from "./default-listeners.ts";
import { convertMosquitto } from "./mosquitto/convert.ts";
import { type Config, configJsonSchema, type JsonSchema } from "./schema/config.ts";
import { type Origin, originText, outsideOfFiles } from "./source/origin.ts";
import {
  fromAssignment,
  fromEnvironment,
  fromFlag,
  type GivenFlag,
  type Override,
  override,
} from "./source/overrides.ts";
import { ConfigError, type Problem } from "./source/problem.ts";
import type { Environment } from "./source/substitute.ts";
import { emptyMap, fromData, type WrittenMap, write, writtenAt } from "./source/written.ts";
import { readYamlFile } from "./source/yaml-file.ts";
import type { Reading } from "./source/yaml-reader.ts";
import { validate } from "./validate.ts";

/** What a configuration is made of; what comes later here counts more. */
export interface Sources {
  /** Of `ternmq.yaml`. */
  readonly file?: string;
  /** Of a `mosquitto.conf`, in its place. */
  readonly mosquittoFile?: string;
  readonly environment: Environment;
  /** `name=value` of `--set`. */
  readonly assignments?: readonly string[];
  /** Options of the command line that have a name of their own. */
  readonly flags?: readonly GivenFlag[];
  /** The listener for MQTT over WebSocket, which is there by default, is not wanted. */
  readonly withoutWebSocket?: boolean;
}

export interface Loaded {
  readonly config: Config;
  /** The same as it was written, with its places. */
  readonly written: WrittenMap;
  /** What the user should know of it. */
  readonly warnings: readonly Problem[];
}

interface Source extends Reading {
  readonly warnings: readonly Problem[];
}

const DEFAULTS: Origin = outsideOfFiles("default");

/** Reads a configuration; the same sources can be read again later. @throws {ConfigError} with everything that is wrong with it */
export function loadConfig(sources: Sources): Loaded {
  const { root, problems: unreadable, warnings } = readSource(sources);
  const schema = configJsonSchema();
  const problems = [...unreadable, ...applyOverrides(root, sources, schema)];
  const { config, problems: invalid } = validate(root, schema);
  const known = new Set(problems.map(({ origin }) => originText(origin)));
  problems.push(...invalid.filter(({ origin }) => origin.line === 0 || !known.has(originText(origin))));
  if (config === undefined || problems.length > 0) throw new ConfigError(problems);
  return { config, written: root, warnings };
}

function readSource({ file, mosquittoFile, environment }: Sources): Source {
  if (mosquittoFile !== undefined) {
    const { root, refusals, warnings } = convertMosquitto(mosquittoFile);
    const hint = "; remove this line to start without it";
    return { root, problems: refusals.map(({ origin, message }) => ({ origin, message: message + hint })), warnings };
  }
  const reading = file === undefined ? { root: emptyMap(DEFAULTS), problems: [] } : readYamlFile(file, environment);
  return { ...reading, warnings: [] };
}

function applyOverrides(root: WrittenMap, sources: Sources, schema: JsonSchema): Problem[] {
  const { environment, assignments = [] } = sources;
  const problems: Problem[] = [];
  const overrides = [
    ...fromEnvironment(schema, environment, problems),
    ...assignments.flatMap((text) => fromAssignment(schema, text, problems)),
  ];
  seedListeners(root);
  const { flags: given = [], withoutWebSocket = false } = sources;
  const flags = given.flatMap((flag) => fromFlag(schema, flag, problems));
  return [...problems, ...override(root, overrides), ...applyFlags(root, flags, withoutWebSocket)];
}

/** The listeners by default are there to be changed one by one. */
function seedListeners(written: WrittenMap): void {
  if (writtenAt(written, ["listeners"]) === undefined)
    write(written, ["listeners"], fromData(DEFAULT_LISTENERS, DEFAULTS));
}

/** What flags say of listeners is meant for those by default; written ones may be anything. */
function applyFlags(written: WrittenMap, flags: readonly Override[], withoutWebSocket: boolean): Problem[] {
  const listeners = writtenAt(written, ["listeners"]);
  if (listeners?.kind === "list" && listeners.origin === DEFAULTS) {
    const problems = override(written, flags);
    if (withoutWebSocket) listeners.items.splice(WEB_SOCKET, 1);
    return problems;
  }
  const misplaced = flags.filter(({ path }) => path[0] === "listeners").map(({ value }) => value.origin);
  if (withoutWebSocket) misplaced.push(outsideOfFiles("--no-ws"));
  const where = originText(listeners?.origin ?? DEFAULTS);
  const message = `the listeners stand in ${where}: change them there, or by --set listeners.0.port=1883`;
  return [
    ...misplaced.map((origin) => ({ origin, message })),
    ...override(
      written,
      flags.filter(({ path }) => path[0] !== "listeners"),
    ),
  ];
}
