import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Loaded, Sources } from "./load.ts";
import { ConfigError, type Problem } from "./source/problem.ts";

/** What a broker needs of its configuration. */
export type Configuration = Pick<Loaded, "config" | "warnings">;

/** What the thread answers. */
export type Answer = Configuration | { readonly problems: readonly Problem[] };

/**
 * Reads a configuration in a thread of its own, whose memory goes with it: YAML and the schema take some 17 MB, for less than a second.
 * @throws {ConfigError} by the promise
 */
export async function loadApart({ environment, ...sources }: Sources): Promise<Configuration> {
  const workerData: Sources = { ...sources, environment: { ...environment } };
  const worker = new Worker(new URL("./load-worker.js", import.meta.url), {
    workerData,
    execArgv: [],
    name: "ternmq config",
  });
  const [[answer]] = (await Promise.all([once(worker, "message"), once(worker, "exit")])) as [[Answer], unknown];
  if ("problems" in answer) throw new ConfigError(answer.problems);
  return answer;
}
