import { parentPort, workerData } from "node:worker_threads";
import { loadConfig, type Sources } from "./load.ts";
import type { Answer } from "./load-apart.ts";
import { ConfigError } from "./source/problem.ts";

function answer(): Answer {
  try {
    const { config, warnings } = loadConfig(workerData as Sources);
    return { config, warnings };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

parentPort?.postMessage(answer());
