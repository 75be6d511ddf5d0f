import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument, type YAMLError } from "yaml";
import { type Origin, outsideOfFiles } from "./origin.ts";
import { ConfigError, type Problem } from "./problem.ts";
import type { Environment } from "./substitute.ts";
import { type Reading, YamlReader } from "./yaml-reader.ts";

const MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second document begins here: a configuration is one document",
  DUPLICATE_KEY: "this name stands here for the second time: leave one of them",
  TAB_AS_INDENT: "a tab cannot indent in YAML: use spaces",
};

/** @throws {ConfigError} where it cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "this is a directory" : message;
    throw new ConfigError([{ origin: outsideOfFiles(file), message: `cannot be read: ${why}` }]);
  }
}

/** What stands in a configuration file. @throws {ConfigError} where it cannot be read, or is no YAML */
export function readYamlFile(file: string, environment: Environment): Reading {
  return readYaml(readText(file), file, environment);
}

/** @param file for messages, and for the directory to which its paths are relative. @throws {ConfigError} */
function readYaml(text: string, file: string, environment: Environment): Reading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const directory = dirname(resolve(file));
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { source: file, directory, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = [...document.errors, ...document.warnings].map((error) => problemOf(error, text, originAt));
  if (problems.length > 0) throw new ConfigError(problems.filter(isFirstOfLine));
  return new YamlReader(document, environment, originAt).read();
}

/** What comes after it is a consequence of it as a rule. */
function isFirstOfLine({ origin }: Problem, index: number, problems: readonly Problem[]): boolean {
  return problems.findIndex((other) => other.origin.line === origin.line) === index;
}

function problemOf(error: YAMLError, text: string, originAt: (offset: number) => Origin): Problem {
  const origin = originAt(error.pos[0]);
  if (text.slice(error.pos[0] - 1, error.pos[0] + 1) === "${")
    return { origin, message: `between brackets, \${NAME} stands in quotes: "\${NAME}"` };
  return { origin, message: MESSAGES[error.code] ?? `this is not YAML: ${error.message}` };
}
