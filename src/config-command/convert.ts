import { Document } from "yaml";
import { convertMosquitto } from "../config/mosquitto/convert.ts";
import { configJsonSchema, type JsonSchema } from "../config/schema/config.ts";
import { namesIn } from "../config/schema/options.ts";
import { ConfigError, type Problem, problemText } from "../config/source/problem.ts";
import { dataOf, validate } from "../config/validate.ts";
import { orProblems } from "./failure.ts";

const EXIT_FAILURE = 1;
const SCHEMA_LINE = "# yaml-language-server: $schema=./node_modules/ternmq/ternmq.schema.json\n";

/** @returns the exit code: 1 where the YAML would allow more than Mosquitto does */
export function convertConfig(file: string): Promise<number> {
  return orProblems(() => {
    const schema = configJsonSchema();
    const { root, refusals, warnings } = convertMosquitto(file);
    const { problems } = validate(root, schema);
    if (problems.length > 0) throw new ConfigError(problems);
    const yaml = new Document(inOrder(dataOf(root, schema), schema), { aliasDuplicateObjects: false });
    process.stdout.write(
      `${SCHEMA_LINE}# From ${file}\n${notes(refusals, warnings)}${yaml.toString({ lineWidth: 0 })}`,
    );
    for (const problem of [...refusals, ...warnings]) process.stderr.write(`${problemText(problem)}\n`);
    return refusals.length > 0 ? EXIT_FAILURE : 0;
  });
}

/** With sections as the documentation has them, and without anything that would be taken for an environment variable. */
function inOrder(data: unknown, schema: JsonSchema): object {
  const sections = Object.entries(data as object).map(([name, section]) => [name, escaped(section)] as const);
  const names = namesIn(schema);
  return Object.fromEntries(sections.toSorted(([a], [b]) => names.indexOf(a) - names.indexOf(b)));
}

function escaped(data: unknown): unknown {
  if (typeof data === "string") return data.replaceAll("${", "$$$${");
  if (Array.isArray(data)) return data.map(escaped);
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, escaped(value)]));
}

/** What could not be carried over, as comments. */
function notes(refusals: readonly Problem[], warnings: readonly Problem[]): string {
  const lines = [
    ...refusals.map((problem) => `# LEFT OUT, MORE IS ALLOWED WITHOUT IT: ${problemText(problem)}`),
    ...warnings.map((problem) => `# ${problemText(problem)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
