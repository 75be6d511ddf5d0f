import type { Command } from "commander";

/** What it takes is loaded only when it is asked for: a broker is not to carry its load generator. */
export function addBench(program: Command): void {
  const bench = program
    .command("bench")
    .description("measure this broker under load, beside Mosquitto when it is installed, or a broker that runs");
  program.hook("preSubcommand", async (_, command) => {
    if (command !== bench) return;
    const { prepareBench } = await import("./command.ts");
    prepareBench(bench);
  });
}
