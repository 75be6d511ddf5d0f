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

/** Adds `bench` to the program. */
export function addBench(program: Command): void {
  const command = program
    .command("bench")
    .description("measure this broker under load, beside Mosquitto when it is installed, or a broker that runs");
  addOptions(command);
  command.action(async (options: Options) => {
    checkOptions(command, options);
    process.exitCode = await bench(options, commandText(process.argv.slice(2)));
  });
}
