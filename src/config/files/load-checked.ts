import { type Loaded, loadConfig, type Sources } from "../load.ts";
import { ConfigError, type Problem } from "../source/problem.ts";
import { checkFiles } from "./check-files.ts";

export interface Checked extends Loaded {
  /** What a broker says of the files in its log. */
  readonly fileWarnings: readonly Problem[];
}

/** Reads a configuration and the files that it names. @param runsCode see `checkFiles` @throws {ConfigError} by the promise, with everything that is wrong */
export async function loadChecked(sources: Sources, runsCode: boolean): Promise<Checked> {
  const loaded = loadConfig(sources);
  const { problems, warnings } = await checkFiles(loaded, runsCode);
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...loaded, fileWarnings: warnings };
}
