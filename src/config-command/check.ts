import { loadConfig } from "../config/load.ts";
import { problemText } from "../config/source/problem.ts";
import { orProblems } from "./failure.ts";

/** Of the file as `ternmq start` would take it here, with this environment. @returns the exit code */
export function checkConfig(file: string, isMosquitto: boolean): number {
  const source = isMosquitto ? { mosquittoFile: file } : { file };
  return orProblems(() => {
    const { warnings } = loadConfig({ environment: process.env, ...source });
    for (const warning of warnings) process.stderr.write(`${problemText(warning)}\n`);
    process.stdout.write("ok\n");
    return 0;
  });
}
