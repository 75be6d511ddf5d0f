import type { Command } from "commander";
import { addSources, sourcesOf } from "../config-command/sources.ts";

/** What it runs is loaded only then. */
export function addReload(program: Command): void {
  const reload = program
    .command("reload")
    .description("let a running broker read its configuration, users, access rules and certificates anew")
    .option("--data-dir <path>", "directory of the store that the broker uses")
    .option("--pid-file <path>", "file with the broker's process id, where it uses none");
  addSources(reload).action(async (options: ReloadOptions) => {
    const { reloadBroker } = await import("./reload-command.ts");
    process.exitCode = await reloadBroker(options, sourcesOf(reload));
  });
}

export interface ReloadOptions {
  readonly dataDir?: string;
  readonly pidFile?: string;
}
