import { loadConfig, type Sources } from "../config/load.ts";
import { configJsonSchema } from "../config/schema/config.ts";
import { toYaml } from "../config/to-yaml.ts";
import { orProblems } from "./failure.ts";

/** @returns the exit code */
export function printConfig(sources: Sources): Promise<number> {
  return orProblems(() => {
    const { config, written } = loadConfig(sources);
    process.stdout.write(toYaml(config, written, configJsonSchema()));
    return 0;
  });
}
