import type { Command } from "commander";
import { bench } from "./bench.ts";
import { addOptions, checkOptions, type Options } from "./options.ts";

/** Adds `bench` to the program. */
export function addBench(program: Command): void {
  const command = program
    .command("bench")
    .description("measure this broker under load, beside Mosquitto when it is installed, or a broker that runs");
  addOptions(command);
  command.action(async (options: Options) => {
    checkOptions(command, options);
    process.exitCode = await bench(options, ["ternmq", ...process.argv.slice(2)].join(" "));
  });
}
