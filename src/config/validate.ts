import { resolve } from "node:path";
import type { z } from "zod";
import { type Config, configSchema, type JsonSchema } from "./schema/config.ts";
import { isPath, isSecret, isSection, isText, namesIn, schemaFor } from "./schema/options.ts";
import type { Problem } from "./source/problem.ts";
import { scalarOf } from "./source/substitute.ts";
import { didYouMean } from "./source/suggestion.ts";
import {
  emptyMap,
  nameOrigin,
  originOf,
  type Path,
  pathText,
  toData,
  type Written,
  type WrittenMap,
  type WrittenScalar,
  writtenAt,
} from "./source/written.ts";

const LONGEST_VALUE = 60;

/** What a configuration says, all defaults filled in, or everything that is wrong with it. */
export type Validation =
  | { readonly config: Config; readonly problems: readonly [] }
  | { readonly config: undefined; readonly problems: readonly Problem[] };

export function validate(root: WrittenMap, schema: JsonSchema): Validation {
  const result = configSchema.safeParse(dataOf(root, schema));
  if (result.success) return { config: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, root, schema));
  return { config: undefined, problems };
}

/** As plain data, with absolute paths. */
export function dataOf(root: WrittenMap, schema: JsonSchema): unknown {
  return toData(prepare(root, [], schema));
}

/** With absolute paths; a section without anything in it is one of defaults. */
function prepare(root: Written, path: Path, schema: JsonSchema): Written {
  const written = writtenAt(root, path) ?? root;
  if (written.kind === "list")
    return { ...written, items: written.items.map((_, index) => prepare(root, [...path, index], schema)) };
  if (written.kind === "map") {
    const entries = [...written.entries].map(
      ([name, { origin }]) => [name, { origin, value: prepare(root, [...path, name], schema) }] as const,
    );
    return { ...written, entries: new Map(entries) };
  }
  return prepareScalar(written, schemaFor(schema, root, path));
}

function prepareScalar(written: WrittenScalar, schema: JsonSchema | undefined): Written {
  const { value, isSubstituted = false, origin } = written;
  if (schema === undefined) return written;
  if (value === null && isSection(schema)) return emptyMap(origin);
  if (typeof value !== "string" || value === "") return written;
  if (isSubstituted && !isText(schema)) return { ...written, value: scalarOf(value) };
  return isPath(schema) ? { ...written, value: resolve(origin.directory, value) } : written;
}

function problemsOf(issue: z.core.$ZodIssue, root: WrittenMap, schema: JsonSchema): Problem[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => unknownName(root, path, name, schema));
  const written = writtenAt(root, path);
  const origin = originOf(root, path);
  const name = path.length === 0 ? "the configuration" : pathText(path);
  if (written === undefined) return [{ origin, message: `${name} is missing: ${issue.message}` }];
  const at = schemaFor(schema, root, path);
  return [{ origin, message: `${name}: ${valueText(written, at)}: ${issue.message}${quotesHint(written, at)}` }];
}

/** YAML takes 5 for a number and "5" for text. */
function quotesHint(written: Written, schema: JsonSchema | undefined): string {
  if (written.kind !== "scalar" || schema === undefined) return "";
  const { value } = written;
  if (isText(schema)) return typeof value === "number" || typeof value === "boolean" ? ", in quotes" : "";
  return typeof value === "string" && typeof scalarOf(value) !== "string" && value !== "" ? ", without quotes" : "";
}

function unknownName(root: WrittenMap, path: Path, name: string, schema: JsonSchema): Problem {
  const names = namesIn(schemaFor(schema, root, path));
  const hint = didYouMean(name, names) || `; there are ${names.join(", ")}`;
  return { origin: nameOrigin(root, path, name), message: `there is no option "${pathText([...path, name])}"${hint}` };
}

/** The value is shown as it is in JSON, if it is short, and no secret. */
function valueText(written: Written, schema: JsonSchema | undefined): string {
  if (schema !== undefined && isSecret(schema)) return "this value is not allowed";
  if (written.kind !== "scalar") return written.kind === "list" ? "a list is not allowed" : "options are not allowed";
  if (written.value === null || written.value === undefined) return "there is no value";
  const value = typeof written.value === "string" ? JSON.stringify(written.value) : String(written.value);
  return `${value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value} is not allowed`;
}
