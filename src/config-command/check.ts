import { loadChecked } from "../config/files/load-checked.ts";
import { loadConfig, type Sources } from "../config/load.ts";
import { type Problem, problemText } from "../config/source/problem.ts";
import { orProblems } from "./failure.ts";

/** Of `ternmq config check`. */
export interface CheckOptions {
  /** It is a mosquitto.conf. */
  readonly mosquitto: boolean;
  /** The files that it names are looked at as well. */
  readonly files: boolean;
}

/** Of the file as `ternmq start` would take it here, with this environment. @returns the exit code */
export function checkConfig(file: string, { mosquitto, files }: CheckOptions): Promise<number> {
  const sources = { environment: process.env, ...(mosquitto ? { mosquittoFile: file } : { file }) };
  return orProblems(async () => {
    const warnings = files ? await warningsOf(sources) : loadConfig(sources).warnings;
    for (const warning of warnings) process.stderr.write(`${problemText(warning)}\n`);
    process.stdout.write("ok\n");
    return 0;
  });
}

async function warningsOf(sources: Sources): Promise<readonly Problem[]> {
  const { warnings, fileWarnings } = await loadChecked(sources, true);
  return [...warnings, ...fileWarnings];
}
