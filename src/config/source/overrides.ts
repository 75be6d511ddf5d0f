import type { JsonSchema } from "../schema/config.ts";
import { isText, type Option, type OptionPath, optionsOf, schemaAt } from "../schema/options.ts";
import { type Origin, outsideOfFiles } from "./origin.ts";
import { ConfigError, type Problem } from "./problem.ts";
import type { Environment } from "./substitute.ts";
import { didYouMean } from "./suggestion.ts";
import { fromData, type Path, type Written, type WrittenMap, write } from "./written.ts";
import { readYamlValue } from "./yaml-file.ts";

/** What counts more than the file: one option each, from the environment or the command line. */

const PREFIX = "TERNMQ_";
/** The path of the configuration file, which cannot stand in it, and what is for `ternmq bench`. */
const NO_OPTIONS: readonly string[] = [`${PREFIX}CONFIG`, `${PREFIX}BENCH_PASSWORD`];

/** What Kubernetes puts into the environment of every container for a service that is called ternmq, or ternmq-something. */
const OF_KUBERNETES = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const KUBERNETES_PORT = /^(?:tcp|udp|sctp):\/\//;

/** @returns as in `TERNMQ_LIMITS_MAXIMUM_CONNECTIONS`; a number in a list is `<n>` */
export function variableName(path: OptionPath): string {
  const words = path.map((part) => (part === "*" ? "<n>" : part.replaceAll(/[A-Z]/g, "_$&").toUpperCase()));
  return PREFIX + words.join("_");
}

/** One option that was given a value. */
export interface Override {
  readonly path: Path;
  readonly value: Written;
}

/** An option of the command line with a name of its own, as `--port`. */
export interface GivenFlag {
  readonly flag: string;
  readonly path: Path;
  readonly value: string;
}

/** @param problems is told what is wrong with it */
export function fromFlag(schema: JsonSchema, { flag, path, value }: GivenFlag, problems: Problem[]): Override[] {
  const overrides: Override[] = [];
  collect(schema, path, value, outsideOfFiles(flag), overrides, problems);
  return overrides;
}

/** Puts the values into a configuration. @returns what is wrong with them */
export function override(root: WrittenMap, overrides: readonly Override[]): Problem[] {
  return overrides.flatMap(({ path, value }) => {
    if (write(root, path, value)) return [];
    return [
      {
        origin: value.origin,
        message: "the list has fewer items, or there is no list: numbers start at 0, without a gap",
      },
    ];
  });
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** The options that the environment sets. @param problems is told of the variables that set none */
export function fromEnvironment(schema: JsonSchema, environment: Environment, problems: Problem[]): Override[] {
  const options = optionsOf(schema);
  const overrides: Override[] = [];
  for (const [name, value] of Object.entries(environment).toSorted(byName)) {
    if (!name.startsWith(PREFIX) || value === undefined || NO_OPTIONS.includes(name)) continue;
    const found = options.flatMap((option) => pathIn(name, option));
    const [path] = found;
    if (path !== undefined) collect(schema, path, value, outsideOfFiles(name), overrides, problems);
    else if (!isForeign({ name, value })) problems.push(unknownVariable(name, options));
  }
  return overrides;
}

/** As in `limits.maximumConnections=100` of `--set`. @param problems is told what is wrong with it */
export function fromAssignment(schema: JsonSchema, text: string, problems: Problem[]): Override[] {
  const origin = outsideOfFiles(`--set ${text.replace(/=.*/s, "")}`);
  const [name, ...value] = text.split("=");
  const path = (name ?? "").split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const overrides: Override[] = [];
  if (value.length === 0) problems.push({ origin, message: "give name=value, as in limits.maximumConnections=100" });
  else if (schemaAt(schema, path) === undefined) {
    const names = optionsOf(schema).map((option) => option.path.join("."));
    problems.push({ origin, message: `there is no such option${didYouMean(name ?? "", names)}` });
  } else collect(schema, path, value.join("="), origin, overrides, problems);
  return overrides;
}

/** Sections come before what is in them, and 2 before 10. */
function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function pathIn(name: string, { path }: Option): Path[] {
  const pattern = new RegExp(`^${variableName(path).replaceAll("<n>", "(\\d{1,4})")}$`);
  const match = pattern.exec(name);
  if (match === null) return [];
  let at = 1;
  return [path.map((part) => (part === "*" ? Number(match[at++]) : part))];
}

function isForeign({ name, value }: Variable): boolean {
  return OF_KUBERNETES.test(name) || (name.endsWith("_PORT") && KUBERNETES_PORT.test(value));
}

function unknownVariable(name: string, options: readonly Option[]): Problem {
  const names = options.map(({ path }) => variableName(path));
  return { origin: outsideOfFiles(name), message: `there is no such option${didYouMean(name, names)}` };
}

function collect(
  schema: JsonSchema,
  path: Path,
  text: string,
  origin: Origin,
  overrides: Override[],
  problems: Problem[],
) {
  const at = schemaAt(schema, path);
  try {
    const isWord = at !== undefined && isText(at);
    overrides.push({ path, value: isWord ? fromData(text, origin) : readYamlValue(text, origin) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
}
