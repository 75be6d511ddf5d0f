import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Origin } from "../source/origin.ts";
import { ConfigError, type Problem } from "../source/problem.ts";
import { readBytes } from "../source/yaml-file.ts";

/** A line of mosquitto.conf. */
export interface Directive {
  readonly name: string;
  /** Without blanks around it; empty where there is none. */
  readonly value: string;
  readonly origin: Origin;
  /** What stands before it in the same file, as listeners and bridges, does not reach into another. */
  readonly file: string;
}

const INCLUDE = "include_dir";

/** A file with those that it includes, in Mosquitto's own grammar (mosquitto.conf(5), "File format"). @throws {ConfigError} */
export function readMosquittoFile(file: string): Directive[] {
  return linesOf(file).flatMap((directive) => (directive.name === INCLUDE ? included(directive) : [directive]));
}

function linesOf(file: string): Directive[] {
  const lines = readBytes(file).toString().split(/\r?\n/);
  return lines.flatMap((text, index) => {
    if (text.startsWith("#") || text.trim() === "") return [];
    const [, name = "", value = ""] = /^\s*(\S+)\s*(.*?)\s*$/.exec(text) ?? [];
    return [{ name, value, origin: originAt(file, index + 1), file }];
  });
}

/** Paths are relative to the current directory, as with Mosquitto. */
function originAt(file: string, line: number): Origin {
  return { source: file, line, column: 0, directory: process.cwd() };
}

function included({ value, origin }: Directive): Directive[] {
  const directives = configFiles(value, origin).flatMap((name) => linesOf(join(value, name)));
  const nested: Problem[] = directives
    .filter(({ name }) => name === INCLUDE)
    .map((directive) => ({ origin: directive.origin, message: "include_dir may stand in the main file only" }));
  if (nested.length > 0) throw new ConfigError(nested);
  return directives;
}

/** In Mosquitto's order: `A.conf`, `a.conf`, `B.conf`. */
function configFiles(directory: string, origin: Origin): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".conf"));
    return names.sort((a, b) => compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b));
  } catch (error) {
    const message = `include_dir: ${directory === "" ? "a directory is missing" : (error as Error).message}`;
    throw new ConfigError([{ origin, message }]);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
