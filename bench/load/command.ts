import type { Command } from "commander";
import { bench } from "./bench.ts";
import { addOptions, checkOptions, type Options } from "./options.ts";

/** The command line for whoever repeats the run, without the password. */
function commandText(args: readonly string[]): string {
  const shown = args.map((arg, index) =>
    args[index - 1] === "--password" ? "***" : arg.replace(/^(--password=).*/s, "$1***"),
  );
  return ["ternmq", ...shown].join(" ");
}

/** Gives the command its options and what it does. */
export function prepareBench(command: Command): void {
  addOptions(command);
  command.action(async (options: Options) => {
    checkOptions(command, options);
    process.exitCode = await bench(options, commandText(process.argv.slice(2)));
  });
}
