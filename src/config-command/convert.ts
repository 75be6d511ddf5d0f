import { Document } from "yaml";
import { convertMosquitto } from "../config/mosquitto/convert.ts";
import { configJsonSchema } from "../config/schema/config.ts";
import { ConfigError, type Problem, problemText } from "../config/source/problem.ts";
import { dataOf, validate } from "../config/validate.ts";
import { orProblems } from "./failure.ts";

const EXIT_FAILURE = 1;
const SCHEMA_LINE = "# yaml-language-server: $schema=./node_modules/ternmq/ternmq.schema.json\n";

/** @returns the exit code: 1 where the YAML would allow more than Mosquitto does */
export function convertConfig(file: string): number {
  return orProblems(() => {
    const schema = configJsonSchema();
    const { root, refusals, warnings } = convertMosquitto(file);
    const { problems } = validate(root, schema);
    if (problems.length > 0) throw new ConfigError(problems);
    const yaml = new Document(dataOf(root, schema), { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });
    process.stdout.write(`${SCHEMA_LINE}# From ${file}\n${notes(refusals, warnings)}${yaml}`);
    for (const problem of [...refusals, ...warnings]) process.stderr.write(`${problemText(problem)}\n`);
    return refusals.length > 0 ? EXIT_FAILURE : 0;
  });
}

/** What could not be carried over, as comments. */
function notes(refusals: readonly Problem[], warnings: readonly Problem[]): string {
  const lines = [
    ...refusals.map((problem) => `# LEFT OUT, MORE IS ALLOWED WITHOUT IT: ${problemText(problem)}`),
    ...warnings.map((problem) => `# ${problemText(problem)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
