import { constants, isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineCounter } from "yaml";
import { type Origin, outsideOfFiles } from "./origin.ts";
import { ConfigError, type Problem } from "./problem.ts";
import type { Environment } from "./substitute.ts";
import type { Written } from "./written.ts";
import { parseYaml, yamlErrorText } from "./yaml.ts";
import { type Reading, YamlReader } from "./yaml-reader.ts";

/** What stands in the place of bytes that are no UTF-8. */
const REPLACEMENT = "\uFFFD";

/** @throws {ConfigError} where it cannot be read, or would not fit into a string */
export function readBytes(file: string): Buffer {
  try {
    if (statSync(file).size <= constants.MAX_STRING_LENGTH) return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw unreadable(
      file,
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "this is a directory" : message,
    );
  }
  throw unreadable(file, `it has more than ${constants.MAX_STRING_LENGTH} bytes`);
}

function unreadable(file: string, why: string): ConfigError {
  return new ConfigError([{ origin: outsideOfFiles(file || `""`), message: `cannot be read: ${why}` }]);
}

/** What stands in a configuration file. @throws {ConfigError} where it cannot be read, or is no YAML */
export function readYamlFile(file: string, environment: Environment): Reading {
  const bytes = readBytes(file);
  const text = bytes.toString();
  const lines = new LineCounter();
  const directory = dirname(resolve(file));
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { source: file, directory, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const reader = readerOf(text, originAt, environment, lines);
  if (!isUtf8(bytes)) {
    const origin = originAt(text.indexOf(REPLACEMENT));
    throw new ConfigError([{ origin, message: "this is not UTF-8: save the file as that" }]);
  }
  return reader.read();
}

/** What a value is that was written outside of files, in YAML as well. @throws {ConfigError} where it is no YAML */
export function readYamlValue(text: string, origin: Origin): Written {
  return readerOf(text, () => origin, undefined).readValue();
}

/** @throws {ConfigError} */
function readerOf(
  text: string,
  originAt: (offset: number) => Origin,
  environment: Environment | undefined,
  lines?: LineCounter,
): YamlReader {
  const document = parseYaml(text, lines);
  const errors = [...document.errors, ...document.warnings];
  const problems = errors.map((error) => ({ origin: originAt(error.pos[0]), message: yamlErrorText(error, text) }));
  if (problems.length > 0) throw new ConfigError(problems.filter(isFirstOfLine));
  return new YamlReader(document, environment, originAt);
}

/** What comes after it is a consequence of it as a rule. */
function isFirstOfLine({ origin }: Problem, index: number, problems: readonly Problem[]): boolean {
  return problems.findIndex((other) => other.origin.line === origin.line) === index;
}
