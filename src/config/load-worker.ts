import { parentPort, workerData } from "node:worker_threads";
import { loadChecked } from "./files/load-checked.ts";
import type { Sources } from "./load.ts";
import type { Answer } from "./load-apart.ts";
import { ConfigError } from "./source/problem.ts";

async function answer(): Promise<Answer> {
  try {
    const { config, warnings } = await loadChecked(workerData as Sources, false);
    return { config, warnings };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

parentPort?.postMessage(await answer());
