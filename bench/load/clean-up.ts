import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Processes } from "./processes.ts";

/** Ends everything with this process, and removes what brokers that could not stop in order leave in their folders. */
export function cleanUpAtExit(processes: Processes): void {
  const folder = mkdtempSync(join(tmpdir(), "ternmq-bench-"));
  process.env.TMPDIR = folder;
  process.once("exit", () => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
}

/** Without it a signal would end this process before it could end the others. */
export function exitAtSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
